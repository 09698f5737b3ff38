//! Issues that were deleted. No hook tells of it, so once a day the linked issues of each project are called by their
//! numbers, a hundred a call. The one thing to know: what cannot be seen is not gone. An issue counts as gone only where
//! its project answers, the token sees other issues of it, and whoever it acts as would see confidential ones; and where
//! too many of a route's issues are gone at once, nothing is done about any of them until an operator approves.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::boards::neighbour;
use super::issue::{no_account, rest};
use super::making::trouble_with;
use super::trouble::TurnError;
use super::upstream::trouble;
use super::{GITLAB, Hands, hooks};
use crate::gitlab::{GitLab, Project, ROLL};
use crate::model::{
    Base, BoardId, CardId, Issue, IssueRef, Key, Link, Micros, Parked, Rank, Spot, Ticket, Trouble, TroubleKind, What,
};
use crate::store::{Finish, Leased, Signals, StoreError};
use crate::sync::change::Change;
use crate::sync::memory::Pending;
use crate::sync::plan::Why;
use crate::sync::rules::{ProjectPattern, Route};
use crate::trello::Trello;

/// Under this stands when the roll was called last.
const SCOPE: &str = "roll call";

/// Between two roll calls.
const DAY: Duration = Duration::from_secs(86_400);

/// As many of a route's issues may be gone at once without anybody being asked, and a fifth of them.
const FEW: usize = 10;

/// The linked issues of a route, as a roll call found them.
#[derive(Debug, Default)]
struct Roll {
    linked: usize,
    /// Not among those that were listed. Whether they are gone, each has to be asked for.
    missing: Vec<IssueRef>,
}

impl Roll {
    /// As many may be gone without anybody being asked.
    fn limit(&self) -> usize {
        FEW.max(self.linked / 5)
    }
}

/// The next sweep calls the roll, whenever it did so last: an issue that was asked for was not there.
pub(super) async fn call_soon(hands: &Hands) -> Result<(), TurnError> {
    Ok(hands.store.set_cursor(SCOPE, "0").await?)
}

/// Calls the roll of `projects`, which the sweep has just seen, where that was not done for a day.
pub(super) async fn call_the_roll(
    hands: &Hands,
    gitlab: &GitLab,
    projects: &[Project],
    now: Micros,
) -> Result<(), TurnError> {
    let bad = |error: std::num::ParseIntError| StoreError::Refused(format!("the place of {SCOPE} is no time: {error}"));
    let last = hands.store.cursor(SCOPE).await?.map(|at| at.parse::<i64>().map_err(bad)).transpose()?;
    if last.is_some_and(|last| now.since(Micros(last)) < DAY) {
        return Ok(());
    }
    let mut rolls: BTreeMap<String, Roll> = BTreeMap::new();
    for project in projects {
        let Some(route) = route_of(&hands.routes, project) else { continue };
        let Some((linked, missing)) = unless_refused(missing(hands, gitlab, project).await)? else { continue };
        let roll = rolls.entry(route.project.to_string()).or_default();
        roll.linked += linked;
        roll.missing.extend(missing);
    }
    for (route, roll) in rolls {
        judge(hands, gitlab, &route, roll).await?;
    }
    Ok(hands.store.set_cursor(SCOPE, &now.0.to_string()).await?)
}

/// What GitLab refuses to tell is unknown, and keeps nothing else from being found out.
fn unless_refused<T>(told: Result<T, TurnError>) -> Result<Option<T>, TurnError> {
    match told {
        Err(TurnError::Neighbour(_, Trouble { kind: TroubleKind::Refused | TroubleKind::Gone, sentence, .. })) => {
            tracing::warn!("the roll of linked issues could not be called: {sentence}");
            Ok(None)
        }
        told => told.map(Some),
    }
}

