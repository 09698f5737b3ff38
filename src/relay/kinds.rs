//! The kinds of action that we know by name, and how each is worded: the table of contents of this room. Trello makes
//! new kinds without notice; those are told plainly and cannot be named in a filter.
//! <https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/>

use super::facts::Facts;
use super::wording::*;
use crate::model::{Activity, Message};

/// A kind, and its words.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) word: fn(&Facts) -> Option<Message>,
}

const fn kind(name: &'static str, word: fn(&Facts) -> Option<Message>) -> Kind {
    Kind { name, word }
}

/// All that we know, by what they are about.
pub(super) const KINDS: &[Kind] = &[kind("createCard", cards::created)];

/// What a relay tells unless it is told otherwise: what the first of the origin systems told (a new card, a move, a
/// comment, a check item), and what goes away, comes back, is attached, and who joins and leaves.
pub(super) const USUAL: &[&str] = &[
    "createCard",
    "emailCard",
    "copyCard",
    "convertToCardFromCheckItem",
    "moveCardToBoard",
    "moveCardFromBoard",
    "deleteCard",
    "updateCard:idList",
    "updateCard:closed",
    "commentCard",
    "updateCheckItemStateOnCard",
    "addAttachmentToCard",
    "deleteAttachmentFromCard",
    "addMemberToCard",
    "removeMemberFromCard",
    "addMemberToBoard",
    "removeMemberFromBoard",
];

/// What a filter tells only if it names it exactly, and what it is.
pub(super) const NOISE: &[(&str, &str)] = &[
    ("updateCard:pos", "a card's place in its list"),
    ("updateCard:dueReminder", "when a card reminds of its due date"),
    ("updateList:pos", "a list's place on the board"),
    ("updateChecklist:pos", "a checklist's place on its card"),
    ("updateCheckItem:pos", "an item's place in its checklist"),
    ("updateCustomField:pos", "a custom field's place"),
    ("updateBoard:prefs", "a board's background and settings"),
    ("updateList:softLimit", "a list's limit"),
    ("updateList:subscribed", "somebody's own notifications"),
    ("updateCard:subscribed", "somebody's own notifications"),
    ("createBoardPreference", "a board's settings"),
];

/// What is told by another action about the same gesture of somebody's: the follower, and the one that tells.
/// A location comes as two or three updates; where it is on the map is in each, its name and address need not be.
pub(super) const FOLLOWERS: &[(&str, &str)] =
    &[("updateCard:address", "updateCard:coordinates"), ("updateCard:locationName", "updateCard:coordinates")];

/// The names of all kinds that we know.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// Whether we know a kind by name.
pub fn is_known(name: &str) -> bool {
    find(name).is_some()
}

/// What a relay tells unless it is told otherwise: kinds, and sub-kinds as `updateCard:idList`.
pub fn usual() -> impl Iterator<Item = &'static str> {
    USUAL.iter().copied()
}

pub(super) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// What an activity is, more closely than by its kind: what an update changed, what became of a check item.
pub(super) fn facets(activity: &Activity) -> Vec<&str> {
    if activity.kind == "updateCheckItemStateOnCard" {
        return Facts::of(activity).text(&["checkItem", "state"]).into_iter().collect();
    }
    activity.changed().collect()
}
