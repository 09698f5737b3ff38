//! Issues and what people do to them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::notes::Target;
use super::{Event, Invalid, World};
use crate::sandbox::gitlab::Edition;
use crate::sandbox::gitlab::hooks::Writer;

/// GitLab's limit on titles, in characters.
const LONGEST_TITLE: usize = 255;
/// And on descriptions.
const LONGEST_TEXT: usize = 1_048_576;

/// What kind of work item it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// An issue.
    #[default]
    Issue,
    /// An incident.
    Incident,
    /// A task.
    Task,
}

impl Kind {
    /// As the API writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Issue => "issue",
            Kind::Incident => "incident",
            Kind::Task => "task",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Kind::Issue, Kind::Incident, Kind::Task].into_iter().find(|kind| kind.name() == name)
    }

    /// As hooks write it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Kind::Issue => "Issue",
            Kind::Incident => "Incident",
            Kind::Task => "Task",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    pub(crate) id: i64,
    pub(crate) iid: i64,
    pub(crate) project: i64,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) author: i64,
    pub(crate) labels: Vec<i64>,
    pub(crate) assignees: Vec<i64>,
    pub(crate) due_date: Option<String>,
    pub(crate) weight: Option<i64>,
    pub(crate) milestone: Option<i64>,
    pub(crate) confidential: bool,
    /// When and by whom it was closed.
    pub(crate) closed: Option<(Timestamp, i64)>,
    pub(crate) moved_to: Option<i64>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) updated_by: Option<i64>,
    pub(crate) edited: Option<(Timestamp, i64)>,
}

/// What somebody wants an issue to be; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Closed, or open again.
    pub closed: Option<bool>,
    /// These labels and no others, by name.
    pub labels: Option<Vec<String>>,
    /// These labels too.
    pub add_labels: Vec<String>,
    /// These labels no longer.
    pub remove_labels: Vec<String>,
    /// These assignees and no others, by user id.
    pub assignees: Option<Vec<i64>>,
    /// Due on this day, or on none.
    pub due_date: Option<Option<String>>,
    /// Confidential or not.
    pub confidential: Option<bool>,
    /// This milestone (its id), or none.
    pub milestone: Option<Option<i64>>,
    /// This weight, or none.
    pub weight: Option<Option<i64>>,
    /// This kind of work item.
    pub kind: Option<Kind>,
}

impl Change {
    /// A title and a description: what an issue opens with.
    pub fn text(title: &str, description: &str) -> Self {
        Change { title: Some(title.to_owned()), description: Some(description.to_owned()), ..Change::default() }
    }

    fn check(&self) -> Result<(), Invalid> {
        let long = |field, most| Err(Invalid { field, why: format!("is too long (maximum is {most} characters)") });
        match (&self.title, &self.description) {
            (Some(title), _) if title.trim().is_empty() => {
                Err(Invalid { field: "title", why: "can't be blank".to_owned() })
            }
            (Some(title), _) if title.chars().count() > LONGEST_TITLE => long("title", LONGEST_TITLE),
            (_, Some(text)) if text.chars().count() > LONGEST_TEXT => long("description", LONGEST_TEXT),
            _ => Ok(()),
        }
    }
}

impl World {
    /// Opens an issue; gives its iid.
    pub(crate) fn open_issue(&mut self, by: i64, project: i64, change: &Change) -> Result<i64, Invalid> {
        change.check()?;
        if change.title.is_none() {
            return Err(Invalid { field: "title", why: "can't be blank".to_owned() });
        }
        let iid = self.next_iid(project);
        let now = self.clock.now();
        let mut issue = self.blank_issue(by, project, iid, now);
        self.apply(&mut issue, change, by, now);
        (issue.edited, issue.updated_by) = (None, None);
        let (id, changes) = (issue.id, Writer::real(self).opening(&issue));
        self.issues.push(issue);
        self.tell_issue(id, by, "open", changes);
        if change.closed == Some(true) {
            self.change_issue(by, id, &Change { closed: Some(true), ..Change::default() })?;
        }
        Ok(iid)
    }

