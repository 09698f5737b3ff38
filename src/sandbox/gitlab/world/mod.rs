//! What is in the look-alike's projects. Verbs change it and leave [`Event`]s behind, which become hooks.

mod issues;
mod merges;
mod notes;

use jiff::Timestamp;
use serde_json::Value;

use super::clock::Clock;
use super::{Edition, Era};

pub(super) use issues::Issue;
pub use issues::{Change, Kind};
pub(super) use merges::{MergeRequest, MergeState};
pub(super) use notes::{Note, Target};

/// Levels of access that GitLab knows by number.
pub(super) const PLANNER: i64 = 15;
pub(super) const MAINTAINER: i64 = 40;

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) name: String,
}

#[derive(Clone, Debug)]
pub(super) struct Project {
    pub(super) id: i64,
    pub(super) path: String,
    /// Paths that it had before.
    pub(super) former: Vec<String>,
    pub(super) created_at: Timestamp,
    /// Users and their levels of access.
    pub(super) members: Vec<(i64, i64)>,
    issues: i64,
    merge_requests: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) id: i64,
    pub(super) project: i64,
    pub(super) name: String,
    pub(super) color: String,
    pub(super) description: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(super) struct Milestone {
    pub(super) id: i64,
    pub(super) iid: i64,
    pub(super) project: i64,
    pub(super) title: String,
    pub(super) due_date: Option<String>,
    pub(super) created_at: Timestamp,
}

/// Something that hooks tell of.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) project: i64,
    /// The switch that lets it through: `issues_events`.
    pub(super) trigger: &'static str,
    pub(super) body: Value,
}

/// GitLab refuses: the field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {why}")]
pub struct Invalid {
    /// The field.
    pub field: &'static str,
    /// What is wrong, as GitLab words it.
    pub why: String,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) era: Era,
    pub(super) edition: Edition,
    /// Scheme, host and port under which people and the API are told to find it.
    pub(super) base: String,
    pub(super) users: Vec<User>,
    pub(super) projects: Vec<Project>,
    pub(super) labels: Vec<Label>,
    pub(super) milestones: Vec<Milestone>,
    pub(super) issues: Vec<Issue>,
    pub(super) notes: Vec<Note>,
    pub(super) merge_requests: Vec<MergeRequest>,
    pub(super) events: Vec<Event>,
    ids: i64,
}

impl World {
    pub(super) fn new(clock: Clock, era: Era, edition: Edition, base: String) -> Self {
        World {
            clock,
            era,
            edition,
            base,
            users: Vec::new(),
            projects: Vec::new(),
            labels: Vec::new(),
            milestones: Vec::new(),
            issues: Vec::new(),
            notes: Vec::new(),
            merge_requests: Vec::new(),
            events: Vec::new(),
            ids: 1000,
        }
    }

    /// One row of ids for everything, so that whoever takes one kind for another is found out.
    pub(super) fn fresh_id(&mut self) -> i64 {
        self.ids += 1;
        self.ids
    }

    pub(super) fn add_user(&mut self, username: &str, name: &str) -> i64 {
        let id = self.fresh_id();
        self.users.push(User { id, username: username.to_owned(), name: name.to_owned() });
        id
    }

    /// Makes a project in which `owner` may do everything.
    pub(super) fn add_project(&mut self, path: &str, owner: i64) -> i64 {
        let id = self.fresh_id();
        self.projects.push(Project {
            id,
            path: path.to_owned(),
            former: Vec::new(),
            created_at: self.clock.now(),
            members: vec![(owner, 50)],
            issues: 0,
            merge_requests: 0,
        });
        id
    }

    pub(super) fn add_member(&mut self, project: i64, user: i64, level: i64) {
        if let Some(project) = self.projects.iter_mut().find(|other| other.id == project) {
            project.members.retain(|(member, _)| *member != user);
            project.members.push((user, level));
        }
    }

    pub(super) fn rename_project(&mut self, project: i64, path: &str) {
        if let Some(project) = self.projects.iter_mut().find(|other| other.id == project) {
            let former = std::mem::replace(&mut project.path, path.to_owned());
            project.former.push(former);
        }
    }

    pub(super) fn add_milestone(&mut self, project: i64, title: &str, due_date: Option<String>) -> i64 {
        let id = self.fresh_id();
        let iid = 1 + self.milestones.iter().filter(|other| other.project == project).count() as i64;
        let created_at = self.clock.now();
        self.milestones.push(Milestone { id, iid, project, title: title.to_owned(), due_date, created_at });
        id
    }

    pub(super) fn add_label(&mut self, project: i64, name: &str, color: &str, description: Option<String>) -> i64 {
        let (id, now) = (self.fresh_id(), self.clock.now());
        let (name, color) = (name.to_owned(), color.to_owned());
        self.labels.push(Label { id, project, name, color, description, created_at: now, updated_at: now });
        id
    }

    /// The ids of labels by these names; those that are missing are made, as GitLab does.
    pub(super) fn labels_by_name(&mut self, project: i64, names: &[String]) -> Vec<i64> {
        /// What GitLab gives a label that was named and never seen.
        const USUAL: &str = "#6699cc";
        let mut ids = Vec::new();
        for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            let known = self.labels.iter().find(|label| label.project == project && label.name == name);
            let id = known.map(|label| label.id);
            let id = id.unwrap_or_else(|| self.add_label(project, name, USUAL, None));
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// Deletes a label, from its issues too. No hook tells of it.
    pub(super) fn delete_label(&mut self, id: i64) {
        self.labels.retain(|label| label.id != id);
        for issue in &mut self.issues {
            issue.labels.retain(|label| *label != id);
        }
    }

    pub(super) fn user(&self, id: i64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn user_named(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username.eq_ignore_ascii_case(username))
    }

    pub(super) fn project(&self, id: i64) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    pub(super) fn label(&self, id: i64) -> Option<&Label> {
        self.labels.iter().find(|label| label.id == id)
    }

    pub(super) fn milestone(&self, id: i64) -> Option<&Milestone> {
        self.milestones.iter().find(|milestone| milestone.id == id)
    }

    pub(super) fn issue(&self, project: i64, iid: i64) -> Option<&Issue> {
        self.issues.iter().find(|issue| issue.project == project && issue.iid == iid)
    }

    pub(super) fn issue_by_id(&self, id: i64) -> Option<&Issue> {
        self.issues.iter().find(|issue| issue.id == id)
    }

    pub(super) fn merge_request(&self, project: i64, iid: i64) -> Option<&MergeRequest> {
        self.merge_requests.iter().find(|merge| merge.project == project && merge.iid == iid)
    }

    /// The level of access that a user has; 0: none.
    pub(super) fn access(&self, project: i64, user: i64) -> i64 {
        let members = self.project(project).map_or(&[][..], |project| &project.members);
        members.iter().find(|(member, _)| *member == user).map_or(0, |(_, level)| *level)
    }

    pub(super) fn project_url(&self, project: i64) -> String {
        let path = self.project(project).map_or("", |project| project.path.as_str());
        format!("{}/{path}", self.base)
    }
}
