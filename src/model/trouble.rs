//! What a neighbour's failure means to us.

use std::fmt;
use std::time::Duration;

/// Whether the call that failed may have done its work all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Certainly not: it was refused, or never left.
    No,
    /// Perhaps: the answer was lost, late or an internal error.
    Perhaps,
}

/// What can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// The neighbour asked us to wait this long.
    Wait(Duration),
    /// The neighbour is down or out of reach: try again with back-off, for as long as it takes.
    Down,
    /// The neighbour refuses, and will refuse again until a person changes something.
    Refused,
    /// The neighbour refuses because of an id in our call that it does not know.
    UnknownId,
    /// What we asked for is not there.
    Gone,
}

/// A call outward that failed. The sentence is for the operator: what happened and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What can be done about it.
    pub kind: TroubleKind,
    /// Whether the work may have been done all the same.
    pub done: Done,
    /// What happened, without secrets, and the cure where there is one.
    pub sentence: String,
}

impl Trouble {
    /// A call that certainly did nothing.
    pub fn undone(kind: TroubleKind, sentence: impl Into<String>) -> Self {
        Trouble { kind, done: Done::No, sentence: sentence.into() }
    }

    /// A refusal that stands until a person changes something.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Trouble::undone(TroubleKind::Refused, sentence)
    }

    /// Whether it stands until a person changes something: trying again as it is will not help.
    pub fn is_lasting(&self) -> bool {
        match self.kind {
            TroubleKind::Refused | TroubleKind::UnknownId | TroubleKind::Gone => true,
            TroubleKind::Down | TroubleKind::Wait(_) => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Trouble {}
