//! GitLab's JSON, as far as we read it. Nearly everything is optional: payloads range from 2013
//! to GitLab 19
//! (<https://docs.gitlab.com/user/project/integrations/webhook_events/>).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What every hook has in common; the rest is read once the kind is known.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub(super) object_kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) event_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) event_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) object_attributes: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) issue: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) work_item: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) note: Option<&'a RawValue>,
}

/// The marks of confidentiality that any object may carry.
#[derive(Default, Deserialize)]
pub(super) struct Flags {
    #[serde(default)]
    pub(super) confidential: Value,
    #[serde(default)]
    pub(super) internal: Value,
}

/// An issue or work item hook, read in one pass.
#[derive(Deserialize)]
pub(super) struct IssueHook {
    pub(super) object_kind: String,
    pub(super) event_type: Option<String>,
    pub(super) project: Option<Project>,
    pub(super) project_id: Option<i64>,
    pub(super) object_attributes: Attributes,
    pub(super) labels: Option<Vec<Label>>,
    pub(super) assignees: Option<Vec<User>>,
    pub(super) assignee: Option<User>,
    pub(super) repository: Option<Repository>,
}

#[derive(Deserialize)]
pub(super) struct Project {
    pub(super) id: Option<i64>,
    pub(super) path_with_namespace: Option<String>,
    pub(super) web_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Repository {
    pub(super) homepage: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Attributes {
    pub(super) id: Option<i64>,
    pub(super) iid: Option<i64>,
    /// `Some(None)`: written as `null`, as for the epics of a group.
    #[serde(default, deserialize_with = "present")]
    pub(super) project_id: Option<Option<i64>>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) state: Option<String>,
    pub(super) state_id: Option<i64>,
    pub(super) url: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) due_date: Option<String>,
    pub(super) moved_to_id: Option<i64>,
    /// A number; documentation and hands write others.
    #[serde(default)]
    pub(super) milestone_id: Value,
    #[serde(default)]
    pub(super) weight: Value,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) labels: Option<Vec<Label>>,
    #[serde(default)]
    pub(super) confidential: Value,
    #[serde(default)]
    pub(super) internal: Value,
}

/// Tells a key that is `null` from one that is absent.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::<i64>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
pub(super) struct Label {
    pub(super) title: Option<String>,
    pub(super) color: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) username: Option<String>,
}

/// A note hook, on whatever the note stands.
#[derive(Deserialize)]
pub(super) struct NoteHook {
    pub(super) user: Option<NoteUser>,
    pub(super) project: Option<Project>,
    pub(super) project_id: Option<i64>,
    pub(super) object_attributes: NoteAttributes,
    pub(super) issue: Option<NoteTarget>,
    pub(super) work_item: Option<NoteTarget>,
    pub(super) repository: Option<Repository>,
}

/// Who caused the hook, who need not be the note's author.
#[derive(Deserialize)]
pub(super) struct NoteUser {
    pub(super) id: Option<i64>,
    pub(super) name: Option<String>,
    pub(super) username: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NoteAttributes {
    pub(super) id: Option<i64>,
    /// As its author wrote it; the newer `description` has the links of images rewritten.
    pub(super) note: Option<String>,
    pub(super) author_id: Option<i64>,
    pub(super) project_id: Option<i64>,
    #[serde(default)]
    pub(super) system: bool,
    pub(super) action: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) url: Option<String>,
}

/// The issue that a note stands on.
#[derive(Deserialize)]
pub(super) struct NoteTarget {
    pub(super) iid: Option<i64>,
    pub(super) project_id: Option<i64>,
    pub(super) url: Option<String>,
}

/// A merge-request hook.
#[derive(Deserialize)]
pub(super) struct MergeHook {
    pub(super) project: Option<Project>,
    pub(super) object_attributes: MergeAttributes,
}

#[derive(Deserialize)]
pub(super) struct MergeAttributes {
    pub(super) iid: Option<i64>,
    pub(super) target_project_id: Option<i64>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) state: Option<String>,
    pub(super) action: Option<String>,
    pub(super) url: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
}