/// The route that is for all issues of a project.
fn route_of<'a>(routes: &'a [Route], project: &Project) -> Option<&'a Route> {
    let path = project.path_with_namespace.to_lowercase();
    routes.iter().find(|route| match &route.project {
        ProjectPattern::Any => true,
        ProjectPattern::Id(id) => *id == project.id,
        ProjectPattern::Path(wanted) => *wanted == path,
        ProjectPattern::Group(group) => path.strip_prefix(group.as_str()).is_some_and(|rest| rest.starts_with('/')),
    })
}

/// How many issues of a project are linked, and which of them were not listed. Those that are there again are marked.
async fn missing(hands: &Hands, gitlab: &GitLab, project: &Project) -> Result<(usize, Vec<IssueRef>), TurnError> {
    let standing = hands.store.standing(&hands.instance, project.id).await?;
    let about = format!("deleted issues of {}", project.path_with_namespace);
    if standing.is_empty() {
        return Ok((0, Vec::new()));
    }
    if !project.permissions.sees_confidential() {
        let sentence = format!(
            "{about} cannot be told from confidential ones; give the one whose GITLAB_TOKEN this is at least the role \
             Planner in the project"
        );
        hooks::say(hands, &about, Some(&sentence)).await?;
        return Ok((0, Vec::new()));
    }
    let mut there = BTreeSet::new();
    for run in standing.chunks(ROLL) {
        let iids: Vec<i64> = run.iter().map(|issue| issue.iid).collect();
        there.extend(gitlab.present(project.id, &iids).await.map_err(trouble)?);
    }
    if there.is_empty() && !gitlab.sees_issues(project.id).await.map_err(trouble)? {
        let sentence = format!(
            "none of the linked issues of {} can be seen, nor any other: are issues switched off there?",
            project.path_with_namespace
        );
        hooks::say(hands, &about, Some(&sentence)).await?;
        return Ok((0, Vec::new()));
    }
    hooks::say(hands, &about, None).await?;
    let name = |iid| IssueRef { instance: hands.instance.clone(), project: project.id, iid };
    for back in standing.iter().filter(|issue| issue.gone && there.contains(&issue.iid)) {
        hands.store.mark(&Key::Issue(name(back.iid)), Rank::Background, None).await?;
    }
    let followed = standing.iter().filter(|issue| !issue.gone);
    let missing = followed.clone().filter(|issue| !there.contains(&issue.iid)).map(|issue| name(issue.iid)).collect();
    Ok((followed.count(), missing))
}

/// Few that are gone have their turns; many wait. Only so many are asked for one by one as it takes to tell.
async fn judge(hands: &Hands, gitlab: &GitLab, route: &str, roll: Roll) -> Result<(), TurnError> {
    let (limit, about) = (roll.limit(), format!("gone issues of {route}"));
    let (mut gone, mut rest) = (Vec::new(), roll.missing.into_iter());
    while gone.len() <= limit {
        let Some(issue) = rest.next() else { break };
        if let Some(None) = unless_refused(gitlab.issue(&issue).await.map_err(trouble))? {
            gone.push(issue);
        }
    }
    let stopped = hands.store.missing().await?.iter().any(|waiting| waiting.route == route);
    let may_go = gone.is_empty() || (!stopped && gone.len() <= limit);
    if may_go {
        hands.store.keep_gone(route, &gone, true).await?;
        return hooks::say(hands, &about, None).await;
    }
    gone.extend(rest);
    hands.store.keep_gone(route, &gone, false).await?;
    let sentence = format!(
        "{} of the {} issues with cards of {route} are gone in GitLab at once: nothing is done about any of them. \
         Where that is right, let `kanbridge links approve {route:?}` archive their cards",
        gone.len(),
        roll.linked,
    );
    // The count may change from day to day, and what is to be done does not.
    if stopped { Ok(()) } else { hooks::say(hands, &about, Some(&sentence)).await }
}

