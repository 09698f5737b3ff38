//! A wish: what somebody asked from chat to have changed. It is written down before anything is done about it, so that
//! it survives a crash, never races with a turn, and is carried out once however often it is sent.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::{AccountName, BadId, BoardId, CardId, ListId, MemberId, Message, Micros, RoomName, Secret, Tone};

/// A wish's id: 32 hexadecimal digits of a UUID of version 7, so ids sort by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WishId(String);

impl WishId {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for WishId {
    fn from(id: Uuid) -> Self {
        WishId(id.simple().to_string())
    }
}

impl FromStr for WishId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let fits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| WishId(text.to_owned())).ok_or_else(|| BadId { text: text.to_owned(), wanted: "a wish's id" })
    }
}

impl fmt::Display for WishId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A wish, and what is said in the room when it has come true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What is to be done.
    pub deed: Deed,
    /// What is said afterwards; where something new was made, its address is added.
    pub said: Message,
}

/// What is to be done. Names were looked up when it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A new card.
    NewCard {
        /// With these credentials.
        account: AccountName,
        /// On this board.
        board: BoardId,
        /// On this list.
        list: ListId,
        /// Its title.
        title: String,
        /// Its text, who asked for it included.
        text: String,
    },
    /// A new issue, whose card the bridge makes as it does for any other.
    NewIssue {
        /// The project's path or number.
        project: String,
        /// Its title.
        title: String,
        /// Its text, who asked for it included.
        text: String,
    },
    /// Another state of a card; what is `None` stays.
    Change {
        /// Which.
        card: OnCard,
        /// Onto this list.
        list: Option<ListId>,
        /// Marked as done, or not any more.
        done: Option<bool>,
        /// Another due day, or none.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
        due: Option<Option<Date>>,
    },
    /// Somebody onto a card.
    Assign {
        /// Which.
        card: OnCard,
        /// Whom.
        member: MemberId,
    },
    /// Something said on a card.
    Comment {
        /// Which.
        card: OnCard,
        /// What, who said it included.
        text: String,
    },
    /// Nothing is to be done: an answer that took too long to be the answer of its request.
    Say,
}

impl Wish {
    /// What is said of a wish whose card must not be shown any more: none of the card's words.
    pub fn hushed() -> Message {
        let sentence = "That did not work: from here, that card is neither shown nor changed any more.";
        Message { tone: Tone::Wrong, ..Message::text(sentence) }
    }
}

impl Deed {
    /// The card that something is to be done with.
    pub fn card(&self) -> Option<&CardId> {
        match self {
            Deed::Change { card, .. } | Deed::Assign { card, .. } | Deed::Comment { card, .. } => Some(&card.id),
            Deed::NewCard { .. } | Deed::NewIssue { .. } | Deed::Say => None,
        }
    }
}

/// What is written down was said, `null` too: JSON knows no other way to tell "none" from "as it is".
fn said<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<Date>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// A card, and the credentials by which it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCard {
    /// The credentials.
    pub account: AccountName,
    /// The card.
    pub id: CardId,
}

/// How a wish stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WishState {
    /// Not carried out yet.
    Open {
        /// A call that makes something was about to be sent then, and its outcome is not known.
        intent: Option<Micros>,
    },
    /// It came true, or cannot; this is to be said.
    Ended(Message),
}

/// A wish as the store keeps it.
#[derive(Clone, Debug)]
pub struct Wished {
    /// Its id.
    pub id: WishId,
    /// Where it was asked.
    pub room: RoomName,
    /// What is wished.
    pub wish: Wish,
    /// When it was asked.
    pub asked: Micros,
    /// How it stands.
    pub state: WishState,
    /// Its end was told.
    pub told: bool,
    /// Where its end may be told, besides in the room; who knows the address can write there.
    pub reply_to: Option<Secret>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_back_as_it_was_written() {
        let card =
            OnCard { account: AccountName("default".to_owned()), id: "5e93bac014d40e501ee46b8d".parse().unwrap() };
        for due in [None, Some(None), Some(Some(jiff::civil::date(2026, 12, 24)))] {
            let deed = Deed::Change { card: card.clone(), list: None, done: Some(true), due };
            let wish = Wish { deed, said: Message::text("Done.") };
            let text = serde_json::to_string(&wish).unwrap();
            assert_eq!(serde_json::from_str::<Wish>(&text).unwrap(), wish, "{text}");
        }
    }
}
