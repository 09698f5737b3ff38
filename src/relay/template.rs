//! Templates: a relay's own words.

use std::collections::BTreeMap;

use super::verdict::Verdict;
use crate::model::{Activity, Message};

/// A template that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct BadTemplate {
    /// For which kind, or sub-kind, it was to be.
    pub kind: String,
    /// The line of the template, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What is wrong, the line it is in, and a caret below the place.
    pub sentence: String,
}

/// A template that worked when it was checked and does not work for this activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template for {kind} does not work here: {why}")]
pub struct TemplateFailed {
    /// Whose template it is.
    pub kind: String,
    /// What went wrong.
    pub why: String,
}

/// A relay's own words, by kind or sub-kind.
#[derive(Clone, Debug, Default)]
pub struct Templates {}

impl Templates {
    /// Compiles and tries templates: kind (`createCard`) or sub-kind (`updateCard:idList`) to text.
    ///
    /// # Errors
    /// Every template that cannot be used, with the place and what is wrong.
    pub fn compile(_: &BTreeMap<String, String>) -> Result<Templates, Vec<BadTemplate>> {
        Ok(Templates {})
    }

    /// Puts a message into the relay's words, where it has some for this activity.
    pub(super) fn dress(&self, _: &Activity, message: Message) -> Verdict {
        Verdict::Tell(Box::new(message))
    }
}
