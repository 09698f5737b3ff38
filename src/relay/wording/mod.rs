//! The words, one file for each family of kinds.

pub(super) mod attachments;
pub(super) mod boards;
pub(super) mod cards;
mod changes;
pub(super) mod checklists;
pub(super) mod comments;
mod dates;
pub(super) mod fields;
pub(super) mod labels;
pub(super) mod lists;
pub(super) mod people;
mod place;
mod plain;
pub(super) mod updated_card;
pub(super) mod workspaces;

pub(super) use dates::moment;

use super::facts::Facts;
use super::kinds;
use crate::model::Message;

/// An activity in words.
pub(super) fn word(facts: &Facts) -> Option<Message> {
    match kinds::find(&facts.activity.kind) {
        Some(kind) => (kind.word)(facts),
        None => Some(plain::told(facts)),
    }
}
