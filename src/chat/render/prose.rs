//! Pieces, written one after the other.

use crate::model::{Field, Span};

/// A way of writing the pieces of a sentence.
pub(super) trait Dialect {
    /// One piece. A quote comes on lines of its own, all others are on one line.
    fn piece(&self, span: &Span) -> String;
}

/// The pieces in this dialect.
pub(super) fn prose(spans: &[Span], dialect: &impl Dialect) -> String {
    let text: String = spans.iter().map(|span| dialect.piece(span)).collect();
    text.trim().to_owned()
}

/// Fields as lines below the sentence, for rooms that have no place for them.
pub(super) fn as_lines(fields: &[Field]) -> Vec<Span> {
    let line = |field: &Field| [Span::Break, Span::Bold(field.name.clone()), Span::Text(format!(": {}", field.value))];
    fields.iter().flat_map(line).collect()
}
