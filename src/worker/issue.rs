//! An issue's turn: reserve the link, make the card, remember. Trello has no idempotency keys, so the order of these
//! three and the mark on the card are what keeps one issue at one lasting card:
//!
//! - *Property*: whatever happens between two lines of this file, the issue ends with one card.
//! - *Design*: that a card is about to be made is written down before the call. Whoever finds such an intent without a
//!   card does not make one, but looks for the mark on the intent's board, and again when nothing can appear any more.
//! - *Accepted*: a card that was made in a lost call and moved to another board before we looked is not found. And a
//!   process that stands still between intent and call for longer than the settling time makes a second card; it finds
//!   the first one remembered when it goes on, and archives its own.

use std::time::{Duration, Instant};

use super::Hands;
use super::boards::{Place, RouteBoard, marked, neighbour};
use super::trouble::TurnError;
use crate::gitlab;
use crate::model::{CardId, Done, Intent, Issue, IssueRef, IssueUrl, Link, Trouble, TroubleKind};
use crate::store::{Finish, Leased, Observation};
use crate::sync::plan::{NewCard, Plan, Why, plan};
use crate::sync::rules::route_for;
use crate::trello::{CardCall, Trello};

/// The call that makes a card starts within this of its intent, or not at all.
const FRESH: Duration = Duration::from_secs(2);

pub(super) async fn turn(hands: &Hands, turn: &Leased, id: &IssueRef) -> Result<Finish, TurnError> {
    let Some(issue) = read(hands, id).await? else {
        tracing::debug!(issue = %id, "nothing is known of it");
        return Ok(Finish::Done);
    };
    let link = hands.store.link(id).await?;
    if let Some(finish) = settle(hands, turn, &issue, link.as_ref()).await? {
        return Ok(finish);
    }
    let Some(route) = route_for(&hands.routes, &issue) else {
        let project = issue.project_path.clone().unwrap_or_else(|| issue.id.project.to_string());
        let note = format!("no route is for the project {project}; add a [[route]] and replay");
        tracing::warn!(issue = %id, "{note}");
        hands.store.note(id, &note).await?;
        return Ok(Finish::Done);
    };
    match plan(&issue, link.as_ref(), route) {
        Plan::Rest(why) => rest(hands, &issue, why).await,
        Plan::Create(card) => {
            let Some(trello) = hands.accounts.get(&route.account) else {
                return Ok(Finish::Failed { reason: no_account(&route.account.0) });
            };
            let board = RouteBoard::open(hands, trello, Place::of_route(route)).await?;
            Visit { hands, turn, issue: &issue, trello, board }.create(&card).await
        }
    }
}

/// The newest state of the issue. The door only wrote down which delivery tells it, so that its text is written once
/// while a caller waits; what is read of it here is kept, since deliveries are not.
async fn read(hands: &Hands, id: &IssueRef) -> Result<Option<Issue>, TurnError> {
    let (delivery, headers, body) = match hands.store.observation(id).await? {
        None => return Ok(None),
        Some(Observation::Read(issue)) => return Ok(Some(*issue)),
        Some(Observation::Told { delivery, headers, body }) => (delivery, headers, body),
    };
    let read = gitlab::read_kept(&headers, body.into(), &id.instance);
    let issue = read.map_err(|error| error.to_string()).and_then(|intake| intake.issue.ok_or(intake.reason));
    let issue = issue.map_err(|why| {
        TurnError::Hopeless(format!("delivery {delivery} could be read when it came and cannot any more: {why}"))
    })?;
    let issue = Issue { id: id.clone(), ..issue };
    hands.store.keep_reading(&issue, &delivery).await?;
    Ok(Some(issue))
}

async fn rest(hands: &Hands, issue: &Issue, why: Why) -> Result<Finish, TurnError> {
    let note = match why {
        Why::HasCard => String::new(),
        Why::ClosedAndUnknown | Why::Confidential => why.to_string(),
        Why::NoColumn => {
            tracing::warn!(issue = %issue.id, "{why}");
            why.to_string()
        }
    };
    tracing::debug!(issue = %issue.id, "nothing to do: {why}");
    hands.store.note(&issue.id, &note).await?;
    Ok(Finish::Done)
}

/// Finds out what became of a creation whose answer never came. It is looked for where it was meant to stand, wherever
/// today's route leads. `None`: there is nothing to find out, no card was made, and none will appear.
async fn settle(hands: &Hands, turn: &Leased, issue: &Issue, link: Option<&Link>) -> Result<Option<Finish>, TurnError> {
    let Some((link, intent)) = link.filter(|link| link.card.is_none()).and_then(|l| Some((l, l.intent.as_ref()?)))
    else {
        return Ok(None);
    };
    let Some(trello) = hands.accounts.get(&link.account) else {
        return Ok(Some(Finish::Failed { reason: no_account(&link.account.0) }));
    };
    let looked_at = hands.store.now().await?;
    let settled_at = intent.at + hands.spans.settle;
    let board = match RouteBoard::open(hands, trello, Place::Board(link.board.as_str())).await {
        // With the board, the card is gone as well.
        Err(TurnError::Neighbour(_, trouble)) if trouble.kind == TroubleKind::Gone && looked_at >= settled_at => {
            hands.store.forget_intent(&issue.id, intent.at).await?;
            return Ok(None);
        }
        board => board?,
    };
    board.index_newest().await?;
    let visit = Visit { hands, turn, issue, trello, board };
    if let Some(card) = visit.find().await? {
        return visit.remember(&card, true).await.map(Some);
    }
    if looked_at < settled_at {
        tracing::info!(issue = %issue.id, "a card may still appear from a call that got no answer; waiting");
        return Ok(Some(Finish::Look { at: settled_at }));
    }
    hands.store.forget_intent(&issue.id, intent.at).await?;
    Ok(None)
}

