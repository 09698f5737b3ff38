//! The sweep's turn: what changed in GitLab without a hook telling is found all the same. Hooks make it fast, this makes
//! it true. The one thing to know: a project that cannot be read is said, and keeps no other from being swept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::hooks::Owner;
use super::known::{Sight, sight};
use super::trouble::TurnError;
use super::upstream::trouble;
use super::{GITLAB, Hands, gone, hooks};
use crate::gitlab::{GitLab, Order, Project, Wanted};
use crate::model::{Issue, Micros, Rank, Trouble, TroubleKind};
use crate::store::{Finish, Listed, StoreError};
use crate::sync::rules::{ProjectPattern, Route};

/// What a change may need to become visible in GitLab's lists, and clocks may differ by.
const OVERLAP: Duration = Duration::from_secs(300);

pub(super) async fn turn(hands: &Hands) -> Result<Finish, TurnError> {
    let Some(gitlab) = &hands.gitlab else {
        tracing::info!("GITLAB_TOKEN is not set any more, so nothing is swept");
        return Ok(Finish::Done);
    };
    let began = hands.store.now().await?;
    let (mut later, mut seen) = (None, Vec::new());
    for group in groups(hands) {
        match hooks::watch(hands, gitlab, Owner::Group(&group)).await {
            Err(error @ TurnError::Neighbour(..)) => later = Some(error),
            done => done?,
        }
    }
    for name in names(hands).await? {
        match look_at(hands, gitlab, &name, &seen, began).await {
            Ok(project) => {
                hands.heard(GITLAB).await;
                // A project by two names is one.
                seen.extend(project);
            }
            Err(TurnError::Neighbour(neighbour, trouble)) => {
                if let Some(trouble) = tell(hands, &name, trouble).await? {
                    later = Some(TurnError::Neighbour(neighbour, trouble));
                }
            }
            Err(error) => return Err(error),
        }
    }
    if later.is_none() {
        gone::call_the_roll(hands, gitlab, &seen, began).await?;
    }
    match later {
        Some(error) => Err(error),
        None => Ok(Finish::Look { at: began + hands.spans.sweep }),
    }
}

/// The groups that routes name.
fn groups(hands: &Hands) -> BTreeSet<String> {
    let group = |route: &Route| match &route.project {
        ProjectPattern::Group(group) => Some(group.clone()),
        ProjectPattern::Any | ProjectPattern::Id(_) | ProjectPattern::Path(_) => None,
    };
    hands.routes.iter().filter_map(group).collect()
}

