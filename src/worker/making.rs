//! Making an issue's card: reserve the link, make the card, remember. Trello has no idempotency keys, so the order of
//! these three and the mark on the card are what keeps one issue at one lasting card:
//!
//! - *Property*: whatever happens between two lines of this file, the issue ends with one card.
//! - *Design*: that a card is about to be made is written down before the call. Whoever finds such an intent without a
//!   card does not make one, but looks for the mark on the intent's board, and again when nothing can appear any more.
//! - *Accepted*: a card that was made in a lost call and moved to another board before we looked is not found. And a
//!   process that stands still between intent and call for longer than the settling time makes a second card; it finds
//!   the first one remembered when it goes on, and archives its own.

use std::time::{Duration, Instant};

use super::boards::{Place, RouteBoard, marked, neighbour};
use super::issue::{Visit, no_account, rest};
use super::moving;
use super::pair::Pair;
use super::trouble::TurnError;
use super::{Hands, filing};
use crate::model::{BoardId, Done, Intent, Issue, IssueUrl, Link, Trouble, TroubleKind, What};
use crate::store::{Finish, Leased, Signals};
use crate::sync::face;
use crate::sync::plan::{NewCard, Why};
use crate::sync::rules::Rules;
use crate::trello::{Card, CardCall, Trello};

/// A call that makes something starts within this of its intent, or not at all.
pub(super) const FRESH: Duration = Duration::from_secs(2);

/// What became of a creation whose answer never came.
pub(super) enum Settled {
    /// There is nothing to find out (any more); this is the link.
    Link(Box<Option<Link>>),
    /// The turn ends here.
    Finish(Finish),
}

/// Finds out what became of a creation whose answer never came. It is looked for where it was meant to stand, wherever
/// today's route leads.
pub(super) async fn settle(hands: &Hands, turn: &Leased, issue: &Issue) -> Result<Settled, TurnError> {
    let link = hands.store.link(&issue.id).await?;
    let open = link.as_ref().filter(|link| link.card.is_none());
    let Some((link, intent)) = open.and_then(|link| Some((link, link.intent.as_ref()?))) else {
        return Ok(Settled::Link(Box::new(link)));
    };
    let Some(trello) = hands.accounts.get(&link.account) else {
        return Ok(Settled::Finish(Finish::Failed { reason: no_account(&link.account.0) }));
    };
    let looked_at = hands.store.now().await?;
    let settled_at = intent.at + hands.spans.settle;
    let board = match RouteBoard::open(hands, trello, Place::Board(link.board.as_str())).await {
        // With the board, the card is gone as well.
        Err(TurnError::Neighbour(_, trouble)) if trouble.kind == TroubleKind::Gone && looked_at >= settled_at => {
            hands.store.forget_intent(&issue.id, intent.at).await?;
            return Ok(Settled::Link(Box::new(None)));
        }
        board => board?,
    };
    board.index_newest().await?;
    let search = Search { hands, turn, issue, trello, board: &board };
    if let Some(card) = search.find().await? {
        // That call made it.
        return match search.adopt(&card, true).await? {
            Some(finish) => Ok(Settled::Finish(finish)),
            None => Ok(Settled::Link(Box::new(hands.store.link(&issue.id).await?))),
        };
    }
    if looked_at < settled_at {
        tracing::info!(issue = %issue.id, "a card may still appear from a call that got no answer; waiting");
        return Ok(Settled::Finish(Finish::Look { at: settled_at }));
    }
    hands.store.forget_intent(&issue.id, intent.at).await?;
    Ok(Settled::Link(Box::new(None)))
}

/// Looking on a board for a card that is an issue's already.
struct Search<'a> {
    hands: &'a Hands,
    turn: &'a Leased,
    issue: &'a Issue,
    trello: &'a Trello,
    board: &'a RouteBoard<'a>,
}