    fn next_iid(&mut self, project: i64) -> i64 {
        let project = self.projects.iter_mut().find(|other| other.id == project);
        project.map_or(0, |project| {
            project.issues += 1;
            project.issues
        })
    }

    fn blank_issue(&mut self, author: i64, project: i64, iid: i64, now: Timestamp) -> Issue {
        Issue {
            id: self.fresh_id(),
            iid,
            project,
            kind: Kind::Issue,
            title: String::new(),
            description: None,
            author,
            labels: Vec::new(),
            assignees: Vec::new(),
            due_date: None,
            weight: None,
            milestone: None,
            confidential: false,
            closed: None,
            moved_to: None,
            created_at: now,
            updated_at: now,
            updated_by: None,
            edited: None,
        }
    }

    /// Changes an issue. Its state comes first and with a hook of its own, as GitLab does it; then the rest.
    pub(crate) fn change_issue(&mut self, by: i64, id: i64, change: &Change) -> Result<(), Invalid> {
        change.check()?;
        let state = Change { closed: change.closed, ..Change::default() };
        let action = if change.closed == Some(true) { "close" } else { "reopen" };
        self.change_part(by, id, &state, action);
        self.change_part(by, id, &Change { closed: None, ..change.clone() }, "update");
        Ok(())
    }

    /// Applies one change and tells of it; without a difference nothing is told.
    fn change_part(&mut self, by: i64, id: i64, change: &Change, action: &'static str) {
        let Some(before) = self.issue_by_id(id).cloned() else {
            return;
        };
        let now = self.clock.now();
        let mut after = before.clone();
        self.apply(&mut after, change, by, now);
        if after == before {
            return;
        }
        (after.updated_at, after.updated_by) = (now, Some(by));
        let changes = Writer::real(self).difference(&before, &after);
        self.write_down(by, &before, &after);
        self.put(after);
        self.tell_issue(id, by, action, changes);
    }

    fn apply(&mut self, issue: &mut Issue, change: &Change, by: i64, now: Timestamp) {
        let text = (issue.title.clone(), issue.description.clone());
        issue.title = change.title.clone().unwrap_or(text.0.clone());
        issue.description = change.description.clone().or(text.1.clone());
        if (&issue.title, &issue.description) != (&text.0, &text.1) {
            issue.edited = Some((now, by));
        }
        self.apply_labels(issue, change);
        if let Some(assignees) = &change.assignees {
            issue.assignees.clone_from(assignees);
            if self.edition == Edition::Free {
                issue.assignees.truncate(1);
            }
        }
        if let (Some(weight), Edition::Premium) = (change.weight, self.edition) {
            issue.weight = weight;
        }
        issue.due_date = change.due_date.clone().unwrap_or_else(|| issue.due_date.clone());
        issue.confidential = change.confidential.unwrap_or(issue.confidential);
        issue.milestone = change.milestone.unwrap_or(issue.milestone);
        issue.kind = change.kind.unwrap_or(issue.kind);
        match (change.closed, issue.closed) {
            (Some(true), None) => issue.closed = Some((now, by)),
            (Some(false), Some(_)) => issue.closed = None,
            _ => {}
        }
    }

    fn apply_labels(&mut self, issue: &mut Issue, change: &Change) {
        if let Some(names) = &change.labels {
            issue.labels = self.labels_by_name(issue.project, names);
        }
        for id in self.labels_by_name(issue.project, &change.add_labels) {
            if !issue.labels.contains(&id) {
                issue.labels.push(id);
            }
        }
        let gone = |id: &i64| {
            let name = self.label(*id).map(|label| label.name.as_str()).unwrap_or_default();
            change.remove_labels.iter().any(|other| other.trim() == name)
        };
        issue.labels.retain(|id| !gone(id));
    }

