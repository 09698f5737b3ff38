//! A room: one chat destination.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{BadId, Secret, SigningKey};

/// A room's name in the configuration: letters, digits, `-`, `_` and `.`. A room of the environment is named after its
/// kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomName(String);

impl RoomName {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoomName {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !text.is_empty() && text.len() <= 64 && text.chars().all(fits) && text.chars().any(char::is_alphanumeric) {
            return Ok(RoomName(text.to_owned()));
        }
        Err(BadId { text: text.to_owned(), wanted: "a room's name (letters, digits, - _ .)" })
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The chat server that a room is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoomKind {
    /// A HipChat server of API version 2.
    Hipchat,
    /// An incoming webhook of Rocket.Chat.
    Rocketchat,
    /// An incoming webhook of Slack.
    Slack,
    /// An incoming webhook of Mattermost.
    Mattermost,
    /// A webhook of Discord.
    Discord,
    /// A workflow of Microsoft Teams that takes Adaptive Cards.
    Teams,
    /// A Matrix room, not encrypted.
    Matrix,
    /// Whatever takes JSON.
    Webhook,
}

impl RoomKind {
    /// All of them.
    pub const ALL: [RoomKind; 8] = [
        RoomKind::Hipchat,
        RoomKind::Rocketchat,
        RoomKind::Slack,
        RoomKind::Mattermost,
        RoomKind::Discord,
        RoomKind::Teams,
        RoomKind::Matrix,
        RoomKind::Webhook,
    ];

    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            RoomKind::Hipchat => "hipchat",
            RoomKind::Rocketchat => "rocketchat",
            RoomKind::Slack => "slack",
            RoomKind::Mattermost => "mattermost",
            RoomKind::Discord => "discord",
            RoomKind::Teams => "teams",
            RoomKind::Matrix => "matrix",
            RoomKind::Webhook => "webhook",
        }
    }
}

impl fmt::Display for RoomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RoomKind {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let found = RoomKind::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| BadId { text: text.to_owned(), wanted: "a kind of room" })
    }
}

/// One chat destination as it is configured.
#[derive(Clone, Debug)]
pub struct Room {
    /// Its name.
    pub name: RoomName,
    /// The chat server that it is on.
    pub kind: RoomKind,
    /// The webhook, or the server's address for HipChat and Matrix. Most are secrets in themselves.
    pub url: Secret,
    /// For HipChat and Matrix, which want one beside the address.
    pub token: Option<Secret>,
    /// The room on the server, for HipChat and Matrix.
    pub room: Option<String>,
    /// For kind `webhook`: the JSON to post, as a template; `None`: the message as it is.
    pub template: Option<String>,
    /// For kind `webhook`: sign what is posted, as Standard Webhooks does.
    pub signing_key: Option<SigningKey>,
    /// For kind `webhook`: it is told of every change that the bridge makes.
    pub changes: bool,
    /// Messages a minute at most; `None`: what the kind of server allows.
    pub per_minute: Option<u32>,
    /// What people may ask from it.
    pub commands: CommandRules,
}

/// What people may ask from a room.
#[derive(Clone, Debug, Default)]
pub struct CommandRules {
    /// What its chat server proves itself by: the token that it sends, on Slack the secret that it signs with. One of
    /// several, as on Mattermost each hook and each command has its own. None: nothing is taken from this room.
    pub tokens: Vec<Secret>,
    /// Who may change something.
    pub may: May,
    /// The board that is meant where none is named, by id or short link.
    pub board: Option<String>,
    /// The list that is meant where none is named, by id or name.
    pub list: Option<String>,
}

/// Who may change something from a room. Who is in the room may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum May {
    /// Nobody.
    Read,
    /// Whoever is in the room.
    #[default]
    Write,
    /// These, by the names or ids that the chat server tells.
    People(Vec<String>),
}
