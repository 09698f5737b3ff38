//! Making what was wished for: a card, an issue, a comment. No neighbour has idempotency keys, so it is written down
//! before the call that something is about to be made, and what is made carries the wish's mark. Whoever finds such an
//! intent looks for the mark first, and makes nothing until what was lost cannot appear any more.

use std::time::{Duration, Instant};

use super::super::GITLAB;
use super::super::boards::neighbour;
use super::super::filing;
use super::super::making::FRESH;
use super::super::signals::about;
use super::super::trouble::TurnError;
use super::super::upstream;
use super::{Doing, Done, Made};
use crate::gitlab::IssueCall;
use crate::model::{self, BoardId, CardId, Deed, Issue, Micros, SignalCard, Trouble, WishState};
use crate::store::Finish;
use crate::text::title_for_gitlab;
use crate::trello::{CardCall, CardLine, Slot, Trello};

impl Doing<'_> {
    pub(super) async fn make(&self) -> Result<Done, TurnError> {
        let (hands, wish) = (self.hands, &self.wished.id);
        if let WishState::Open { intent: Some(at) } = self.wished.state {
            let looked_at = hands.store.now().await?;
            if let Some(found) = self.find(at).await? {
                tracing::info!(%wish, "found what was made in a call that got no answer");
                return Ok(Done::True(found));
            }
            let settled = at + self.settles();
            if looked_at < settled {
                return Ok(Done::Look(Finish::Look { at: settled }));
            }
            hands.store.intend_wish(self.turn, wish, None).await?;
        }
        // The place in line comes first: between the intent and the call there must be nothing to wait for.
        let slot = self.slot().await?;
        let began = Instant::now();
        let at = hands.store.now().await?;
        hands.store.intend_wish(self.turn, wish, Some(at)).await?;
        if began.elapsed() > FRESH {
            hands.store.intend_wish(self.turn, wish, None).await?;
            return Ok(Done::Look(Finish::Look { at: hands.store.now().await? }));
        }
        match self.send(slot).await {
            Ok(made) => Ok(Done::True(made)),
            Err(error) => {
                if let TurnError::Neighbour(_, Trouble { done: model::Done::No, .. }) = &error {
                    hands.store.intend_wish(self.turn, wish, None).await?;
                }
                Err(error)
            }
        }
    }

    async fn slot(&self) -> Result<Option<(Trello, Slot)>, TurnError> {
        let account = match &self.wished.wish.deed {
            Deed::NewCard { account, .. } => account,
            Deed::Comment { card, .. } => &card.account,
            _ => return Ok(None),
        };
        let trello = self.trello(account)?;
        let slot = trello.slot().await.map_err(|trouble| TurnError::Neighbour(neighbour(&trello), trouble))?;
        Ok(Some((trello, slot)))
    }

    /// The call itself; gives what was made.
    async fn send(&self, slot: Option<(Trello, Slot)>) -> Result<Made, TurnError> {
        match (&self.wished.wish.deed, slot) {
            (Deed::NewCard { list, board, title, text, .. }, Some((trello, slot))) => {
                let call = CardCall {
                    list: list.clone(),
                    name: title.clone(),
                    description: self.marked(text),
                    url: None,
                    due: None,
                    done: false,
                    labels: Vec::new(),
                    members: Vec::new(),
                };
                let made = trello.create_card(slot, &call).await.map_err(|trouble| at(&trello, trouble))?;
                self.hands.heard(&neighbour(&trello)).await;
                Ok(card(&trello, made.id, board).await)
            }
            (Deed::Comment { card, text }, Some((trello, slot))) => {
                let posted = trello.post_comment(slot, &card.id, &self.marked(text)).await;
                posted.map_err(|trouble| at(&trello, trouble))?;
                self.hands.heard(&neighbour(&trello)).await;
                Ok(Made::default())
            }
            (Deed::NewIssue { project, title, text }, _) => {
                let (hands, text) = (self.hands, self.marked(text));
                let title = title_for_gitlab("", title);
                let call = IssueCall { title, description: text, ..IssueCall::default() };
                let opened = upstream::api(hands)?.create_issue(&hands.instance, project, &call).await;
                self.opened(&opened.map_err(upstream::trouble)?).await
            }
            _ => Ok(Made::default()),
        }
    }

    /// Its card need not wait for the hook that tells of it.
    async fn opened(&self, issue: &Issue) -> Result<Made, TurnError> {
        self.hands.store.observe_again(issue).await?;
        self.hands.heard(GITLAB).await;
        let told = Some(issue).filter(|issue| !issue.confidential);
        Ok(Made { url: issue.url.clone(), issue: told.map(about), card: None })
    }

    /// What was made in a call whose answer never came, as `send` gives it.
    async fn find(&self, since: Micros) -> Result<Option<Made>, TurnError> {
        match &self.wished.wish.deed {
            Deed::NewCard { account, board, .. } => self.find_card(&self.trello(account)?, board).await,
            Deed::Comment { card, .. } => {
                let trello = self.trello(&card.account)?;
                let comments = trello.comments(&card.id).await.map_err(|trouble| at(&trello, trouble))?;
                Ok(comments.iter().any(|comment| self.is_marked(&comment.text)).then(Made::default))
            }
            Deed::NewIssue { project, .. } => self.find_issue(project, since).await,
            _ => Ok(None),
        }
    }

    async fn find_card(&self, trello: &Trello, board: &BoardId) -> Result<Option<Made>, TurnError> {
        let cards = trello.cards(board, None).await.map_err(|trouble| at(trello, trouble))?;
        match cards.into_iter().find(|card| self.is_marked(&card.description)) {
            Some(found) => Ok(Some(card(trello, found.id, board).await)),
            None => Ok(None),
        }
    }

    async fn find_issue(&self, project: &str, since: Micros) -> Result<Option<Made>, TurnError> {
        let ours = |issue: &Issue| self.is_marked(&issue.ticket.text);
        match filing::made_since(self.hands, project, since, ours).await? {
            Some(issue) => self.opened(&issue).await.map(Some),
            None => Ok(None),
        }
    }

    /// After this, what a call without an answer was to make will not appear any more.
    fn settles(&self) -> Duration {
        match self.wished.wish.deed {
            Deed::NewIssue { .. } => filing::SETTLED,
            _ => self.hands.spans.settle,
        }
    }

    fn mark(&self) -> String {
        format!("`kanbridge wish {}`", self.wished.id)
    }

    fn marked(&self, text: &str) -> String {
        format!("{text}\n\n{}", self.mark()).trim_start().to_owned()
    }

    fn is_marked(&self, text: &str) -> bool {
        text.contains(&self.mark())
    }
}

/// The card is there; that its address cannot be read is no reason to say that it is not.
async fn card(trello: &Trello, id: CardId, board: &BoardId) -> Made {
    let line = trello.card_line(id.as_str()).await.ok().flatten();
    let url = line.map(|CardLine { url, .. }| url).filter(|url| !url.is_empty());
    Made { url, card: Some(SignalCard { id, board: Some(board.clone()) }), issue: None }
}

fn at(trello: &Trello, trouble: Trouble) -> TurnError {
    TurnError::Neighbour(neighbour(trello), trouble)
}