/// The projects that routes name, and those that have links. Which others a `group/*` is for, hooks tell.
async fn names(hands: &Hands) -> Result<Vec<String>, TurnError> {
    let named = hands.routes.iter().filter_map(|route| match &route.project {
        ProjectPattern::Id(id) => Some(id.to_string()),
        ProjectPattern::Path(path) => Some(path.clone()),
        ProjectPattern::Any | ProjectPattern::Group(_) => None,
    });
    let linked = hands.store.projects(&hands.instance).await?;
    let mut names: Vec<String> = linked.iter().map(i64::to_string).chain(named).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// A refusal is said once and waits for a person; what passes by itself is given back, to be tried again.
async fn tell(hands: &Hands, name: &str, trouble: Trouble) -> Result<Option<Trouble>, TurnError> {
    match trouble.kind {
        TroubleKind::Down | TroubleKind::Wait(_) => Ok(Some(trouble)),
        TroubleKind::Refused | TroubleKind::UnknownId | TroubleKind::Gone => {
            let sentence = format!("the project {name} cannot be swept: {trouble}");
            hooks::say(hands, &format!("project/{name}"), Some(&sentence)).await?;
            Ok(None)
        }
    }
}

/// `None`: it is among those that were `seen` by another name.
async fn look_at(
    hands: &Hands,
    gitlab: &GitLab,
    name: &str,
    seen: &[Project],
    now: Micros,
) -> Result<Option<Project>, TurnError> {
    let Some(project) = gitlab.project(name).await.map_err(trouble)? else {
        let sentence = format!("GitLab has no project {name}, or the one whose GITLAB_TOKEN this is may not see it");
        return Err(trouble(Trouble::undone(TroubleKind::Gone, sentence)));
    };
    hooks::say(hands, &format!("project/{name}"), None).await?;
    if seen.iter().any(|other| other.id == project.id) {
        return Ok(None);
    }
    // First the hooks: what happens from now on is told again, and what happened before is found below.
    hooks::watch(hands, gitlab, Owner::Project(&project)).await?;
    issues(hands, gitlab, &project, now).await?;
    Ok(Some(project))
}

/// Takes in what changed in a project since the last sweep.
async fn issues(hands: &Hands, gitlab: &GitLab, project: &Project, now: Micros) -> Result<(), TurnError> {
    let scope = format!("issues/{}/{}", hands.instance, project.id);
    let since = since(hands, &scope, project.id, now).await?;
    let id = project.id.to_string();
    let wanted = Wanted { project: &id, changed_since: Some(since), state: "all", order: Order::Changed };
    let mut pages = gitlab.issue_pages(&hands.instance, wanted);
    let mut recovered = 0;
    let mut place = None;
    while let Some(page) = pages.next().await.map_err(trouble)? {
        place = newest(&page).or(place);
        let page = judge(hands, page, place.map(|place| (scope.clone(), place.to_string()))).await?;
        recovered += page.recovered;
        hands.store.take_in(&page).await?;
    }
    if place.is_none() && hands.store.cursor(&scope).await?.is_none() {
        let begun = Listed { cursor: Some((scope, since.to_string())), ..nothing() };
        hands.store.take_in(&begun).await?;
    }
    if recovered > 0 {
        let all = hands.store.recovered().await?;
        tracing::warn!(project = project.path_with_namespace, recovered, all, "recovered what no hook had told");
    }
    Ok(())
}

/// From when on a project's issues are read: from where the last sweep ended, at first from its first card on. Older
/// issues are the import's affair.
async fn since(hands: &Hands, scope: &str, project: i64, now: Micros) -> Result<Timestamp, TurnError> {
    let bad = |error: jiff::Error| StoreError::Refused(format!("the place of {scope} cannot be read: {error}"));
    let at = match hands.store.cursor(scope).await? {
        Some(place) => place.parse().map_err(bad)?,
        None => {
            let first = hands.store.first_link(&hands.instance, project).await?.unwrap_or(now);
            Timestamp::from_microsecond(first.0).map_err(bad)?
        }
    };
    Ok(at.saturating_sub(OVERLAP).unwrap_or(at))
}

/// Which of a page's issues are news, and which of those no hook had told.
async fn judge(hands: &Hands, page: Vec<Issue>, cursor: Option<(String, String)>) -> Result<Listed, TurnError> {
    let mut listed = Listed { cursor, ..nothing() };
    // An issue that changes while it is listed comes twice.
    let page: BTreeMap<_, _> = page.into_iter().map(|issue| (issue.id.clone(), issue)).collect();
    for issue in page.into_values() {
        match sight(&hands.store, &hands.discretion, &issue).await? {
            Sight::Old => continue,
            Sight::Touched => {}
            Sight::News => {
                listed.recovered += 1;
                tracing::info!(issue = %issue.id, "no hook told how it is now");
            }
        }
        listed.marks.push(issue.id.clone());
        listed.news.push(issue);
    }
    Ok(listed)
}

fn nothing() -> Listed {
    let (news, marks, asked) = (Vec::new(), Vec::new(), Vec::new());
    Listed { news, marks, rank: Rank::Background, asked, cursor: None, recovered: 0 }
}

/// GitLab's own time of the newest change in a page: our clock may differ.
fn newest(page: &[Issue]) -> Option<Timestamp> {
    let at = page.iter().map(|issue| issue.version.at).max()?;
    Timestamp::from_microsecond(at).ok()
}
