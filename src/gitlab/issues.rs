//! Issues over GitLab's API: read, listed, changed
//! (<https://docs.gitlab.com/api/issues/>).

use http::Method;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::{Call, GitLab, decode};
use super::error;
use super::time;
use crate::model::{
    BadId, Discretion, Instance, Issue, IssueRef, IssueUrl, Label, Milestone, Ticket, Trouble, TroubleKind, Version,
    Withheld,
};
use crate::text::clean;

/// What is to change in an issue; the rest stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueUpdate {
    /// At most 255 characters.
    pub title: Option<String>,
    /// GitLab's Markdown, at most 1,048,576 characters.
    pub description: Option<String>,
    /// Another due day, or none.
    pub due: Option<Option<Date>>,
    /// Close or reopen.
    pub closed: Option<bool>,
    /// Labels to add, by name; GitLab makes those that the project does not have.
    pub add_labels: Vec<String>,
    /// Labels to remove, by name.
    pub remove_labels: Vec<String>,
    /// These people and no others. The free edition keeps the first.
    pub assignees: Option<Vec<i64>>,
}

impl IssueUpdate {
    /// The form that `PUT /projects/{id}/issues/{iid}` takes. Labels are separated by commas, which no label's name
    /// can hold.
    fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = Vec::new();
        form.extend(self.title.as_ref().map(|title| ("title", title.clone())));
        form.extend(self.description.as_ref().map(|text| ("description", text.clone())));
        form.extend(self.due.map(|due| ("due_date", due.map(|due| due.to_string()).unwrap_or_default())));
        form.extend(self.closed.map(|closed| ("state_event", if closed { "close" } else { "reopen" }.to_owned())));
        for (name, labels) in [("add_labels", &self.add_labels), ("remove_labels", &self.remove_labels)] {
            if !labels.is_empty() {
                form.push((name, labels.join(",")));
            }
        }
        if let Some(ids) = &self.assignees {
            // 0 takes everybody off.
            let ids = if ids.is_empty() { &[0][..] } else { ids };
            form.extend(ids.iter().map(|id| ("assignee_ids[]", id.to_string())));
        }
        form
    }
}

#[derive(Deserialize)]
pub(super) struct WireIssue {
    pub(super) id: i64,
    iid: i64,
    project_id: i64,
    title: String,
    description: Option<String>,
    state: String,
    #[serde(default)]
    labels: Vec<WireLabel>,
    #[serde(default)]
    assignees: Vec<WireUser>,
    due_date: Option<Date>,
    moved_to_id: Option<i64>,
    pub(super) updated_at: Option<String>,
    pub(super) created_at: Option<String>,
    #[serde(default)]
    confidential: bool,
    web_url: Option<String>,
    issue_type: Option<String>,
    milestone: Option<WireMilestone>,
    weight: Option<i64>,
    references: Option<References>,
}

/// A name alone, or with its colour where `with_labels_details` asks for it.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireLabel {
    Name(String),
    Detailed { name: String, color: Option<String> },
}

impl From<WireLabel> for Label {
    fn from(label: WireLabel) -> Self {
        match label {
            WireLabel::Name(name) => Label { name: clean(&name), color: None },
            WireLabel::Detailed { name, color } => Label { name: clean(&name), color },
        }
    }
}

#[derive(Deserialize)]
struct WireMilestone {
    id: i64,
    title: Option<String>,
}

#[derive(Deserialize)]
struct References {
    full: Option<String>,
}

#[derive(Deserialize)]
struct WireUser {
    id: i64,
    username: String,
}

impl WireIssue {
    /// The issue, without what must not be kept of it.
    pub(super) fn issue(self, instance: &Instance, discretion: &Discretion) -> Result<Issue, BadId> {
        let bad = || BadId { text: format!("{}/{}", self.project_id, self.iid), wanted: "an issue" };
        if self.iid <= 0 || self.project_id <= 0 {
            return Err(bad());
        }
        let of_references = self.references.and_then(|refs| Some(refs.full?.split_once('#')?.0.to_owned()));
        let of_url = || self.web_url.as_deref().and_then(IssueUrl::parse).map(|url| url.path);
        let project_path = of_references.or_else(of_url);
        let ticket = Ticket {
            title: clean(&self.title).trim().to_owned(),
            text: clean(self.description.as_deref().unwrap_or_default()),
            closed: self.state == "closed",
            labels: self.labels.into_iter().map(Label::from).collect(),
            people: self.assignees.into_iter().map(|user| clean(&user.username)).collect(),
            due: self.due_date,
            facets: Vec::new(),
            spot: None,
        };
        let milestone = self.milestone.map(|of| Milestone { id: of.id, title: of.title.as_deref().map(clean) });
        Ok(discretion.cut(Issue {
            id: IssueRef { instance: instance.clone(), project: self.project_id, iid: self.iid },
            global_id: Some(self.id),
            project_path,
            url: self.web_url,
            kind: self.issue_type,
            milestone,
            weight: self.weight,
            confidential: self.confidential,
            withheld: Withheld::Nothing,
            moved_to: self.moved_to_id,
            version: self.updated_at.as_deref().and_then(time::parse).unwrap_or(Version::UNKNOWN),
            ticket,
        }))
    }
}

impl GitLab {
    /// Reads an issue; `None` when there is none, or this token may not see it.
    pub async fn issue(&self, id: &IssueRef) -> Result<Option<Issue>, Trouble> {
        let (project, iid) = (id.project.to_string(), id.iid.to_string());
        let name = "GET /projects/{id}/issues/{iid}";
        let path = ["projects", project.as_str(), "issues", iid.as_str()];
        let call = Call::get(name, &path, &[]);
        match self.read::<WireIssue>(call).await {
            Ok(issue) => {
                issue.issue(&id.instance, self.discretion()).map(Some).map_err(|bad| error::nonsense(name, &bad))
            }
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Who is assigned to an issue: names and numbers.
    pub async fn assignees(&self, id: &IssueRef) -> Result<Vec<(String, i64)>, Trouble> {
        let (project, iid) = (id.project.to_string(), id.iid.to_string());
        let path = ["projects", project.as_str(), "issues", iid.as_str()];
        let issue: WireIssue = self.read(Call::get("GET /projects/{id}/issues/{iid}", &path, &[])).await?;
        Ok(issue.assignees.into_iter().map(|user| (clean(&user.username), user.id)).collect())
    }

    /// Changes an issue; gives what it is then.
    pub async fn update_issue(&self, id: &IssueRef, update: &IssueUpdate) -> Result<Issue, Trouble> {
        let (project, iid) = (id.project.to_string(), id.iid.to_string());
        let name = "PUT /projects/{id}/issues/{iid}";
        let path = ["projects", project.as_str(), "issues", iid.as_str()];
        let call = Call { name, method: Method::PUT, path: &path, query: &[], form: Some(update.form()) };
        let changed: WireIssue = decode(name, &self.send(call).await?)?;
        changed.issue(&id.instance, self.discretion()).map_err(|bad| error::nonsense(name, &bad))
    }

    /// The number of a user; `None` when nobody has this name.
    pub async fn user_id(&self, username: &str) -> Result<Option<i64>, Trouble> {
        let query = [("username", username)];
        let found: Vec<WireUser> = self.read(Call::get("GET /users", &["users"], &query)).await?;
        Ok(found.into_iter().find(|user| user.username.eq_ignore_ascii_case(username)).map(|user| user.id))
    }
}
