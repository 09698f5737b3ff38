//! An activity: one Trello action, from a board's feed or from a webhook; it has the same id in both.

use serde::{Deserialize, Serialize};

use super::{ActionId, BoardId, CardId, ListId, MemberId, Micros};

/// One Trello action in our words. What differs from kind to kind stays in `data`, as Trello gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Its id; the same action has it everywhere.
    pub id: ActionId,
    /// Trello's `type`: `createCard`, `updateCard` … New ones appear without notice.
    pub kind: String,
    /// When it happened.
    pub at: Micros,
    /// Who did it; missing where the account was deleted.
    pub actor: Option<Actor>,
    /// Another member whom it is about, where Trello names one beside `data`.
    pub member: Option<Actor>,
    /// The id of the app that did it in the actor's name; `None`: a person, in Trello itself.
    pub app: Option<String>,
    /// The board that it happened on.
    pub board: Option<BoardId>,
    /// The list, where `data` names one: for a move the one moved to.
    pub list: Option<ListId>,
    /// The card.
    pub card: Option<CardId>,
    /// Trello's `data`, `old` included.
    pub data: serde_json::Value,
}

impl Activity {
    /// What an update changed: the keys of `data.old`.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        let old = self.data.get("old").and_then(serde_json::Value::as_object);
        old.into_iter().flat_map(|old| old.keys().map(String::as_str))
    }
}

/// A member of Trello as an action names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Their id.
    pub id: MemberId,
    /// As people read it; may be empty.
    pub name: String,
    /// Their user name; may be empty.
    pub username: String,
}
