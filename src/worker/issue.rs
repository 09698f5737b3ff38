//! An issue's turn: what is known of it and of its card, and which of the other files goes on with it. `making` makes
//! the card, `pair` keeps it in step, and what people say comes last (`comments`).

use std::borrow::Cow;
use std::sync::OnceLock;

use super::known::{Known, known};
use super::making::{self, Making, Settled};
use super::pair::Pair;
use super::trouble::TurnError;
use super::{GITLAB, Hands, comments, gone, merges, milestones, moving, redacting, twins, upstream, wish};
use crate::model::{Issue, IssueRef, Link, MayKeep, Micros};
use crate::store::{Finish, Leased};
use crate::sync::discretion::{Confidential, is_redacted, shown};
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
    /// The issue as the store has it; `issue` is what its card may show of it.
    pub(super) known: &'a Issue,
    /// The card shows only where it stands.
    pub(super) redacted: bool,
    /// When the work of calls that got no answer will not appear any more, where such calls were made; the card is
    /// looked at then.
    pub(super) settled: &'a OnceLock<Micros>,
}

pub(super) async fn turn(hands: &Hands, turn: &Leased, id: &IssueRef) -> Result<Finish, TurnError> {
    let Some((known, told)) = read(hands, id).await? else {
        tracing::debug!(issue = %id, "nothing is known of it");
        return Ok(wish::of_issue(hands, turn).await?.unwrap_or(Finish::Done));
    };
    let route = route_of(hands, &known);
    let silent = known.confidential && route.as_ref().is_none_or(|route| route.confidential != Confidential::Sync);
    if silent {
        wish::hush(hands, turn).await?;
    } else if let Some(finish) = wish::of_issue(hands, turn).await? {
        return Ok(finish);
    }
    if let Some(to) = known.moved_to {
        hands.store.note_moved(id, to).await?;
    }
    if let Some(path) = &known.project_path {
        hands.store.know_project(&id.instance, path, id.project).await?;
    }
    if silent {
        hands.store.drop_notes(id).await?;
        hands.store.drop_merges(id).await?;
    }
    let link = match making::settle(hands, turn, &known).await? {
        Settled::Link(link) => *link,
        Settled::Finish(finish) => return Ok(finish),
    };
    if let Some(finish) = gone::turn(hands, turn, &known, link.as_ref()).await? {
        return Ok(finish);
    }
    let Some(route) = route else {
        let project = known.project_path.clone().unwrap_or_else(|| known.id.project.to_string());
        let note = format!("no route is for the project {project}; add a [[route]] and replay");
        tracing::warn!(issue = %id, "{note}");
        hands.store.note(id, &note).await?;
        return Ok(Finish::Done);
    };
    let redacted = is_redacted(&known, &route);
    let link = if redacted { redacting::forget_deleted(hands, turn, link).await? } else { link };
    let (issue, route) = shown(&milestones::named(hands, &known, &route).await?, &route);
    let todo = match plan(&issue, link.as_ref(), &route) {
        Plan::Rest(Why::ClosedAndUnknown) if hands.store.is_asked(id).await? => {
            plan_asked(&issue, link.as_ref(), &route)
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
    let (known, settled) = (&known, &OnceLock::new());
    let visit = Visit { hands, turn, issue: &issue, route: &route, trello, told, stir, known, redacted, settled };
    let finish = match Box::pin(act(visit, todo, link)).await? {
        Finish::Done if !silent => beside(visit).await?,
        finish => finish,
    };
    Ok(match (finish, settled.get()) {
        (Finish::Done, Some(at)) => Finish::Look { at: *at },
        (Finish::Look { at }, Some(settled)) => Finish::Look { at: at.min(*settled) },
        (finish, _) => finish,
    })
}

/// The route of an issue. What must not be shown is taken away wherever its route has gone: with its link's account, so
/// any route will do.
fn route_of<'a>(hands: &'a Hands, issue: &Issue) -> Option<Cow<'a, Route>> {
    let any = || hands.routes.first().filter(|_| issue.confidential);
    let skip = |route: &Route| Route { confidential: Confidential::Skip, ..route.clone() };
    let own = route_for(&hands.routes, issue).map(Cow::Borrowed);
    own.or_else(|| any().map(|route| Cow::Owned(skip(route))))
}