/// What is to be done about a linked issue that was found gone, and about one that was and may be there again. `None`:
/// the turn goes on as any other.
pub(super) async fn turn(
    hands: &Hands,
    turn: &Leased,
    issue: &Issue,
    link: Option<&Link>,
) -> Result<Option<Finish>, TurnError> {
    let Some((link, card)) = link.and_then(|link| Some((link, link.card.as_ref()?))) else { return Ok(None) };
    let Some(gitlab) = hands.gitlab.as_ref().filter(|_| !issue.confidential) else { return Ok(None) };
    let was_gone = link.parked == Some(Parked::Gone);
    if !was_gone && hands.store.is_gone(&issue.id).await? != Some(true) {
        return Ok(None);
    }
    let read = gitlab.issue(&issue.id).await.map_err(trouble)?;
    hands.heard(GITLAB).await;
    match (read, link.parked) {
        (Some(read), parked) => {
            hands.store.observe(&read).await?;
            hands.store.forget_gone(&issue.id).await?;
            if parked == Some(Parked::Gone) {
                hands.store.remember_base(turn, &revived(link)?, Signals::default()).await?;
                hands.store.tell(&issue.id, "the issue is there again: its card is followed again").await?;
            }
            Ok(Some(Finish::Look { at: hands.store.now().await? }))
        }
        (None, None) => bury(hands, turn, issue, link, card).await.map(Some),
        (None, Some(_)) => {
            hands.store.forget_gone(&issue.id).await?;
            if was_gone { rest(hands, issue, Why::Gone).await.map(Some) } else { Ok(None) }
        }
    }
}

/// The link as it is when its issue is there again. That something was about to be written, nothing as it happens, has the
/// card read, which stands in the archive.
fn revived(link: &Link) -> Result<Link, TurnError> {
    let base = link.base.clone().unwrap_or_default();
    let pending = serde_json::to_string(&Pending::of(&Change::default(), &base.issue, &base.card));
    let refused = |error| TurnError::Hopeless(format!("what is to be looked at cannot be kept: {error}"));
    Ok(Link { parked: None, pending: Some(pending.map_err(refused)?), ..link.clone() })
}

/// Archives the card, where it stands on its board, and leaves it alone until the issue is there again.
async fn bury(hands: &Hands, turn: &Leased, issue: &Issue, link: &Link, card: &CardId) -> Result<Finish, TurnError> {
    let Some(trello) = hands.accounts.get(&link.account) else {
        return Ok(Finish::Failed { reason: no_account(&link.account.0) });
    };
    archive(trello, card, &link.board).await.map_err(|trouble| trouble_with(trello, trouble))?;
    hands.heard(&neighbour(trello)).await;
    let archived = |base: Base| Base {
        issue: Ticket { spot: Some(Spot::Archive), ..base.issue },
        card: Ticket { spot: Some(Spot::Archive), ..base.card },
        ..base
    };
    let base = link.base.clone().map(archived);
    let kept = Link { base, pending: None, parked: Some(Parked::Gone), ..link.clone() };
    let changes = hands.changes(issue, (card, &link.board), vec![(What::CardArchived, Vec::new())]).await?;
    hands.store.remember_base(turn, &kept, changes.signals()).await?;
    hands.store.forget_gone(&issue.id).await?;
    hands.store.tell(&issue.id, "the issue was deleted in GitLab: its card was archived").await?;
    tracing::warn!(issue = %issue.id, card = %card, "deleted in GitLab: its card was archived");
    rest(hands, issue, Why::Gone).await
}

async fn archive(trello: &Trello, card: &CardId, board: &BoardId) -> Result<(), Trouble> {
    let stands = trello.card(card).await?.filter(|card| !card.closed && card.board.as_ref() == Some(board));
    match stands {
        Some(card) => match trello.archive_card(&card.id).await {
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(()),
            other => other,
        },
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::Roll;

    #[test]
    fn ten_may_be_gone_or_a_fifth() {
        for (linked, limit) in [(0, 10), (12, 10), (54, 10), (55, 11), (1000, 200)] {
            assert_eq!(Roll { linked, missing: Vec::new() }.limit(), limit, "{linked}");
        }
    }
}
