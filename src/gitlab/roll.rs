//! Which issues of a project are there. Nothing tells of a deleted issue, neither a hook nor a listing by time, so those
//! that are known are asked for by their numbers, a hundred a call.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::client::{Call, GitLab, PAGE};
use crate::model::Trouble;

/// How many issues one call asks for: a hundred, as many as a page holds.
pub const ROLL: usize = PAGE;

#[derive(Deserialize)]
struct Numbered {
    iid: i64,
}

impl GitLab {
    /// Those of the issues `iids` (at most [`ROLL`]) that are there and that the token sees. Tasks are among them only
    /// where a second call asks for them, which is made when some are missing.
    pub async fn present(&self, project: i64, iids: &[i64]) -> Result<BTreeSet<i64>, Trouble> {
        let mut there = self.numbered(project, iids, None).await?;
        let missing: Vec<i64> = iids.iter().copied().filter(|iid| !there.contains(iid)).collect();
        if !missing.is_empty() {
            there.extend(self.numbered(project, &missing, Some("task")).await?);
        }
        Ok(there)
    }

    /// Whether the token sees any issue of the project at all.
    pub async fn sees_issues(&self, project: i64) -> Result<bool, Trouble> {
        let (project, query) = (project.to_string(), [("scope", "all"), ("state", "all"), ("per_page", "1")]);
        let path = ["projects", project.as_str(), "issues"];
        let one: Vec<Numbered> = self.read(Call::get("GET /projects/{id}/issues", &path, &query)).await?;
        Ok(!one.is_empty())
    }

    async fn numbered(&self, project: i64, iids: &[i64], kind: Option<&str>) -> Result<BTreeSet<i64>, Trouble> {
        let (project, most) = (project.to_string(), PAGE.to_string());
        let numbers: Vec<String> = iids.iter().map(i64::to_string).collect();
        let mut query = vec![("scope", "all"), ("state", "all"), ("per_page", most.as_str())];
        query.extend(kind.map(|kind| ("issue_type", kind)));
        query.extend(numbers.iter().map(|iid| ("iids[]", iid.as_str())));
        let path = ["projects", project.as_str(), "issues"];
        let rows: Vec<Numbered> = self.read(Call::get("GET /projects/{id}/issues", &path, &query)).await?;
        Ok(rows.into_iter().map(|row| row.iid).collect())
    }
}