    /// The system notes that GitLab writes beside a change; labels, states and milestones have logs of their own.
    fn write_down(&mut self, by: i64, before: &Issue, after: &Issue) {
        let mut lines = Vec::new();
        if before.title != after.title {
            lines.push(format!("changed title from **{}** to **{}**", before.title, after.title));
        }
        if before.description != after.description {
            lines.push("changed the description".to_owned());
        }
        if before.due_date != after.due_date {
            lines.push(match &after.due_date {
                Some(day) => format!("changed due date to {day}"),
                None => "removed due date".to_owned(),
            });
        }
        if before.confidential != after.confidential {
            let how =
                if after.confidential { "made the issue confidential" } else { "made the issue visible to everyone" };
            lines.push(how.to_owned());
        }
        for (what, all, others) in
            [("assigned to", &after.assignees, &before.assignees), ("unassigned", &before.assignees, &after.assignees)]
        {
            for user in all.iter().filter(|user| !others.contains(user)).filter_map(|id| self.user(*id)) {
                lines.push(format!("{what} @{}", user.username));
            }
        }
        for line in lines {
            self.add_system_note(by, Target::Issue(after.id), &line);
        }
    }

    /// Moves an issue: a new one opens in the other project, and the old one closes and names it. Gives the new iid.
    pub(crate) fn move_issue(&mut self, by: i64, id: i64, to: i64) -> Option<i64> {
        let old = self.issue_by_id(id)?.clone();
        let (now, iid) = (self.clock.now(), self.next_iid(to));
        let blank = self.blank_issue(old.author, to, iid, now);
        let labels: Vec<i64> = self.labels_alike(&old.labels, to);
        let copy = Issue { labels, milestone: None, moved_to: None, ..old.clone() };
        let new = Issue { id: blank.id, iid, project: to, created_at: old.created_at, updated_at: now, ..copy };
        let (new_id, changes) = (new.id, Writer::real(self).opening(&new));
        self.issues.push(new);
        self.copy_notes(old.id, new_id);
        self.add_system_note(by, Target::Issue(new_id), &format!("moved from {}#{}", self.path(old.project), old.iid));
        self.tell_issue(new_id, by, "open", changes);
        let closed = old.closed.or(Some((now, by)));
        let after = Issue { moved_to: Some(new_id), closed, updated_at: now, updated_by: Some(by), ..old.clone() };
        let changes = Writer::real(self).difference(&old, &after);
        self.put(after);
        self.add_system_note(by, Target::Issue(id), &format!("moved to {}#{iid}", self.path(to)));
        self.tell_issue(id, by, "close", changes);
        Some(iid)
    }

    fn path(&self, project: i64) -> &str {
        self.project(project).map_or("", |project| project.path.as_str())
    }

    /// The labels of another project that bear the same names.
    fn labels_alike(&self, labels: &[i64], project: i64) -> Vec<i64> {
        let names: Vec<&str> = labels.iter().filter_map(|id| self.label(*id)).map(|l| l.name.as_str()).collect();
        let alike = self.labels.iter().filter(|label| label.project == project && names.contains(&label.name.as_str()));
        alike.map(|label| label.id).collect()
    }

    /// Deletes an issue and what was said on it. No hook tells of it.
    pub(crate) fn delete_issue(&mut self, id: i64) {
        self.issues.retain(|issue| issue.id != id);
        self.notes.retain(|note| note.target != Target::Issue(id));
    }

    fn put(&mut self, issue: Issue) {
        if let Some(place) = self.issues.iter_mut().find(|other| other.id == issue.id) {
            *place = issue;
        }
    }

    fn tell_issue(&mut self, id: i64, by: i64, action: &str, changes: BTreeMap<String, Value>) {
        let Some(issue) = self.issue_by_id(id) else {
            return;
        };
        let trigger = if issue.confidential { "confidential_issues_events" } else { "issues_events" };
        let body = Writer::real(self).issue(issue, by, action, changes);
        self.events.push(Event { project: issue.project, trigger, body });
    }
}
