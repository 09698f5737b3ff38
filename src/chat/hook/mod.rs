//! What people type in a room, as its chat server brings it: verified, and read. Pure. The one thing to know: nothing of
//! a request is believed before its token or signature was found right, compared in constant time.

mod form;
mod hipchat;
mod mattermost;
mod plain;
mod rocketchat;
mod slack;
mod token;

use http::HeaderMap;

use crate::model::{Micros, Room, RoomKind, Secret};

/// A request at a room's door.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The query of its address, raw.
    pub query: Option<&'a str>,
    /// Its raw body.
    pub body: &'a [u8],
    /// When it came.
    pub now: Micros,
}

/// What was typed in a room.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// As it was typed.
    pub text: String,
    /// What made the chat server tell it.
    pub called: Called,
    /// Who typed it.
    pub person: Option<Speaker>,
    /// The chat server's name for it: sent again, it has the same.
    pub request: Option<String>,
    /// Where later answers may be posted for a while.
    pub reply_to: Option<Secret>,
    /// The request's body as JSON, for a team's own scripts; without the token.
    pub notification: serde_json::Value,
}

/// What made a chat server tell a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// This slash command; the text is what follows it.
    Slash(String),
    /// This trigger word, which the text holds; `None`: whatever is said is told.
    Trigger(Option<String>),
    /// A pattern of the hook; the command may stand anywhere in the text.
    Anywhere,
}

/// Who typed something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speaker {
    /// Their user name.
    pub name: String,
    /// Their id on the chat server.
    pub id: Option<String>,
    /// As people read it.
    pub full_name: Option<String>,
}

/// What came of reading a request that was verified.
#[derive(Clone, Debug, PartialEq)]
pub enum Hearing {
    /// Somebody typed this.
    Heard(Box<Heard>),
    /// Nobody did; the reason is for the log.
    Nothing(&'static str),
}

/// A request that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// It does not come from the chat server. The sentence names the variable.
    #[error("{0}")]
    Unverified(String),
    /// It is not what such a chat server sends.
    #[error("{0}")]
    Malformed(String),
}

/// Verifies a request and reads it, by the kind of the room that it is for.
///
/// # Errors
/// [`Unheard`], with the cure.
pub fn hear(room: &Room, knock: Knock<'_>) -> Result<Hearing, Unheard> {
    if room.commands.tokens.is_empty() {
        return Err(Unheard::Unverified(token::none(room)));
    }
    match room.kind {
        RoomKind::Hipchat => hipchat::hear(room, knock),
        RoomKind::Rocketchat => rocketchat::hear(room, knock),
        RoomKind::Mattermost => mattermost::hear(room, knock),
        RoomKind::Slack => slack::hear(room, knock),
        RoomKind::Discord | RoomKind::Teams | RoomKind::Matrix | RoomKind::Webhook => plain::hear(room, knock),
    }
}

#[cfg(test)]
mod tests;