impl Search<'_> {
    /// A card on the board that is this issue's already: made by us and forgotten, or by other means. The index may
    /// be old, so the card is looked at before it is believed.
    async fn find(&self) -> Result<Option<Card>, TurnError> {
        let board = self.board.id().await?;
        let url = self.issue.url.as_deref().and_then(IssueUrl::parse);
        while let Some(found) = self.hands.store.find_card(&board, &self.issue.id, url.as_ref()).await? {
            let card = self.trello.card(&found.card).await.map_err(|trouble| trouble_with(self.trello, trouble))?;
            let card = card.filter(|card| card.board.as_ref().is_none_or(|other| *other == board));
            let now = card.as_ref().map(|card| marked(std::slice::from_ref(card))).unwrap_or_default().pop();
            match now {
                Some(now) if now == found => return Ok(card),
                Some(now) => self.hands.store.add_cards(&board, &[now]).await?,
                None => self.hands.store.forget_card(&board, &found.card).await?,
            }
        }
        Ok(None)
    }

    /// Takes a card over; `ours`: a call of ours has made it, and that is told now. `Some`: it is another's already, and
    /// the turn ends.
    async fn adopt(&self, card: &Card, ours: bool) -> Result<Option<Finish>, TurnError> {
        let (issue, board) = (&self.issue.id, self.board.id().await?);
        let changed = ours.then(|| (What::CardCreated, Vec::new())).into_iter().collect();
        let changes = self.hands.changes(self.issue, (&card.id, &board), changed).await?;
        let (store, account) = (&self.hands.store, self.trello.account());
        let taken = store.remember_card(issue, account, &board, &card.id, None, changes.signals()).await?;
        self.hands.heard(&neighbour(self.trello)).await;
        if !taken {
            tracing::warn!(%issue, card = %card.id, "this card speaks of an issue that has another card already");
            return Ok(Some(Finish::Done));
        }
        tracing::info!(%issue, card = %card.id, key = %self.turn.key, "found the card of an issue");
        self.hands.store.note(issue, "").await?;
        Ok(None)
    }
}

/// An issue without a card, and the board where it gets one.
pub(super) struct Making<'a> {
    visit: Visit<'a>,
    board: RouteBoard<'a>,
}

impl<'a> Making<'a> {
    pub(super) async fn open(visit: Visit<'a>) -> Result<Self, TurnError> {
        let board = RouteBoard::open(visit.hands, visit.trello, Place::of_route(visit.route)).await?;
        Ok(Making { visit, board })
    }

    pub(super) async fn create(&self) -> Result<Finish, TurnError> {
        let Visit { hands, turn, issue, trello, .. } = self.visit;
        if moving::take_over(self.visit).await? || filing::claim(self.visit).await? {
            return self.follow(None).await;
        }
        let search = Search { hands, turn, issue, trello, board: &self.board };
        if let Some(card) = search.find().await? {
            return match search.adopt(&card, false).await? {
                Some(finish) => Ok(finish),
                None => self.follow(Some(card)).await,
            };
        }
        let rules = self.board.rules(self.visit.route, issue, None).await?;
        let Some(card) = NewCard::of(issue, &rules) else {
            return rest(hands, issue, Why::NoColumn).await;
        };
        match self.make(&card, &rules, true).await {
            Err(TurnError::Neighbour(_, trouble)) if trouble.kind == TroubleKind::UnknownId => {
                tracing::info!(%trouble, "reading the board again, and going without labels and members this once");
                self.board.forget().await;
                self.make(&card, &rules, false).await
            }
            Err(TurnError::Neighbour(name, trouble)) if trouble.kind == TroubleKind::Gone => {
                self.board.forget().await;
                Err(TurnError::Neighbour(name, trouble))
            }
            other => other,
        }
    }

    /// A card that was found may say something else than the issue does by now.
    async fn follow(&self, card: Option<Card>) -> Result<Finish, TurnError> {
        match self.visit.hands.store.link(&self.visit.issue.id).await? {
            Some(link) => Pair::new(self.visit, link).follow(card).await,
            None => Ok(Finish::Done),
        }
    }

