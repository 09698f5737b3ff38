//! What is wrong with a template, and where: the line, and a caret below the place.

use std::ops::Range;

use minijinja::{Error, ErrorKind};

use super::context;
use crate::relay::nearest::nearest;

/// A template that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct BadTemplate {
    /// For which kind, or sub-kind, it was to be.
    pub kind: String,
    /// The line of the template, counted from 1.
    pub line: usize,
    /// The character in that line, counted from 1.
    pub column: usize,
    /// What is wrong, and below it the line with a caret at the place.
    pub sentence: String,
}

/// A template that worked when it was tried and does not work for this activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template for {kind} does not work here: {why}")]
pub struct TemplateFailed {
    /// For which kind, or sub-kind, it is.
    pub kind: String,
    /// What went wrong.
    pub why: String,
}

/// The fault that an error of the engine's is.
pub(super) fn of(kind: &str, source: &str, error: &Error) -> BadTemplate {
    let line = || error.line().map_or(0, |line| start_of_line(source, line));
    let range = error.range().unwrap_or_else(|| line()..line());
    let what = match error.kind() {
        ErrorKind::UndefinedError => unknown(source.get(range.clone()).unwrap_or_default()),
        _ => what(error),
    };
    at(kind, source, range, &what)
}

/// A fault at a place in the template.
pub(super) fn at(kind: &str, source: &str, range: Range<usize>, what: &str) -> BadTemplate {
    let start = source.floor_char_boundary(range.start);
    let before = &source[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let line = source[line_start..line_end].replace('\t', " ");
    let (row, column) = (before.matches('\n').count() + 1, source[line_start..start].chars().count() + 1);
    let end = source.floor_char_boundary(range.end.clamp(start, line_end));
    let carets = "^".repeat(source[start..end].chars().count().max(1));
    let sentence = format!("{what}\n    {}\n    {}{carets}", line.trim_end_matches('\r'), " ".repeat(column - 1));
    BadTemplate { kind: kind.to_owned(), line: row, column, sentence }
}

/// An error of the engine's in a line.
pub(super) fn what(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it takes too many steps".to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    }
}

/// A name that means nothing here, and the one that was probably meant.
pub(super) fn unknown(name: &str) -> String {
    let name = name.trim();
    match name.rsplit_once('.') {
        Some((_, part)) => format!("`{name}` is not known here; did you mean `{}`?", nearest(part, context::parts())),
        None => {
            format!("`{name}` is not known here; did you mean `{}`?", nearest(name, context::NAMES.iter().copied()))
        }
    }
}

fn start_of_line(source: &str, line: usize) -> usize {
    source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}
