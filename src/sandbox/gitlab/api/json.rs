//! How the API writes what is in the world. Hooks write it otherwise.

use serde_json::{Value, json};

use crate::sandbox::gitlab::Edition;
use crate::sandbox::gitlab::clock::iso;
use crate::sandbox::gitlab::hooks::{Hook, TRIGGERS};
use crate::sandbox::gitlab::world::{
    Issue, Kind, Label, MergeRequest, MergeState, Milestone, Note, Project, Target, User, World,
};
use crate::sandbox::gitlab::{Delivery, Era};

impl World {
    pub(crate) fn issue_url(&self, issue: &Issue) -> String {
        let kind = if issue.kind == Kind::Task { "work_items" } else { "issues" };
        format!("{}/-/{kind}/{}", self.project_url(issue.project), issue.iid)
    }

    pub(crate) fn merge_request_url(&self, merge: &MergeRequest) -> String {
        format!("{}/-/merge_requests/{}", self.project_url(merge.project), merge.iid)
    }

    pub(crate) fn avatar_url(&self, user: &User) -> String {
        format!("{}/uploads/-/system/user/avatar/{}/avatar.png", self.base, user.id)
    }

    pub(super) fn user_json(&self, user: &User) -> Value {
        json!({
            "id": user.id, "username": user.username, "public_email": "", "name": user.name, "state": "active",
            "locked": false, "avatar_url": self.avatar_url(user), "web_url": format!("{}/{}", self.base, user.username),
        })
    }

    pub(super) fn person(&self, id: i64) -> Value {
        self.user(id).map(|user| self.user_json(user)).unwrap_or_default()
    }

    pub(super) fn member_json(&self, project: &Project, user: i64, level: i64) -> Value {
        let mut member = self.person(user);
        member["access_level"] = json!(level);
        member["created_at"] = json!(iso(project.created_at));
        member["expires_at"] = Value::Null;
        member["membership_state"] = json!("active");
        member
    }

    pub(super) fn project_json(&self, project: &Project, access: i64) -> Value {
        let (group, name) = project.path.rsplit_once('/').unwrap_or(("", &project.path));
        let url = self.project_url(project.id);
        let open = self.issues.iter().filter(|issue| issue.project == project.id && issue.closed.is_none()).count();
        json!({
            "id": project.id, "description": "", "name": name, "name_with_namespace": project.path.replace('/', " / "),
            "path": name, "path_with_namespace": project.path, "created_at": iso(project.created_at),
            "default_branch": "main", "tag_list": [], "topics": [], "ssh_url_to_repo": format!("git@localhost:{}.git", project.path),
            "http_url_to_repo": format!("{url}.git"), "web_url": url, "readme_url": null, "forks_count": 0,
            "avatar_url": null, "star_count": 0, "last_activity_at": iso(project.created_at), "visibility": "private",
            "namespace": { "id": 1, "name": group, "path": group, "kind": "group", "full_path": group,
                "parent_id": null, "avatar_url": null, "web_url": format!("{}/groups/{group}", self.base) },
            "archived": false, "empty_repo": false, "issues_enabled": true, "merge_requests_enabled": true,
            "issues_access_level": "enabled", "open_issues_count": open,
            "permissions": { "project_access": { "access_level": access, "notification_level": 3 }, "group_access": null },
        })
    }

    pub(super) fn label_json(&self, label: &Label) -> Value {
        let open = |issue: &&Issue| issue.closed.is_none() && issue.labels.contains(&label.id);
        json!({
            "id": label.id, "name": label.name, "color": label.color, "text_color": "#FFFFFF",
            "description": label.description, "description_html": label.description,
            "open_issues_count": self.issues.iter().filter(open).count(), "closed_issues_count": 0,
            "open_merge_requests_count": 0, "subscribed": false, "priority": null, "is_project_label": true,
            "archived": false,
        })
    }

    pub(super) fn milestone_json(&self, milestone: &Milestone) -> Value {
        json!({
            "id": milestone.id, "iid": milestone.iid, "project_id": milestone.project, "title": milestone.title,
            "description": "", "state": "active", "created_at": iso(milestone.created_at),
            "updated_at": iso(milestone.created_at), "due_date": milestone.due_date, "start_date": null,
            "expired": false, "web_url": format!("{}/-/milestones/{}", self.project_url(milestone.project), milestone.iid),
        })
    }

