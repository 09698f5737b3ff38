//! The bodies of hooks as GitLab sends them
//! (<https://docs.gitlab.com/user/project/integrations/webhook_events/>). They differ from the API's words: a label has
//! a `title` here, an issue no `issue_type`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::gitlab::clock::{iso, spaced};
use crate::sandbox::gitlab::world::{Issue, Kind, MergeRequest, Note, Target, World};
use crate::sandbox::gitlab::{Edition, Era};

type Changes = BTreeMap<String, Value>;

/// Writes bodies out of a world.
pub(crate) struct Writer<'a> {
    world: &'a World,
    time: fn(Timestamp) -> String,
}

impl<'a> Writer<'a> {
    /// For events that happened: their times are written as the era wrote them.
    pub(crate) fn real(world: &'a World) -> Self {
        let time = match world.era {
            Era::Signed => iso,
            Era::Plain | Era::Keyed => spaced,
        };
        Writer { world, time }
    }

    /// For the Test button, which wrote milliseconds in every era.
    pub(crate) fn test(world: &'a World) -> Self {
        Writer { world, time: iso }
    }

    fn time(&self, at: Timestamp) -> Value {
        Value::String((self.time)(at))
    }

    fn maybe(&self, at: Option<Timestamp>) -> Value {
        at.map_or(Value::Null, |at| self.time(at))
    }

    pub(crate) fn issue(&self, issue: &Issue, by: i64, action: &str, changes: Changes) -> Value {
        let kind = if issue.kind == Kind::Issue { "issue" } else { "work_item" };
        let event = if issue.confidential { format!("confidential_{kind}") } else { kind.to_owned() };
        let mut attributes = self.issue_attributes(issue);
        attributes["action"] = json!(action);
        let mut body = json!({
            "object_kind": kind,
            "event_type": event,
            "user": self.user(by),
            "project": self.project(issue.project),
            "object_attributes": attributes,
            "labels": self.labels(&issue.labels),
            "changes": changes,
            "repository": self.repository(issue.project),
        });
        if !issue.assignees.is_empty() {
            body["assignees"] = self.users(&issue.assignees);
        }
        body
    }

    pub(crate) fn note(&self, note: &Note, by: i64, action: &str) -> Value {
        let event = if self.world.note_is_confidential(note) { "confidential_note" } else { "note" };
        let (kind, target, on) = match note.target {
            Target::Issue(id) => ("Issue", id, self.world.issue_by_id(id).map(|issue| self.issue_attributes(issue))),
            Target::MergeRequest(id) => {
                let merge = self.world.merge_requests.iter().find(|merge| merge.id == id);
                ("MergeRequest", id, merge.map(|merge| self.merge_attributes(merge)))
            }
        };
        let place = on.as_ref().and_then(|on| on["url"].as_str()).unwrap_or_default();
        let mut body = json!({
            "object_kind": "note",
            "event_type": event,
            "user": self.user(by),
            "project_id": note.project,
            "project": self.project(note.project),
            "object_attributes": {
                "attachment": null, "author_id": note.author, "change_position": null, "commit_id": null,
                "created_at": self.time(note.created_at), "discussion_id": format!("{:040x}", note.id), "id": note.id,
                "internal": note.internal, "line_code": null, "note": note.body, "noteable_id": target,
                "noteable_type": kind, "original_position": null, "position": null, "project_id": note.project,
                "resolved_at": null, "resolved_by_id": null, "resolved_by_push": null, "st_diff": null,
                "system": note.system, "type": null, "updated_at": self.time(note.updated_at), "updated_by_id": null,
                "description": note.body, "url": format!("{place}#note_{}", note.id), "action": action,
            },
            "repository": self.repository(note.project),
        });
        body[if kind == "Issue" { "issue" } else { "merge_request" }] = on.unwrap_or_default();
        body
    }

    pub(crate) fn merge_request(&self, merge: &MergeRequest, by: i64, action: &str, changes: Changes) -> Value {
        let mut attributes = self.merge_attributes(merge);
        attributes["action"] = json!(action);
        json!({
            "object_kind": "merge_request",
            "event_type": "merge_request",
            "user": self.user(by),
            "project": self.project(merge.project),
            "object_attributes": attributes,
            "labels": [],
            "changes": changes,
            "repository": self.repository(merge.project),
        })
    }

