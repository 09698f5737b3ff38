//! Small changes to a text, by byte range. Text is changed and not printed anew, so that whatever needs no change
//! stays as its author wrote it, byte for byte.

use std::ops::Range;

/// One change: `with` stands where `range` stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) with: String,
}

/// Changes to one text. Where two overlap, the one told first counts.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    /// `with` in place of `range`.
    pub(super) fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.0.push(Edit { range, with: with.into() });
    }

    /// `with` before the byte `at`.
    pub(super) fn insert(&mut self, at: usize, with: impl Into<String>) {
        self.replace(at..at, with);
    }

    /// The changed text, and the changes that were made to it in the order of the text.
    pub(super) fn apply(mut self, text: &str) -> (String, Vec<Edit>) {
        self.0.sort_by_key(|edit| edit.range.start);
        let mut changed = String::with_capacity(text.len() + self.0.len() * 16);
        let mut made: Vec<Edit> = Vec::with_capacity(self.0.len());
        let mut at = 0;
        for edit in self.0 {
            let unchanged = text.get(at..edit.range.start);
            let (Some(unchanged), true) = (unchanged, text.is_char_boundary(edit.range.end)) else {
                continue;
            };
            changed.push_str(unchanged);
            changed.push_str(&edit.with);
            at = edit.range.end;
            made.push(edit);
        }
        changed.push_str(&text[at..]);
        (changed, made)
    }
}

/// Where the byte `at` of a changed text stood before; `None` where `at` lies inside of a change. At the end of a change
/// it is the end of what was changed.
pub(super) fn origin(edits: &[Edit], at: usize) -> Option<usize> {
    let (mut before, mut after) = (0, 0);
    for edit in edits {
        let start = after + (edit.range.start - before);
        if at < start {
            break;
        }
        let end = start + edit.with.len();
        if at > start && at < end {
            return None;
        }
        if at == start && !edit.with.is_empty() {
            return Some(edit.range.start);
        }
        (before, after) = (edit.range.end, end);
    }
    Some(before + (at - after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_made_in_the_order_of_the_text_and_the_first_told_counts() {
        let mut edits = Edits::default();
        edits.replace(4..7, "TWO");
        edits.insert(0, ">");
        edits.replace(5..9, "never");
        let (changed, made) = edits.apply("one two three");
        assert_eq!(changed, ">one TWO three");
        assert_eq!(made.len(), 2);
        let back: Vec<_> = [0, 1, 5, 6, 8, 9].map(|at| origin(&made, at)).into();
        assert_eq!(back, [Some(0), Some(0), Some(4), None, Some(7), Some(8)]);
    }
}
