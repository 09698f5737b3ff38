//! A board's activity feed, read to its end.

use super::client::{PAGE, Trello};
use super::map::Action;
use super::wire;
use crate::model::{ActionId, BoardId, Trouble};

impl Trello {
    /// What happened on a board after `since`, newest first; without it the one newest action. Pages go backwards in
    /// time (<https://developer.atlassian.com/cloud/trello/guides/rest-api/nested-resources/#actions-nested-resource>).
    pub async fn actions(&self, board: &BoardId, since: Option<&ActionId>) -> Result<Vec<Action>, Trouble> {
        let limit = if since.is_some() { PAGE } else { 1 };
        let mut all = self.action_page(board, since, None, limit).await?;
        let mut fresh = all.len();
        while since.is_some() && fresh >= PAGE {
            let oldest = all.iter().map(|action| action.id.clone()).min();
            let page = self.action_page(board, since, oldest.as_ref(), limit).await?;
            let before = all.len();
            all.extend(page.into_iter().filter(|action| oldest.as_ref().is_none_or(|oldest| action.id < *oldest)));
            fresh = all.len() - before;
        }
        // Whether `since` itself is among them is not documented.
        all.retain(|action| since.is_none_or(|since| action.id > *since));
        Ok(all)
    }

    async fn action_page(
        &self,
        board: &BoardId,
        since: Option<&ActionId>,
        before: Option<&ActionId>,
        limit: usize,
    ) -> Result<Vec<Action>, Trouble> {
        let limit = limit.to_string();
        let mut query = vec![
            ("limit", limit.as_str()),
            ("fields", "data,date,type"),
            ("memberCreator", "false"),
            ("member", "false"),
        ];
        query.extend(since.map(|id| ("since", id.as_str())));
        query.extend(before.map(|id| ("before", id.as_str())));
        self.read_all::<wire::Action, _>(&format!("boards/{board}/actions"), "GET /boards/{id}/actions", &query).await
    }
}