    /// What `changes` says of a new issue: every column that is set, with nothing before it.
    pub(crate) fn opening(&self, issue: &Issue) -> Changes {
        let usual = |name: &str, value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            value => name == "state_id" || *value == json!(0),
        };
        let set = self.columns(issue).into_iter().filter(|(name, value)| !usual(name, value));
        set.map(|(name, value)| (name, json!({ "previous": null, "current": value }))).collect()
    }

    /// What differs between two states of an issue, of that which GitLab lets hooks say.
    pub(crate) fn difference(&self, before: &Issue, after: &Issue) -> Changes {
        let mut old = self.columns(before);
        let changed = self.columns(after).into_iter().filter_map(|(name, current)| {
            let previous = old.remove(&name).unwrap_or_default();
            (previous != current).then(|| (name, json!({ "previous": previous, "current": current })))
        });
        changed.collect()
    }

    /// The columns that `changes` may name. Of work items other than issues, labels, assignees and weight are not
    /// among them.
    fn columns(&self, issue: &Issue) -> BTreeMap<String, Value> {
        let mut all = self.issue_attributes(issue);
        all["assignees"] = self.users(&issue.assignees);
        const ALWAYS: [&str; 16] = [
            "author_id",
            "closed_at",
            "confidential",
            "created_at",
            "description",
            "due_date",
            "id",
            "iid",
            "last_edited_at",
            "last_edited_by_id",
            "milestone_id",
            "moved_to_id",
            "project_id",
            "state_id",
            "title",
            "updated_at",
        ];
        const OF_ISSUES: [&str; 3] = ["assignees", "labels", "weight"];
        let of_kind = if issue.kind == Kind::Issue { &OF_ISSUES[..] } else { &[] };
        let names = ALWAYS.iter().chain(&["updated_by_id"]).chain(of_kind);
        names.filter_map(|name| Some(((*name).to_owned(), all.get_mut(*name)?.take()))).collect()
    }

    fn issue_attributes(&self, issue: &Issue) -> Value {
        let mut attributes = json!({
            "assignee_id": issue.assignees.first(), "assignee_ids": issue.assignees, "author_id": issue.author,
            "closed_at": self.maybe(issue.closed.map(|(at, _)| at)), "confidential": issue.confidential,
            "created_at": self.time(issue.created_at), "customer_relations_contacts": [],
            "description": issue.description, "discussion_locked": null, "due_date": issue.due_date,
            "duplicated_to_id": null, "human_time_change": null, "human_time_estimate": null,
            "human_total_time_spent": null, "id": issue.id, "iid": issue.iid, "labels": self.labels(&issue.labels),
            "last_edited_at": self.maybe(issue.edited.map(|(at, _)| at)),
            "last_edited_by_id": issue.edited.map(|(_, by)| by), "milestone_id": issue.milestone,
            "moved_to_id": issue.moved_to, "project_id": issue.project, "relative_position": issue.iid * 513,
            "severity": "unknown", "state": if issue.closed.is_some() { "closed" } else { "opened" },
            "state_id": if issue.closed.is_some() { 2 } else { 1 }, "time_change": 0, "time_estimate": 0,
            "title": issue.title, "total_time_spent": 0, "type": issue.kind.title(),
            "updated_at": self.time(issue.updated_at), "updated_by_id": issue.updated_by,
            "url": self.world.issue_url(issue),
        });
        if self.world.edition == Edition::Premium {
            attributes["weight"] = json!(issue.weight);
            attributes["health_status"] = Value::Null;
        }
        if issue.kind == Kind::Incident {
            attributes["escalation_status"] = json!("triggered");
            attributes["escalation_policy"] = Value::Null;
        }
        attributes
    }

    fn merge_attributes(&self, merge: &MergeRequest) -> Value {
        let project = self.project(merge.project);
        let open = merge.ended.is_none();
        let status = if open { "mergeable" } else { "not_open" };
        let by = merge.ended.map(|(_, by)| by);
        let merged_by = by.filter(|_| merge.state.name() == "merged");
        let whole = json!({
            "approval_rules": [], "assignee_id": null, "assignee_ids": [], "author_id": merge.author,
            "blocking_discussions_resolved": true, "created_at": self.time(merge.created_at),
            "description": merge.description, "detailed_merge_status": status, "draft": false,
            "first_contribution": false, "head_pipeline_id": null, "human_time_change": null,
            "human_time_estimate": null, "human_total_time_spent": null, "id": merge.id, "iid": merge.iid,
            "labels": [], "last_commit": self.commit(merge), "last_edited_at": null, "last_edited_by_id": null,
            "merge_commit_sha": merged_by.map(|_| format!("{:040x}", merge.id * 7919)),
        });
        joined(
            whole,
            json!({
                "merge_error": null,
                "merge_params": { "force_remove_source_branch": "1" },
                "merge_status": if open { "can_be_merged" } else { "unchecked" }, "merge_user_id": merged_by,
                "merge_when_pipeline_succeeds": false, "milestone_id": null, "prepared_at": self.time(merge.created_at),
                "reviewer_ids": [], "source": project, "source_branch": merge.branch,
                "source_project_id": merge.project, "state": merge.state.name(), "state_id": merge.state.number(),
                "target": self.project(merge.project), "target_branch": "main", "target_project_id": merge.project,
                "time_change": 0, "time_estimate": 0, "title": merge.title, "total_time_spent": 0,
                "updated_at": self.time(merge.updated_at), "updated_by_id": by,
                "url": self.world.merge_request_url(merge), "work_in_progress": false,
            }),
        )
    }

    fn commit(&self, merge: &MergeRequest) -> Value {
        let sha = format!("{:040x}", merge.id * 104_729);
        let author = self.world.user(merge.author).map(|user| user.name.as_str());
        json!({
            "id": sha, "message": merge.title, "title": merge.title,
            "timestamp": merge.created_at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "url": format!("{}/-/commit/{sha}", self.world.project_url(merge.project)),
            "author": { "name": author, "email": "[REDACTED]" },
        })
    }

    fn user(&self, id: i64) -> Value {
        let user = self.world.user(id);
        let avatar = user.map(|user| self.world.avatar_url(user));
        json!({
            "id": id, "name": user.map(|user| &user.name), "username": user.map(|user| &user.username),
            "avatar_url": avatar, "email": "[REDACTED]",
        })
    }

    fn users(&self, ids: &[i64]) -> Value {
        ids.iter().map(|id| self.user(*id)).collect()
    }

    fn labels(&self, ids: &[i64]) -> Value {
        let labels = ids.iter().filter_map(|id| self.world.label(*id));
        let label = |label: &crate::sandbox::gitlab::world::Label| {
            json!({
                "id": label.id, "title": label.name, "color": label.color, "project_id": label.project,
                "created_at": self.time(label.created_at), "updated_at": self.time(label.updated_at),
                "template": false, "description": label.description, "type": "ProjectLabel", "group_id": null,
            })
        };
        labels.map(label).collect()
    }

    fn project(&self, id: i64) -> Value {
        let (url, path) = (self.world.project_url(id), self.world.project(id).map_or("", |project| &project.path));
        let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
        let (ssh, http) = (format!("git@{}:{path}.git", host(&self.world.base)), format!("{url}.git"));
        json!({
            "id": id, "name": name, "description": "", "web_url": url, "avatar_url": null, "git_ssh_url": ssh,
            "git_http_url": http, "namespace": group, "visibility_level": 0, "path_with_namespace": path,
            "default_branch": "main", "ci_config_path": "", "homepage": url, "url": ssh, "ssh_url": ssh,
            "http_url": http,
        })
    }

    fn repository(&self, id: i64) -> Value {
        let project = self.project(id);
        json!({
            "name": project["name"], "url": project["url"], "description": project["description"],
            "homepage": project["homepage"],
        })
    }
}

/// Two objects as one; a single literal of that size is more than the compiler unfolds.
fn joined(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn host(base: &str) -> &str {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}
