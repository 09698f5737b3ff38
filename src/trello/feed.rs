//! A board's activity feed, read to its end.

use std::collections::HashSet;

use serde_json::Value;

use super::client::{PAGE, Trello};
use super::{activity, map};
use crate::model::{ActionId, Activity, BoardId, Micros, Trouble};

/// An action of a feed, read, and as it came.
pub type FeedAction = (Activity, Value);

const CALL: &str = "GET /boards/{id}/actions";

/// Pages overlap by so much: ids are not in order within a second, and whether Trello cuts a page by id or by time is not
/// documented.
const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

impl Trello {
    /// The newest `most` actions of a board, newest first; at most a thousand.
    pub async fn newest_actions(&self, board: &BoardId, most: usize) -> Result<Vec<FeedAction>, Trouble> {
        self.action_page(board, None, None, most).await
    }

    /// What happened on a board since then, newest first, however many pages that takes. Pages go backwards in time
    /// (<https://developer.atlassian.com/cloud/trello/guides/rest-api/nested-resources/#actions-nested-resource>).
    pub async fn actions_since(&self, board: &BoardId, since: Micros) -> Result<Vec<FeedAction>, Trouble> {
        let mut all = self.action_page(board, Some(since), None, PAGE).await?;
        let mut known: HashSet<ActionId> = all.iter().map(|(activity, _)| activity.id.clone()).collect();
        let mut page = all.len();
        while page >= PAGE {
            let before = before(&all);
            let next = self.action_page(board, Some(since), before.as_deref(), PAGE).await?;
            page = next.len();
            let fresh: Vec<FeedAction> =
                next.into_iter().filter(|(activity, _)| known.insert(activity.id.clone())).collect();
            if fresh.is_empty() {
                break;
            }
            all.extend(fresh);
        }
        Ok(all)
    }

    async fn action_page(
        &self,
        board: &BoardId,
        since: Option<Micros>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FeedAction>, Trouble> {
        let (limit, since) = (limit.min(PAGE).to_string(), since.map(moment));
        let mut query = vec![
            ("limit", limit.as_str()),
            ("fields", "id,type,date,data,idMemberCreator,appCreator"),
            ("memberCreator_fields", "fullName,username"),
            ("member_fields", "fullName,username"),
        ];
        query.extend(since.as_deref().map(|since| ("since", since)));
        query.extend(before.map(|before| ("before", before)));
        let actions: Vec<Value> = self.get(&format!("boards/{board}/actions"), CALL, &query).await?;
        let read = |action: Value| activity(action.clone()).map(|activity| (activity, action));
        actions.into_iter().map(read).collect::<Result<_, _>>().map_err(|error| map::nonsense(CALL, &error))
    }
}

/// Where the next page ends: a second after the oldest action so far, so that none of that second is missed; where a
/// whole page lies within a second, the oldest action itself.
fn before(all: &[FeedAction]) -> Option<String> {
    let oldest = all.iter().min_by_key(|(activity, _)| (activity.at, activity.id.clone()))?;
    let last_page = &all[all.len().saturating_sub(PAGE)..];
    let newest = last_page.iter().map(|(activity, _)| activity.at).max()?;
    if newest > oldest.0.at + SECOND {
        return Some(moment(oldest.0.at + SECOND));
    }
    Some(oldest.0.id.to_string())
}

fn moment(at: Micros) -> String {
    match jiff::Timestamp::from_microsecond(at.0.max(0)) {
        Ok(moment) => format!("{moment:.3}"),
        Err(_) => jiff::Timestamp::MAX.to_string(),
    }
}
