//! What people say: notes on an issue, comments on a card, and the memory of which is whose copy.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ActionId, IssueRef, Micros, Version};

/// One of the two neighbours that tell the same story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The issue.
    Gitlab,
    /// The card.
    Trello,
}

impl Side {
    /// The opposite one.
    pub fn other(self) -> Side {
        match self {
            Side::Gitlab => Side::Trello,
            Side::Trello => Side::Gitlab,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Gitlab => "GitLab",
            Side::Trello => "Trello",
        })
    }
}

/// A note's id; no two notes of an instance share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoteId(pub i64);

impl fmt::Display for NoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A note on an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which.
    pub id: NoteId,
    /// The author's name as people read it.
    pub author: String,
    /// Markdown as its author wrote it.
    pub text: String,
    /// When it was written.
    pub created: Micros,
    /// When its text was last changed; `created` where it never was.
    pub changed: Micros,
    /// Written by GitLab ("changed the milestone"), internal, or on a confidential issue: never shown elsewhere.
    pub hidden: bool,
}

/// A note as a hook told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteNews {
    /// The issue that it stands on.
    pub issue: IssueRef,
    /// The note. A hidden one is without words and author; any may be without its author, whom not every hook names.
    pub note: Note,
    /// The grain of `note.changed` in microseconds: 1,000,000 for whole seconds, 1,000 for milliseconds.
    pub step: i64,
}

impl NoteNews {
    /// Whether `self`, already known, refuses `arriving`: it is older, or of the same moment and not hidden where we
    /// know the note as hidden.
    pub fn refuses(&self, arriving: &NoteNews) -> bool {
        let version = |news: &NoteNews| Version { at: news.note.changed.0, step: news.step };
        match version(arriving).cmp_coarse(version(self)) {
            Ordering::Less => true,
            Ordering::Equal => self.note.hidden && !arriving.note.hidden,
            Ordering::Greater => false,
        }
    }
}

/// A comment on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The action that made it; it keeps its id when it is edited.
    pub id: ActionId,
    /// The author's name as people read it.
    pub author: String,
    /// Markdown as its author wrote it.
    pub text: String,
    /// When it was written.
    pub created: Micros,
    /// When its text was last changed; `created` where it never was.
    pub changed: Micros,
}

/// What is known of one side's comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// Those that were seen.
    pub items: Vec<T>,
    /// When all of them were read; `None`: only some were seen, and what is missing may well be there.
    pub whole: Option<Micros>,
}

impl<T> Listing<T> {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Listing { items: Vec::new(), whole: None }
    }

    /// Some were seen: a hook brought them.
    pub fn part(items: Vec<T>) -> Self {
        Listing { items, whole: None }
    }

    /// All of them, as read at `read`.
    pub fn whole(items: Vec<T>, read: Micros) -> Self {
        Listing { items, whole: Some(read) }
    }
}

/// A text, told apart from others without keeping it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Print(String);

impl Print {
    /// The print of `text`, byte for byte.
    pub fn of(text: &str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let half = digest.iter().take(16).fold(0u128, |half, byte| half << 8 | u128::from(*byte));
        Print(format!("{half:032x}"))
    }
}

/// An original and its copy on the other side; at most one per original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The side that the original was written on.
    pub origin: Side,
    /// The note; `None` where it is the copy and not made yet.
    pub note: Option<NoteId>,
    /// The comment; `None` where it is the copy and not made yet.
    pub comment: Option<ActionId>,
    /// When the original was written.
    pub created: Micros,
    /// When the original that was copied had last been changed; older news of it are no news.
    pub changed: Micros,
    /// The original's text as it was copied; `None`: forgotten.
    pub original: Option<Print>,
    /// The copy's text as our own write left it.
    pub copy: Option<Print>,
    /// A copy is about to be posted since then, and its outcome not known yet.
    pub intent: Option<Micros>,
    /// The copy was taken away, by us or by people, and is not made again.
    pub gone: bool,
}

impl Pair {
    /// The original's id on its side; a pair is named by it and by [`Pair::origin`].
    pub fn original_id(&self) -> Option<String> {
        match self.origin {
            Side::Gitlab => self.note.map(|note| note.to_string()),
            Side::Trello => self.comment.as_ref().map(ToString::to_string),
        }
    }
}
