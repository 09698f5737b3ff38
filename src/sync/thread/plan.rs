//! What is to be done about comments, as data: printable, empty when there is nothing to do.
//!
//! Steps are taken in order, each to its end: write down [`Step::intent`] if there is one, call, write down
//! [`Step::done`] if there is one. A crash between any two leaves work to repeat and never a second copy.

use std::fmt;

use super::print;
use crate::model::{ActionId, Micros, NoteId, Pair, Side};

/// A copy as a write's answer tells it: its id, and its text as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// On the card.
    Comment(ActionId, String),
    /// On the issue.
    Note(NoteId, String),
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This side's comments have to be read whole before anything can be posted there: a copy may be there that nobody
    /// remembers.
    Read(Side),
    /// Look again then: a post without an answer may still appear.
    Wait(Micros),
    /// Write this down; no call.
    Remember(Pair),
    /// Drop this memory (named by origin and original); no call. Its copy was never made.
    Forget(Pair),
    /// Post the copy of the pair's original.
    Post {
        /// What will be remembered, without the copy's id.
        pair: Pair,
        /// What the copy says.
        text: String,
    },
    /// Change the pair's copy.
    Edit {
        /// What will be remembered.
        pair: Pair,
        /// What the copy says from now on.
        text: String,
        /// The copy had been edited too, and that edit is lost: the original's author wins.
        overrules: bool,
    },
    /// Take the pair's copy away. Gone already is as good.
    Remove(Pair),
}

impl Step {
    /// The side that a call goes to; `None` for a step without one.
    pub fn side(&self) -> Option<Side> {
        match self {
            Step::Read(side) => Some(*side),
            Step::Post { pair, .. } | Step::Edit { pair, .. } | Step::Remove(pair) => Some(pair.origin.other()),
            Step::Wait(_) | Step::Remember(_) | Step::Forget(_) => None,
        }
    }

    /// What to write down before the call that is about to be sent at `at`: of a post, that it may have happened; of an
    /// edit, that the copy may say either, and how new the news was.
    pub fn intent(&self, at: Micros) -> Option<Pair> {
        match self {
            Step::Post { pair, .. } => Some(Pair { intent: Some(at), ..pair.clone() }),
            Step::Edit { pair, .. } => Some(Pair { original: None, copy: None, ..pair.clone() }),
            _ => None,
        }
    }

    /// What to write down after the call succeeded; `written` is its answer, where it has one. For a step without a
    /// call: what to write down.
    pub fn done(&self, written: Option<Written>) -> Option<Pair> {
        let mut pair = match self {
            Step::Remember(pair) | Step::Post { pair, .. } | Step::Edit { pair, .. } => pair.clone(),
            Step::Remove(pair) => Pair { gone: true, intent: None, ..pair.clone() },
            Step::Read(_) | Step::Wait(_) | Step::Forget(_) => return None,
        };
        match written {
            Some(Written::Comment(id, text)) => (pair.comment, pair.copy) = (Some(id), Some(print(&text))),
            Some(Written::Note(id, text)) => (pair.note, pair.copy) = (Some(id), Some(print(&text))),
            None => {}
        }
        Some(pair)
    }

    /// What to write down when the neighbour says that the copy does not exist any more: people took it away.
    pub fn gone(&self) -> Option<Pair> {
        match self {
            Step::Edit { pair, .. } | Step::Remove(pair) => Some(Pair { gone: true, ..pair.clone() }),
            _ => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Read(side) => write!(f, "read all comments in {side}"),
            Step::Wait(at) => write!(f, "wait until {at} for a comment that may still appear"),
            Step::Remember(pair) => write!(f, "remember {}", name(pair)),
            Step::Forget(pair) => write!(f, "forget {}, which was never posted", name(pair)),
            Step::Post { pair, .. } => write!(f, "post the copy of {} in {}", name(pair), pair.origin.other()),
            Step::Edit { pair, overrules, .. } => {
                let lost = if *overrules { "; the copy was edited too, the original wins" } else { "" };
                write!(f, "edit the copy of {} in {}{lost}", name(pair), pair.origin.other())
            }
            Step::Remove(pair) => write!(f, "remove the copy of {} in {}", name(pair), pair.origin.other()),
        }
    }
}

fn name(pair: &Pair) -> String {
    match (pair.origin, &pair.note, &pair.comment) {
        (Side::Gitlab, Some(note), _) => format!("note {note}"),
        (Side::Trello, _, Some(comment)) => format!("comment {comment}"),
        _ => "a comment that is not named".to_owned(),
    }
}

/// What is to be done, in this order. Empty: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("nothing to do about comments");
        }
        let lines: Vec<String> = self.steps.iter().map(Step::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
