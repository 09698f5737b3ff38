//! Trello's JSON, as far as we read it
//! (<https://developer.atlassian.com/cloud/trello/rest/>). Unknown fields are let pass; live answers hold more than
//! the documentation says.

use serde::Deserialize;

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
    #[serde(default)]
    pub(super) attachments: Vec<Attachment>,
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
