//! Opening an issue (<https://docs.gitlab.com/api/issues/#create-an-issue>).

use http::Method;

use super::client::{Call, GitLab, decode};
use super::error;
use super::issues::WireIssue;
use crate::model::{Instance, Issue, Trouble};

impl GitLab {
    /// Opens an issue in a project, named by its path or number; gives what it is then. GitLab has no idempotency keys:
    /// who gets no answer has to look.
    pub async fn open_issue(
        &self,
        instance: &Instance,
        project: &str,
        title: &str,
        text: &str,
    ) -> Result<Issue, Trouble> {
        let name = "POST /projects/{id}/issues";
        let form = Some(vec![("title", title.to_owned()), ("description", text.to_owned())]);
        let path = ["projects", project, "issues"];
        let opened: WireIssue =
            decode(name, &self.send(Call { name, method: Method::POST, path: &path, query: &[], form }).await?)?;
        opened.issue(instance).map_err(|bad| error::nonsense(name, &bad))
    }
}
