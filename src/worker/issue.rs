//! An issue's turn: reserve the link, make the card, remember. Trello has no idempotency keys, so the order of these
//! three and the mark on the card are what keeps one issue at one lasting card:
//!
//! - *Property*: whatever happens between two lines of this file, the issue ends with one card.
//! - *Design*: that a card is about to be made is written down before the call. Whoever finds such an intent without a
//!   card does not make one, but looks for the mark on the board, and again when nothing can appear any more.
//! - *Accepted*: a card that was made in a lost call and moved to another board before we looked is not found.

use super::Hands;
use super::boards::{RouteBoard, neighbour};
use super::queue::TurnError;
use crate::model::{CardId, Done, Intent, Issue, IssueRef, IssueUrl, Link, Trouble, TroubleKind};
use crate::store::{Finish, Leased};
use crate::sync::plan::{NewCard, Plan, Why, plan};
use crate::sync::rules::{Route, route_for};
use crate::trello::{CardCall, Trello};

pub(super) async fn turn(hands: &Hands, turn: &Leased, id: &IssueRef) -> Result<Finish, TurnError> {
    let Some(issue) = hands.store.issue(id).await? else {
        tracing::debug!(issue = %id, "nothing is known of it");
        return Ok(Finish::Done);
    };
    let link = hands.store.link(id).await?;
    let Some(route) = route_for(&hands.routes, &issue) else {
        let project = issue.project_path.as_deref().unwrap_or("(path unknown)");
        tracing::warn!(issue = %id, project, "no route is for this project; add a [[route]] and replay");
        return Ok(Finish::Done);
    };
    let Some(trello) = hands.accounts.get(&route.account) else {
        // Refused at start; routes and accounts do not change while we run.
        return Ok(Finish::Failed {
            reason: format!("the account `{}` does not exist", route.account),
        });
    };
    let visit = Visit {
        hands,
        turn,
        issue: &issue,
        route,
        trello,
    };
    visit.run(link).await
}

/// One turn's circumstances.
struct Visit<'a> {
    hands: &'a Hands,
    turn: &'a Leased,
    issue: &'a Issue,
    route: &'a Route,
    trello: &'a Trello,
}

impl Visit<'_> {
    async fn run(&self, link: Option<Link>) -> Result<Finish, TurnError> {
        let intent = link
            .as_ref()
            .filter(|link| link.card.is_none())
            .and_then(|link| link.intent.clone());
        if let Some(intent) = intent {
            let board = RouteBoard::open(self.hands, self.trello, self.route).await?;
            if let Some(finish) = self.settle(&board, &intent).await? {
                return Ok(finish);
            }
        }
        match plan(self.issue, link.as_ref(), self.route) {
            Plan::Rest(why) => {
                self.rest(why);
                Ok(Finish::Done)
            }
            Plan::Create(card) => self.create(&card).await,
        }
    }

    fn rest(&self, why: Why) {
        match why {
            Why::NoColumn => tracing::warn!(issue = %self.issue.id, route = %self.route.project, "{why}"),
            _ => tracing::debug!(issue = %self.issue.id, "nothing to do: {why}"),
        }
    }

    /// Finds out what became of a creation whose answer never came. `None`: no card was made, and none will appear.
    async fn settle(&self, board: &RouteBoard<'_>, intent: &Intent) -> Result<Option<Finish>, TurnError> {
        let looked_at = self.hands.store.now().await?;
        board.index_newest().await?;
        if let Some(card) = self.find(board).await? {
            self.remember(board, &card, true).await?;
            return Ok(Some(Finish::Done));
        }
        let settled_at = intent.at + self.hands.spans.settle;
        if looked_at < settled_at {
            tracing::info!(issue = %self.issue.id, "a card may still appear from a call that got no answer; waiting");
            return Ok(Some(Finish::Look { at: settled_at }));
        }
        self.hands.store.forget_intent(&self.issue.id, intent.at).await?;
        Ok(None)
    }

    async fn create(&self, card: &NewCard) -> Result<Finish, TurnError> {
        let board = RouteBoard::open(self.hands, self.trello, self.route).await?;
        if let Some(card) = self.find(&board).await? {
            self.remember(&board, &card, true).await?;
            return Ok(Finish::Done);
        }
        match self.make(&board, card, true).await {
            Err(TurnError::Neighbour(_, trouble)) if trouble.kind == TroubleKind::UnknownId => {
                tracing::info!(%trouble, "reading the board again, and going without labels this once");
                board.forget().await;
                self.make(&board, card, false).await
            }
            Err(TurnError::Neighbour(name, trouble)) if trouble.kind == TroubleKind::Gone => {
                board.forget().await;
                Err(TurnError::Neighbour(name, trouble))
            }
            other => other,
        }
    }

    async fn make(&self, board: &RouteBoard<'_>, card: &NewCard, with_labels: bool) -> Result<Finish, TurnError> {
        let list = board.list(&card.list).await?;
        let labels = if with_labels {
            board.labels(&card.labels).await?
        } else {
            Vec::new()
        };
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
        let intent = Intent {
            at: self.hands.store.now().await?,
            list,
        };
        self.hands
            .store
            .reserve(self.turn, &self.link(board).await?, &intent, self.hands.spans.lease)
            .await?;
        match self.trello.create_card(slot, &call).await {
            Ok(made) => {
                self.remember(board, &made, false).await?;
                Ok(Finish::Done)
            }
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
    async fn find(&self, board: &RouteBoard<'_>) -> Result<Option<CardId>, TurnError> {
        let id = board.id().await?;
        let url = self.issue.url.as_deref().and_then(IssueUrl::parse);
        while let Some(found) = self.hands.store.find_card(&id, &self.issue.id, url.as_ref()).await? {
            let card = self
                .trello
                .card(&found.card)
                .await
                .map_err(|trouble| self.trouble(trouble))?;
            let card = card.filter(|card| card.board.as_ref().is_none_or(|board| *board == id));
            let still = card
                .map(|card| super::boards::marked(std::slice::from_ref(&card)))
                .unwrap_or_default();
            match still.into_iter().next() {
                Some(now) if now == found => return Ok(Some(found.card)),
                Some(now) => self.hands.store.add_cards(&id, &[now]).await?,
                None => self.hands.store.forget_card(&id, &found.card).await?,
            }
        }
        Ok(None)
    }

    async fn link(&self, board: &RouteBoard<'_>) -> Result<Link, TurnError> {
        Ok(Link {
            issue: self.issue.id.clone(),
            account: self.trello.account().clone(),
            board: board.id().await?,
            card: None,
            intent: None,
            adopted: false,
        })
    }

    async fn remember(&self, board: &RouteBoard<'_>, card: &CardId, adopted: bool) -> Result<(), TurnError> {
        let (issue, account) = (&self.issue.id, self.trello.account());
        self.hands
            .store
            .remember_card(issue, account, &board.id().await?, card, adopted)
            .await?;
        self.hands.heard(&neighbour(self.trello)).await?;
        let how = if adopted {
            "found the card of an issue"
        } else {
            "made the card of an issue"
        };
        tracing::info!(%issue, %card, "{how}");
        Ok(())
    }

    fn trouble(&self, trouble: Trouble) -> TurnError {
        TurnError::Neighbour(neighbour(self.trello), trouble)
    }
}
