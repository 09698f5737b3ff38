//! GitLab's Markdown on its way to a Trello card, and a card's text on its way back.
//!
//! Text is changed in place, never printed anew: what Trello shows well stays byte for byte, so most texts come back as
//! they went. Of Trello it is known that it shows CommonMark with strikethrough, and what its editor does to addresses
//! ([`normal`]); that it shows neither tables nor HTML, and calls nobody from code, is assumed.

mod back;
mod convert;
mod edit;
mod home;
mod html;
mod layout;
mod mention;
mod named;
mod refs;

use std::borrow::Cow;

use edit::Edit;
use layout::Reader;

pub use back::{follow, from_trello, normal};
pub use home::Home;
pub use named::{NamedIssue, named_issues};

/// Where the link, image, code span or bare address starts that the byte `at` stands inside of.
pub(super) fn piece_across(text: &str, at: usize) -> Option<usize> {
    layout::Layout::of(text, Reader::Trello).piece_across(at)
}

/// Passes over one text. Each finds what the one before uncovered (Markdown inside of HTML); two are the rule.
const PASSES: usize = 5;

/// What GitLab's `text` becomes on a card: references and relative links become links, what Trello cannot show becomes
/// what it can, and nobody is called. Given its own answer it changes nothing.
pub fn to_trello(text: &str, home: &Home) -> String {
    convert(text, home).text
}

/// A card's comment as a note may say it: no mention calls anybody, no line is carried out as a command.
pub fn for_gitlab(text: &str) -> String {
    let text = normal(text);
    let (text, _) = mention::defuse(&text, Reader::GitLab);
    let (text, _) = mention::defuse(&text, Reader::Trello);
    mention::defuse_commands(&text).into_owned()
}

/// A title, on one line, as an issue may have it that was called `old`: GitLab calls from titles too, so nobody is called
/// whom the old one did not.
pub fn title_for_gitlab(old: &str, title: &str) -> String {
    mention::defuse_new(old, &title.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An issue's title as a card's may be, from which Trello calls nobody: without what keeps mentions harmless.
pub fn title_from_gitlab(title: &str) -> Cow<'_, str> {
    mention::fuse(title)
}

/// One line of plain words (a person's name, say) as Markdown on either side that reads as it is and calls nobody.
pub fn plain(words: &str) -> String {
    let mut line = String::with_capacity(words.len());
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if "\\`*_[]<>~#!&|$%:/".contains(c) {
                line.push('\\');
            }
            line.push(c);
        }
    }
    mention::defuse_all(&line)
}

/// A converted text, and the changes of each pass.
struct Converted {
    text: String,
    passes: Vec<Vec<Edit>>,
}

impl Converted {
    /// Where the byte `at` stood in the text before it was converted; `None` inside of a change.
    fn origin(&self, at: usize) -> Option<usize> {
        self.passes.iter().rev().try_fold(at, |at, edits| edit::origin(edits, at))
    }
}

fn convert(text: &str, home: &Home) -> Converted {
    let mut converted = Converted { text: text.to_owned(), passes: Vec::new() };
    for _ in 0..PASSES {
        if !converted.text.contains(['@', '#', '!', '&', '~', '%', '<', '[', '|', '+', '-', ';']) {
            return converted;
        }
        let (text, made) = convert::pass(&converted.text, home);
        if made.is_empty() {
            break;
        }
        converted.text = text;
        converted.passes.push(made);
    }
    let (text, made) = mention::defuse(&converted.text, Reader::Trello);
    converted.text = text.into_owned();
    converted.passes.push(made);
    converted
}

#[cfg(test)]
mod tests;
