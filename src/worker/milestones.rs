//! What a milestone is called. Hooks tell its number alone; GitLab's API tells its title, and what it told once is kept.

use super::trouble::TurnError;
use super::upstream::trouble;
use super::{GITLAB, Hands};
use crate::model::{Issue, Milestone, TroubleKind};
use crate::sync::rules::Route;

/// Told of an issue whose milestone has no name for us.
const NAMELESS: &str = "its milestone is not shown: only GITLAB_TOKEN tells what it is called";

/// The issue with its milestone's title, where the route shows it and somebody can tell it.
pub(super) async fn named(hands: &Hands, issue: &Issue, route: &Route) -> Result<Issue, TurnError> {
    let Some(milestone) = issue.milestone.as_ref().filter(|_| route.facets.milestone) else {
        return Ok(issue.clone());
    };
    let (scope, name) = (format!("milestone/{}", issue.id.instance), milestone.id.to_string());
    let known = hands.store.pin(&scope, &name).await?;
    let title = match (&milestone.title, known) {
        (Some(title), known) => {
            if known.as_ref() != Some(title) {
                hands.store.set_pin(&scope, &name, title).await?;
            }
            Some(title.clone())
        }
        (None, Some(title)) => Some(title),
        (None, None) => {
            let title = asked(hands, issue, milestone.id).await?;
            match &title {
                Some(title) => hands.store.set_pin(&scope, &name, title).await?,
                None => hands.store.tell(&issue.id, NAMELESS).await?,
            }
            title
        }
    };
    Ok(Issue { milestone: Some(Milestone { title, ..milestone.clone() }), ..issue.clone() })
}

/// A card does not wait for its milestone's title where GitLab refuses to tell it.
async fn asked(hands: &Hands, issue: &Issue, milestone: i64) -> Result<Option<String>, TurnError> {
    let Some(gitlab) = &hands.gitlab else { return Ok(None) };
    match gitlab.issue(&issue.id).await {
        Ok(read) => {
            hands.heard(GITLAB).await;
            let milestone = read.and_then(|read| read.milestone).filter(|told| told.id == milestone);
            Ok(milestone.and_then(|told| told.title))
        }
        Err(why) if matches!(why.kind, TroubleKind::Down | TroubleKind::Wait(_)) => Err(trouble(why)),
        Err(why) => {
            tracing::warn!(issue = %issue.id, %why, "what its milestone is called cannot be read");
            Ok(None)
        }
    }
}