fn no_account(name: &str) -> String {
    format!("the Trello account `{name}` is not configured any more; configure it again, and replay")
}

/// One turn's circumstances.
struct Visit<'a> {
    hands: &'a Hands,
    turn: &'a Leased,
    issue: &'a Issue,
    trello: &'a Trello,
    board: RouteBoard<'a>,
}

impl Visit<'_> {
    async fn create(&self, card: &NewCard) -> Result<Finish, TurnError> {
        if let Some(card) = self.find().await? {
            return self.remember(&card, true).await;
        }
        match self.make(card, true).await {
            Err(TurnError::Neighbour(_, trouble)) if trouble.kind == TroubleKind::UnknownId => {
                tracing::info!(%trouble, "reading the board again, and going without labels this once");
                self.board.forget().await;
                self.make(card, false).await
            }
            Err(TurnError::Neighbour(name, trouble)) if trouble.kind == TroubleKind::Gone => {
                self.board.forget().await;
                Err(TurnError::Neighbour(name, trouble))
            }
            other => other,
        }
    }

    async fn make(&self, card: &NewCard, with_labels: bool) -> Result<Finish, TurnError> {
        let list = self.board.list(&card.list).await?;
        let labels = if with_labels { self.board.labels(&card.labels).await? } else { Vec::new() };
        let call = CardCall {
            list: list.clone(),
            name: card.name.clone(),
            description: card.description.clone(),
            url: card.url.clone(),
            due: card.due,
            labels,
        };
        // The place in line comes first: between the intent and the call there must be nothing to wait for.
        let slot = self.trello.slot().await.map_err(|trouble| self.trouble(trouble))?;
        let began = Instant::now();
        let intent = Intent { at: self.hands.store.now().await?, list };
        let link = self.link().await?;
        if !self.hands.store.reserve(self.turn, self.issue, &link, &intent, self.hands.spans.lease).await? {
            tracing::debug!(issue = %self.issue.id, "it changed meanwhile; looking again");
            return Ok(Finish::Look { at: intent.at });
        }
        if began.elapsed() > FRESH {
            self.hands.store.forget_intent(&self.issue.id, intent.at).await?;
            return Ok(Finish::Look { at: self.hands.store.now().await? });
        }
        match self.trello.create_card(slot, &call).await {
            Ok(made) => self.remember(&made, false).await,
            Err(trouble) => {
                if trouble.done == Done::No {
                    self.hands.store.forget_intent(&self.issue.id, intent.at).await?;
                }
                Err(self.trouble(trouble))
            }
        }
    }

    /// A card on the board that is this issue's already: made by us and forgotten, or by other means. The index may
    /// be old, so the card is looked at before it is believed.
    async fn find(&self) -> Result<Option<CardId>, TurnError> {
        let board = self.board.id().await?;
        let url = self.issue.url.as_deref().and_then(IssueUrl::parse);
        while let Some(found) = self.hands.store.find_card(&board, &self.issue.id, url.as_ref()).await? {
            let card = self.trello.card(&found.card).await.map_err(|trouble| self.trouble(trouble))?;
            let card = card.filter(|card| card.board.as_ref().is_none_or(|other| *other == board));
            let now = card.map(|card| marked(std::slice::from_ref(&card))).unwrap_or_default().pop();
            match now {
                Some(now) if now == found => return Ok(Some(found.card)),
                Some(now) => self.hands.store.add_cards(&board, &[now]).await?,
                None => self.hands.store.forget_card(&board, &found.card).await?,
            }
        }
        Ok(None)
    }

    async fn link(&self) -> Result<Link, TurnError> {
        Ok(Link {
            issue: self.issue.id.clone(),
            account: self.trello.account().clone(),
            board: self.board.id().await?,
            card: None,
            intent: None,
            adopted: false,
        })
    }

    async fn remember(&self, card: &CardId, adopted: bool) -> Result<Finish, TurnError> {
        let (issue, account) = (&self.issue.id, self.trello.account());
        let board = self.board.id().await?;
        let taken = self.hands.store.remember_card(issue, account, &board, card, adopted).await?;
        self.hands.heard(&neighbour(self.trello)).await;
        if !taken && adopted {
            tracing::warn!(%issue, %card, "this card speaks of an issue that has another card already");
            return Ok(Finish::Done);
        }
        if !taken {
            tracing::error!(%issue, %card, "another card of this issue was made meanwhile; archiving this one");
            self.trello.archive_card(card).await.map_err(|trouble| self.trouble(trouble))?;
            return Ok(Finish::Done);
        }
        self.hands.store.note(issue, "").await?;
        let how = if adopted { "found the card of an issue" } else { "made the card of an issue" };
        tracing::info!(%issue, %card, "{how}");
        Ok(Finish::Done)
    }

    fn trouble(&self, trouble: Trouble) -> TurnError {
        TurnError::Neighbour(neighbour(self.trello), trouble)
    }
}
