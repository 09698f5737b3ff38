//! An issue's turn: what is known of it and of its card, and which of the other files goes on with it. `making` makes
//! the card, `pair` keeps it in step, and what people say comes last (`comments`).

use super::Hands;
use super::known::{Known, known};
use super::making::{self, Making, Settled};
use super::moving;
use super::pair::Pair;
use super::trouble::TurnError;
use super::{comments, gone, twins, wish};
use crate::model::{Issue, IssueRef, Link};
use crate::store::{Finish, Leased};
use crate::sync::plan::{Plan, Why, plan, plan_asked};
use crate::sync::rules::{Route, route_for};
use crate::trello::Trello;

/// One turn's circumstances.
#[derive(Clone, Copy)]
pub(super) struct Visit<'a> {
    pub(super) hands: &'a Hands,
    pub(super) turn: &'a Leased,
    pub(super) issue: &'a Issue,
    pub(super) route: &'a Route,
    pub(super) trello: &'a Trello,
    /// A hook has just told how the issue is.
    pub(super) told: bool,
    /// The board's feed told of the card before the turn began, and nobody has read it since.
    pub(super) stir: Option<i64>,
}

pub(super) async fn turn(hands: &Hands, turn: &Leased, id: &IssueRef) -> Result<Finish, TurnError> {
    if let Some(finish) = wish::of_issue(hands, turn).await? {
        return Ok(finish);
    }
    let Some((issue, told)) = read(hands, id).await? else {
        tracing::debug!(issue = %id, "nothing is known of it");
        return Ok(Finish::Done);
    };
    if let Some(to) = issue.moved_to {
        hands.store.note_moved(id, to).await?;
    }
    if issue.confidential {
        hands.store.drop_notes(id).await?;
    }
    let link = match making::settle(hands, turn, &issue).await? {
        Settled::Link(link) => *link,
        Settled::Finish(finish) => return Ok(finish),
    };
    if let Some(finish) = gone::turn(hands, turn, &issue, link.as_ref()).await? {
        return Ok(finish);
    }
    // What must not be shown is taken away wherever its route has gone: with its link's account, so any route will do.
    let any = || hands.routes.first().filter(|_| issue.confidential);
    let Some(route) = route_for(&hands.routes, &issue).or_else(any) else {
        let project = issue.project_path.clone().unwrap_or_else(|| issue.id.project.to_string());
        let note = format!("no route is for the project {project}; add a [[route]] and replay");
        tracing::warn!(issue = %id, "{note}");
        hands.store.note(id, &note).await?;
        return Ok(Finish::Done);
    };
    let todo = match plan(&issue, link.as_ref(), route) {
        Plan::Rest(Why::ClosedAndUnknown) if hands.store.is_asked(id).await? => {
            plan_asked(&issue, link.as_ref(), route)
        }
        todo => todo,
    };
    if let Plan::Rest(why) = todo {
        return rest(hands, &issue, why).await;
    }
    // A card is reached with the credentials that made it; a new one is made with the route's.
    let account = link.as_ref().filter(|link| link.card.is_some()).map_or(&route.account, |link| &link.account);
    let Some(trello) = hands.accounts.get(account) else {
        return Ok(Finish::Failed { reason: no_account(&account.0) });
    };
    let stir = link.as_ref().and_then(|link| link.stir);
    let visit = Visit { hands, turn, issue: &issue, route, trello, told, stir };
    match Box::pin(act(visit, todo, link)).await? {
        Finish::Done if !issue.confidential => {
            twins::part(visit).await?;
            let finish = Box::pin(comments::turn(visit)).await?;
            if finish == Finish::Done {
                note_read(visit).await?;
            }
            Ok(finish)
        }
        finish => Ok(finish),
    }
}

/// A turn that came to its end has read whatever the feed told of the card before it began, where its route reads cards
/// at all.
async fn note_read(visit: Visit<'_>) -> Result<(), TurnError> {
    match visit.stir.filter(|_| visit.route.fields.any_from_trello()) {
        Some(stir) => Ok(visit.hands.store.card_was_read(visit.turn, stir).await?),
        None => Ok(()),
    }
}

async fn act(visit: Visit<'_>, todo: Plan, link: Option<Link>) -> Result<Finish, TurnError> {
    match (todo, link) {
        (Plan::CreateAnew, _) => {
            visit
                .hands
                .store
                .tell(&visit.issue.id, "the issue was reopened: making a card in place of the deleted one")
                .await?;
            visit.hands.store.unlink(visit.turn).await?;
            Making::open(visit).await?.create().await
        }
        (Plan::Follow, Some(link)) if moving::exchange(visit, &link).await? => {
            // It may be reached with other credentials.
            Ok(Finish::Look { at: visit.hands.store.now().await? })
        }
        (Plan::Follow, Some(link)) => Pair::new(visit, link).follow(None).await,
        (Plan::NoteClosed, Some(link)) => Pair::new(visit, link).note_closed().await,
        (Plan::Hide, Some(link)) => Pair::new(visit, link).hide().await,
        (Plan::Rest(why), _) => rest(visit.hands, visit.issue, why).await,
        _ => Making::open(visit).await?.create().await,
    }
}

/// The newest state of the issue. What is read of a delivery here is kept, since deliveries are not. `true`: a hook has
/// told it since the last turn.
async fn read(hands: &Hands, id: &IssueRef) -> Result<Option<(Issue, bool)>, TurnError> {
    let Some(Known { issue, delivery }) = known(&hands.store, id).await? else {
        return Ok(None);
    };
    if let Some(delivery) = &delivery {
        hands.store.keep_reading(&issue, delivery).await?;
    }
    Ok(Some((issue, delivery.is_some())))
}

pub(super) async fn rest(hands: &Hands, issue: &Issue, why: Why) -> Result<Finish, TurnError> {
    let note = match why {
        Why::InStep => String::new(),
        Why::ClosedAndUnknown | Why::Confidential | Why::Deleted | Why::Elsewhere | Why::Unlinked | Why::Gone => {
            why.to_string()
        }
        Why::NoColumn => {
            tracing::warn!(issue = %issue.id, "{why}");
            why.to_string()
        }
    };
    tracing::debug!(issue = %issue.id, "nothing to do: {why}");
    hands.store.note(&issue.id, &note).await?;
    Ok(Finish::Done)
}

pub(super) fn no_account(name: &str) -> String {
    format!("the Trello account `{name}` is not configured any more; configure it again, and replay")
}