/// What stands on a card besides what the issue says itself: merge requests, and what people say. A turn that came to
/// its end has read whatever the feed told of the card before it began, where its route reads cards at all.
async fn beside(visit: Visit<'_>) -> Result<Finish, TurnError> {
    // What waits for a person must not keep the rest waiting.
    let twins = put_off(twins::part(visit).await)?;
    let merges = put_off(Box::pin(merges::turn(visit)).await)?;
    let comments = Box::pin(comments::turn(visit)).await;
    twins?;
    let finish = match (merges?, comments?) {
        (Finish::Look { at }, Finish::Look { at: other }) => Finish::Look { at: at.min(other) },
        (Finish::Done, other) | (other, _) => other,
    };
    match (&finish, visit.stir, visit.route.fields.any_from_trello()) {
        (Finish::Done, Some(stir), true) => visit.hands.store.card_was_read(visit.turn, stir).await?,
        (Finish::Done, None, true) if is_unread(visit).await? => {
            return Ok(Finish::Look { at: visit.hands.store.now().await? });
        }
        _ => {}
    }
    Ok(finish)
}

/// Whether the card was linked in this very turn: what the feed told of it until then was told of nobody's card.
async fn is_unread(visit: Visit<'_>) -> Result<bool, TurnError> {
    let link = visit.hands.store.link(&visit.issue.id).await?;
    Ok(link.is_some_and(|link| link.card.is_some() && link.parked.is_none() && link.stir.is_some()))
}

/// Keeps an error that waits for a person until the rest of the turn is done; others end it at once.
fn put_off<T>(outcome: Result<T, TurnError>) -> Result<Result<T, TurnError>, TurnError> {
    match outcome {
        Err(TurnError::Neighbour(name, trouble)) if !trouble.is_lasting() => Err(TurnError::Neighbour(name, trouble)),
        Err(TurnError::Store(error)) => Err(TurnError::Store(error)),
        other => Ok(other),
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
        (Plan::Redact, Some(link)) => Pair::new(visit, link).redact().await,
        (Plan::Rest(why), _) => rest(visit.hands, visit.issue, why).await,
        _ => Making::open(visit).await?.create().await,
    }
}

/// The newest state of the issue. What is read of a delivery here is kept, since deliveries are not. `true`: a hook has
/// told it since the last turn.
async fn read(hands: &Hands, id: &IssueRef) -> Result<Option<(Issue, bool)>, TurnError> {
    let Some(Known { issue, delivery }) = known(&hands.store, &hands.discretion, id).await? else {
        return Ok(None);
    };
    if let Some(delivery) = &delivery {
        hands.store.keep_reading(&issue, delivery).await?;
    }
    let told = delivery.is_some();
    let cut = hands.discretion.cut(issue.clone());
    if cut != issue {
        // It was kept when more might be.
        hands.store.observe(&cut).await?;
        if !issue.is_withheld() {
            hands.store.forget_words(id).await?;
        }
        return Ok(Some((cut, told)));
    }
    let may_keep = hands.discretion.in_project(id.project, issue.project_path.as_deref());
    let lacks = match may_keep {
        MayKeep::Name => false,
        MayKeep::Place(_) => issue.has_no_place(),
        MayKeep::All => issue.is_withheld(),
    };
    if let (true, Some(gitlab)) = (lacks, &hands.gitlab) {
        // It was kept when less might be.
        let read = gitlab.issue(id).await.map_err(upstream::trouble)?;
        hands.heard(GITLAB).await;
        if let Some(read) = read.filter(|read| !issue.refuses(read)) {
            hands.store.observe(&read).await?;
            return Ok(Some((read, told)));
        }
    }
    Ok(Some((issue, told)))
}

pub(super) async fn rest(hands: &Hands, issue: &Issue, why: Why) -> Result<Finish, TurnError> {
    let note = match why {
        Why::InStep => String::new(),
        Why::ClosedAndUnknown
        | Why::Confidential
        | Why::Withheld
        | Why::Deleted
        | Why::Elsewhere
        | Why::Unlinked
        | Why::Gone => why.to_string(),
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