    pub(super) fn issue_json(&self, issue: &Issue, details: bool) -> Value {
        let people: Vec<Value> = issue.assignees.iter().map(|id| self.person(*id)).collect();
        let labels = issue.labels.iter().filter_map(|id| self.label(*id));
        let labels: Vec<Value> =
            labels.map(|label| if details { self.label_json(label) } else { json!(label.name) }).collect();
        let path = self.project(issue.project).map_or("", |project| project.path.as_str());
        let said = |note: &&Note| note.target == Target::Issue(issue.id) && !note.system;
        let merges = self.merge_requests_of(issue.project, issue.iid, false).len();
        let api = format!("{}/api/v4/projects/{}", self.base, issue.project);
        let mut value = json!({
            "id": issue.id, "iid": issue.iid, "project_id": issue.project, "title": issue.title,
            "description": issue.description, "state": if issue.closed.is_some() { "closed" } else { "opened" },
            "created_at": iso(issue.created_at), "updated_at": iso(issue.updated_at),
            "closed_at": issue.closed.map(|(at, _)| iso(at)), "closed_by": issue.closed.map(|(_, by)| self.person(by)),
            "labels": labels, "milestone": issue.milestone.and_then(|id| self.milestone(id)).map(|m| self.milestone_json(m)),
            "assignees": people, "author": self.person(issue.author), "type": issue.kind.name().to_uppercase(),
            "assignee": people.first(), "user_notes_count": self.notes.iter().filter(said).count(),
            "merge_requests_count": merges, "upvotes": 0, "downvotes": 0, "due_date": issue.due_date,
            "confidential": issue.confidential, "discussion_locked": null, "issue_type": issue.kind.name(),
            "web_url": self.issue_url(issue), "time_stats": { "time_estimate": 0, "total_time_spent": 0,
                "human_time_estimate": null, "human_total_time_spent": null },
            "task_completion_status": { "count": 0, "completed_count": 0 }, "blocking_issues_count": 0,
            "has_tasks": true, "task_status": "0 of 0 checklist items completed",
            "_links": { "self": format!("{api}/issues/{}", issue.iid), "notes": format!("{api}/issues/{}/notes", issue.iid),
                "award_emoji": format!("{api}/issues/{}/award_emoji", issue.iid), "project": api,
                "closed_as_duplicate_of": null },
            "references": { "short": format!("#{}", issue.iid), "relative": format!("#{}", issue.iid),
                "full": format!("{path}#{}", issue.iid) },
            "severity": "UNKNOWN", "moved_to_id": issue.moved_to, "imported": false, "imported_from": "none",
            "service_desk_reply_to": null,
        });
        if self.edition == Edition::Premium {
            value["weight"] = json!(issue.weight);
            value["health_status"] = Value::Null;
        }
        value
    }

    pub(super) fn note_json(&self, note: &Note) -> Value {
        let (kind, id, iid) = match note.target {
            Target::Issue(id) => ("Issue", id, self.issue_by_id(id).map(|issue| issue.iid)),
            Target::MergeRequest(id) => {
                ("MergeRequest", id, self.merge_requests.iter().find(|merge| merge.id == id).map(|merge| merge.iid))
            }
        };
        json!({
            "id": note.id, "type": null, "body": note.body, "author": self.person(note.author),
            "created_at": iso(note.created_at), "updated_at": iso(note.updated_at), "system": note.system,
            "noteable_id": id, "noteable_type": kind, "project_id": note.project, "resolvable": false,
            "confidential": note.internal, "internal": note.internal, "imported": false, "imported_from": "none",
            "noteable_iid": iid, "commands_changes": {},
        })
    }

    pub(super) fn merge_request_json(&self, merge: &MergeRequest) -> Value {
        let path = self.project(merge.project).map_or("", |project| project.path.as_str());
        let ended = |state: MergeState| merge.ended.filter(|_| merge.state == state);
        let (merged, closed) = (ended(MergeState::Merged), ended(MergeState::Closed));
        json!({
            "id": merge.id, "iid": merge.iid, "project_id": merge.project, "title": merge.title,
            "description": merge.description, "state": merge.state.name(), "created_at": iso(merge.created_at),
            "updated_at": iso(merge.updated_at), "merge_user": merged.map(|(_, by)| self.person(by)),
            "merged_at": merged.map(|(at, _)| iso(at)), "closed_by": closed.map(|(_, by)| self.person(by)),
            "closed_at": closed.map(|(at, _)| iso(at)), "target_branch": "main", "source_branch": merge.branch,
            "user_notes_count": 0, "upvotes": 0, "downvotes": 0, "author": self.person(merge.author), "assignees": [],
            "assignee": null, "reviewers": [], "source_project_id": merge.project, "target_project_id": merge.project,
            "labels": [], "draft": false, "work_in_progress": false, "milestone": null,
            "detailed_merge_status": if merge.ended.is_some() { "not_open" } else { "mergeable" },
            "references": { "short": format!("!{}", merge.iid), "relative": format!("!{}", merge.iid),
                "full": format!("{path}!{}", merge.iid) },
            "web_url": self.merge_request_url(merge),
        })
    }

    pub(super) fn hook_json(&self, hook: &Hook) -> Value {
        let now = self.clock.now();
        let pairs = |map: &std::collections::BTreeMap<String, String>| -> Vec<Value> {
            map.keys().map(|key| json!({ "key": key })).collect()
        };
        let mut value = json!({
            "id": hook.id, "url": hook.url, "name": hook.name, "description": hook.description,
            "created_at": iso(hook.created_at), "project_id": hook.project, "push_events_branch_filter": "",
            "branch_filter_strategy": "wildcard", "custom_webhook_template": "",
            "enable_ssl_verification": hook.verify_tls, "alert_status": hook.health.status(now),
            "disabled_until": hook.health.disabled_until(now).map(iso), "url_variables": pairs(&hook.url_variables),
            "custom_headers": pairs(&hook.custom_headers),
        });
        for trigger in TRIGGERS {
            value[trigger] = json!(hook.triggers.contains(&trigger));
        }
        if self.era == Era::Signed {
            value["token_present"] = json!(hook.token.is_some());
            value["signing_token_present"] = json!(hook.signing_token.is_some());
        }
        value
    }
}

/// A row of a hook's recent events.
pub(super) fn delivery_json(delivery: &Delivery) -> Value {
    let headers: serde_json::Map<String, Value> =
        delivery.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let (status, body) = match &delivery.answer {
        Ok(status) => (status.to_string(), delivery.answered.clone()),
        Err(why) => ("internal error".to_owned(), why.clone()),
    };
    json!({
        "id": delivery.id, "url": delivery.url, "trigger": delivery.trigger.replace("_events", "_hooks"),
        "request_headers": headers, "request_data": delivery.body, "response_headers": {}, "response_body": body,
        "execution_duration": delivery.took.as_secs_f64(), "response_status": status,
    })
}
