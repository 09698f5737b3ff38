//! Comments, both ways. Pure: what is said on the issue, what is said on the card, and what we remember of copies go in;
//! a plan comes out, empty when both sides tell the same.
//!
//! An original belongs to its author, a copy follows it:
//!
//! - Posted once, in the order of creation. Before a post it must be certain that no copy is there: our memory says so,
//!   or the other side was read whole. A post without an answer is looked for by its mark, and posted again only when
//!   nothing can appear any more.
//! - An edit of the original is followed. An edit of a copy is left alone until the original is edited again: neither
//!   side lets us change what somebody else wrote.
//! - System notes, internal notes and notes of confidential issues are never copied; the copy of a note that became one
//!   is removed, whatever the rules say.
//! - A deleted original leaves its copy in place (GitLab's hooks do not tell of deletions, and what was said was said),
//!   unless [`Rules::deletions`] says otherwise and that side was read whole. A copy that people took away stays away.
//! - Copies that nobody remembers are found by their marks. A copy of another issue's note (a card copied with its
//!   comments) is neither ours nor anybody's words: it stays where it is.
//! - A moved issue's notes have new ids in the new project, but the same time and text: by these they are known, once
//!   the issue was read whole. (A caller who knows of a move reads it whole first.)
//!
//! Accepted: memory that is lost within half a minute of a post whose answer was lost too makes a second copy, if that post
//! takes effect after the sides were read.
//!
//! Who calls this reads the memory first and the sides after it, so that what is remembered cannot be younger than what
//! was read.

mod copy;
mod plan;
mod shore;
mod work;

use std::time::Duration;

use super::rules::Direction;
use crate::model::{Comment, IssueRef, Listing, Micros, Note, Pair, Print};
use crate::text::{Home, normal};
use work::Work;

pub use plan::{Plan, Step, Written};

/// How comments go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which way they go.
    pub direction: Direction,
    /// Where an original is deleted, its copy is too.
    pub deletions: bool,
    /// Only what was written since then is copied.
    pub since: Option<Micros>,
    /// There is a token by which an issue's notes can be read whole; without one, hooks bring them one by one.
    pub gitlab_is_read: bool,
    /// After this a post without an answer cannot appear any more.
    pub settle: Duration,
}

/// What is known of an issue's and its card's comments.
#[derive(Clone, Copy, Debug)]
pub struct Thread<'a> {
    /// The issue.
    pub issue: &'a IssueRef,
    /// Where people read it.
    pub url: Option<&'a str>,
    /// What its notes' references and links are relative to.
    pub home: &'a Home,
    /// What was seen on the issue.
    pub notes: &'a Listing<Note>,
    /// What was seen on the card.
    pub comments: &'a Listing<Comment>,
    /// What is remembered.
    pub pairs: &'a [Pair],
    /// All copies on this card were made under this memory: none can be there that it does not know. Not so for a card
    /// that was adopted, or after the memory was lost.
    pub memory: bool,
}

/// The print by which a text is known, whatever servers do to the blanks around it.
fn print(text: &str) -> Print {
    Print::of(&normal(text))
}

/// What is to be done about the comments of an issue and its card.
pub fn thread(thread: &Thread<'_>, rules: &Rules) -> Plan {
    Work::new(thread, rules).plan()
}

/// The issue of the note that a comment is our copy of.
pub fn copied_from(comment: &str) -> Option<IssueRef> {
    copy::original_note(comment).map(|(issue, _)| issue)
}

/// Whether a note is our copy of a comment, on whichever card.
pub fn is_copied_comment(note: &str) -> bool {
    copy::original_comment(note).is_some()
}

#[cfg(test)]
mod tests;
