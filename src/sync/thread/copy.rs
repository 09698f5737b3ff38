//! What a copy says: who wrote the original, its text, and the mark by which it is known as ours.
//!
//! The last line is the mark. Neither side has idempotency keys, so the mark tells what became of a call whose answer
//! got lost, and keeps a copy from being copied back. The token may be a person's, so the author tells nothing. On a
//! card the mark stands in a code span, which no editor rewrites; GitLab keeps an HTML comment and does not show it.

use crate::model::{ActionId, Comment, IssueRef, Note, NoteId};
use crate::text::{Home, closed, cut, for_gitlab, length, normal, plain, to_trello};

/// Trello takes at most this many UTF-16 units in a comment
/// (<https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-actions-comments-post>).
const LIMIT: usize = 16_384;

const ON_CARD: (&str, &str) = ("`kanbridge ", "`");
const IN_GITLAB: (&str, &str) = ("<!-- kanbridge comment ", " -->");

/// A copy's whole text.
pub(super) struct Copy {
    pub(super) text: String,
    /// The original shows nothing (an HTML comment alone).
    pub(super) empty: bool,
}

/// The comment that copies `note` of `issue`.
pub(super) fn comment(note: &Note, issue: &IssueRef, url: Option<&str>, home: &Home) -> Copy {
    let body = normal(&closed(&to_trello(&note.text, home)));
    let (text, empty) = said(body);
    let place = url.map(|url| format!("{}#note_{}", url.split('#').next().unwrap_or(url), note.id));
    let from = place.as_ref().map_or_else(|| "GitLab".to_owned(), |place| format!("[GitLab]({place})"));
    let more =
        place.map_or_else(|| "\n\n… more in GitLab".to_owned(), |place| format!("\n\n[… more in GitLab]({place})"));
    let head = format!("**{}** in {from}:\n\n", name(&note.author));
    let tail = format!("\n\n{}{issue}/{}{}", ON_CARD.0, note.id, ON_CARD.1);
    let room = LIMIT.saturating_sub(length(&head) + length(&tail));
    Copy { text: format!("{head}{}{tail}", cut(&text, room, &more)), empty }
}

/// The note that copies `comment`.
pub(super) fn note(comment: &Comment) -> Copy {
    let (text, empty) = said(for_gitlab(&closed(&comment.text)));
    let tail = format!("{}{}{}", IN_GITLAB.0, comment.id, IN_GITLAB.1);
    Copy { text: format!("**{}** via Trello:\n\n{text}\n\n{tail}", name(&comment.author)), empty }
}

fn said(body: String) -> (String, bool) {
    if body.is_empty() { ("…".to_owned(), true) } else { (body, false) }
}

/// An author's name, in one line of bounded length.
fn name(author: &str) -> String {
    let name = plain(&author.chars().take(100).collect::<String>());
    if name.is_empty() { "Somebody".to_owned() } else { name }
}

/// The note that a comment is our copy of, with its issue.
pub(super) fn original_note(comment: &str) -> Option<(IssueRef, NoteId)> {
    let (issue, note) = mark(comment, ON_CARD)?.rsplit_once('/')?;
    Some((issue.parse().ok()?, NoteId(note.parse().ok()?)))
}

/// The comment that a note is our copy of.
pub(super) fn original_comment(note: &str) -> Option<ActionId> {
    mark(note, IN_GITLAB)?.parse().ok()
}

/// What the mark in the last line says. A copy starts with a name in bold: who quotes a copy's end in words of their own
/// has written no copy.
fn mark<'a>(text: &'a str, (open, close): (&str, &str)) -> Option<&'a str> {
    let last = text.trim_end().rsplit('\n').next()?.trim();
    last.strip_prefix(open)?.strip_suffix(close).filter(|_| text.trim_start().starts_with("**"))
}