    async fn make(&self, card: &NewCard, rules: &Rules, with_ids: bool) -> Result<Finish, TurnError> {
        let Visit { hands, turn, issue, trello, .. } = self.visit;
        let call = self.call(card, with_ids).await?;
        // The place in line comes first: between the intent and the call there must be nothing to wait for.
        let slot = trello.slot().await.map_err(|trouble| trouble_with(trello, trouble))?;
        let began = Instant::now();
        let intent = Intent { at: hands.store.now().await?, list: card.list.clone() };
        let link = self.link(self.board.id().await?);
        if !hands.store.reserve(turn, self.visit.known, &link, &intent, hands.spans.lease).await? {
            tracing::debug!(issue = %issue.id, "it changed meanwhile; looking again");
            return Ok(Finish::Look { at: intent.at });
        }
        if began.elapsed() > FRESH {
            hands.store.forget_intent(&issue.id, intent.at).await?;
            return Ok(Finish::Look { at: hands.store.now().await? });
        }
        match trello.create_card(slot, &call).await {
            Ok(made) => self.remember(card, &made, rules, with_ids).await,
            Err(trouble) => {
                if trouble.done == Done::No {
                    hands.store.forget_intent(&issue.id, intent.at).await?;
                }
                Err(trouble_with(trello, trouble))
            }
        }
    }

    async fn call(&self, card: &NewCard, with_ids: bool) -> Result<CardCall, TurnError> {
        let issue = self.visit.issue;
        let (labels, members) = match with_ids {
            true => (self.board.labels(&card.labels).await?, self.board.members_named(&card.people).await?),
            false => (Vec::new(), Vec::new()),
        };
        Ok(CardCall {
            list: card.list.clone(),
            name: face::name(issue.id.iid, &card.title),
            description: face::description(&issue.id, issue.url.as_deref(), &card.text, &card.footer),
            url: issue.url.clone(),
            due: card.due,
            done: issue.ticket.closed && self.visit.route.fields.state.from_gitlab(),
            labels: labels.into_iter().map(|(_, id)| id).collect(),
            members: members.into_iter().map(|member| member.id).collect(),
        })
    }

    fn link(&self, board: BoardId) -> Link {
        Link {
            issue: self.visit.issue.id.clone(),
            account: self.visit.trello.account().clone(),
            board,
            card: None,
            intent: None,
            adopted: false,
            base: None,
            pending: None,
            parked: None,
            stir: None,
        }
    }

    async fn remember(&self, card: &NewCard, made: &Card, rules: &Rules, with_ids: bool) -> Result<Finish, TurnError> {
        let Visit { hands, issue, trello, .. } = self.visit;
        let board = self.board.id().await?;
        let mut base = card.base(issue, self.board.ticket(made, &issue.id).await?, rules);
        if !with_ids {
            // They are news for the next turn.
            base.issue.labels.clear();
            base.issue.facets.clear();
            base.issue.people.clear();
        }
        let changes = self.visit.changes((&made.id, &board), vec![(What::CardCreated, Vec::new())]).await?;
        let (account, signals) = (trello.account(), changes.signals());
        let taken = hands.store.remember_card(&issue.id, account, &board, &made.id, Some(&base), signals).await?;
        hands.heard(&neighbour(trello)).await;
        if !taken {
            tracing::error!(issue = %issue.id, card = %made.id, "another card of this issue was made meanwhile; archiving this one");
            trello.archive_card(&made.id).await.map_err(|trouble| trouble_with(trello, trouble))?;
            return Ok(Finish::Done);
        }
        if let (Some(parked), Some(link)) = (self.visit.parked(), hands.store.link(&issue.id).await?) {
            // What people do on it is no room's to hear, from the beginning.
            hands.store.forget_words(&issue.id).await?;
            let link = Link { parked: Some(parked), ..link };
            hands.store.remember_base(self.visit.turn, &link, Signals::default()).await?;
        }
        hands.store.note(&issue.id, "").await?;
        tracing::info!(issue = %issue.id, card = %made.id, "made the card of an issue");
        Ok(if with_ids { Finish::Done } else { Finish::Look { at: hands.store.now().await? } })
    }
}

pub(super) fn trouble_with(trello: &Trello, trouble: Trouble) -> TurnError {
    TurnError::Neighbour(neighbour(trello), trouble)
}
