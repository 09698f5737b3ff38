//! A question as a chat server brought it.

use std::sync::Arc;

use super::parse::Typed;
use crate::model::{Room, Secret};

/// Who asks, as the chat server tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Their user name, as behind the `@`.
    pub name: String,
    /// Their id on the chat server.
    pub id: Option<String>,
    /// As people read it.
    pub full_name: Option<String>,
}

impl Person {
    /// What they are called in a text of ours.
    pub fn called(&self) -> &str {
        self.full_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&self.name)
    }
}

/// A question.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where.
    pub room: Arc<Room>,
    /// What was typed.
    pub typed: Typed,
    /// By whom, if the chat server says so.
    pub person: Option<Person>,
    /// The chat server's name for the request or the message: sent again, it has the same.
    pub request: Option<String>,
    /// Where a later answer may be posted.
    pub reply_to: Option<Secret>,
    /// The request's body, for a team's own scripts.
    pub notification: serde_json::Value,
}

impl Ask {
    /// Names the request among those of all rooms.
    pub(super) fn dedupe(&self) -> Option<String> {
        self.request.as_ref().map(|request| format!("{}/{request}", self.room.name))
    }
}
