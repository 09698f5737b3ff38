//! Trello's JSON, as far as we read it
//! (<https://developer.atlassian.com/cloud/trello/rest/>). Unknown fields are let pass; live answers hold more than
//! the documentation says.

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
pub(super) struct List {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) closed: bool,
    #[serde(rename = "idBoard")]
    pub(super) board: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Board {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) closed: bool,
    #[serde(default, rename = "shortUrl")]
    pub(super) url: String,
    pub(super) prefs: Option<Prefs>,
}

#[derive(Deserialize)]
pub(super) struct Prefs {
    #[serde(rename = "permissionLevel")]
    pub(super) permission_level: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Label {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Card {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) desc: String,
    #[serde(default)]
    pub(super) closed: bool,
    #[serde(rename = "idBoard")]
    pub(super) board: Option<String>,
    #[serde(rename = "idList")]
    pub(super) list: Option<String>,
    pub(super) due: Option<String>,
    #[serde(default, rename = "dueComplete")]
    pub(super) done: bool,
    #[serde(default)]
    pub(super) labels: Vec<Label>,
    #[serde(default, rename = "idMembers")]
    pub(super) members: Vec<String>,
    #[serde(default)]
    pub(super) attachments: Vec<Attachment>,
}

#[derive(Deserialize)]
pub(super) struct Traces {
    #[serde(default)]
    pub(super) actions: Vec<Comment>,
    #[serde(default)]
    pub(super) checklists: Vec<IgnoredAny>,
    #[serde(default, rename = "customFieldItems")]
    pub(super) custom_fields: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Comment {
    pub(super) data: CommentData,
}

#[derive(Deserialize)]
pub(super) struct CommentData {
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) id: String,
    #[serde(default)]
    pub(super) username: String,
}

#[derive(Deserialize)]
pub(super) struct Attachment {
    #[serde(default)]
    pub(super) url: String,
}

/// What a write answers, as far as it matters: the id of what was made.
#[derive(Deserialize)]
pub(super) struct Made {
    pub(super) id: String,
}

/// Some errors are JSON, most are plain text.
#[derive(Deserialize)]
pub(super) struct Error {
    pub(super) message: Option<String>,
    pub(super) error: Option<String>,
}
