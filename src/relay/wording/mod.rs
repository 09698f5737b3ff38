//! The words, one file for each family of kinds.

pub(super) mod cards;
mod plain;

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
