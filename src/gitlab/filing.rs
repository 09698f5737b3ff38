//! Making issues. GitLab has no idempotency keys, so what is made carries a mark in its description, and
//! what became of a call without an answer is found out by listing the issues made since.

use http::Method;
use jiff::Timestamp;
use jiff::civil::Date;

use super::client::{Call, GitLab, decode};
use super::error;
use super::issues::WireIssue;
use super::listing::{Order, Wanted};
use crate::model::{Instance, Issue, Trouble};

/// An issue to be made (<https://docs.gitlab.com/api/issues/#new-issue>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueCall {
    /// At most 255 characters.
    pub title: String,
    /// GitLab's Markdown, with a mark.
    pub description: String,
    /// By name; GitLab makes those that the project does not have.
    pub labels: Vec<String>,
    /// By number. The free edition keeps the first.
    pub assignees: Vec<i64>,
    /// The day it is due.
    pub due: Option<Date>,
}

impl IssueCall {
    /// The form that `POST /projects/{id}/issues` takes. Labels are separated by commas, which no label's name can hold.
    fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![("title", self.title.clone()), ("description", self.description.clone())];
        form.extend((!self.labels.is_empty()).then(|| ("labels", self.labels.join(","))));
        form.extend(self.assignees.iter().map(|id| ("assignee_ids[]", id.to_string())));
        form.extend(self.due.map(|due| ("due_date", due.to_string())));
        form
    }
}

impl GitLab {
    /// Makes an issue in a project, named by its path or number; gives what GitLab made of it.
    pub async fn create_issue(&self, instance: &Instance, project: &str, issue: &IssueCall) -> Result<Issue, Trouble> {
        let (name, path) = ("POST /projects/{id}/issues", ["projects", project, "issues"]);
        let call = Call { name, method: Method::POST, path: &path, query: &[], form: Some(issue.form()) };
        let made: WireIssue = decode(name, &self.send(call).await?)?;
        made.issue(instance, self.discretion()).map_err(|bad| error::nonsense(name, &bad))
    }

    /// The oldest issue made since `since` that `is_meant`; `None` when there is none that the token sees.
    pub async fn made_since(
        &self,
        instance: &Instance,
        project: &str,
        since: Timestamp,
        is_meant: impl Fn(&Issue) -> bool,
    ) -> Result<Option<Issue>, Trouble> {
        let wanted = Wanted { project, changed_since: Some(since), state: "all", order: Order::Changed };
        let mut pages = self.issue_pages(instance, wanted);
        while let Some(page) = pages.next().await? {
            if let Some(found) = page.into_iter().find(|issue| is_meant(issue)) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
