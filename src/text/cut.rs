//! Cutting text at a receiver's limit. Limits count what the receiver counts: Trello is written in
//! JavaScript, whose characters are UTF-16 units, so an emoji weighs two.

use std::borrow::Cow;

use super::markdown;

/// A link or code span longer than this is cut where it has to be, rather than left out: it may be all there is.
const LONGEST_PIECE: usize = 2_000;

/// The length of `text` in UTF-16 units.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Makes text from outside safe to keep: NUL characters are dropped (PostgreSQL refuses them in
/// text), line ends become `\n`.
pub fn clean(text: &str) -> String {
    if !text.bytes().any(|byte| byte == b'\r' || byte == 0) {
        return text.to_owned();
    }
    text.replace("\r\n", "\n").replace('\0', "")
}

/// `text` if it fits into `limit` UTF-16 units; else as much of it as fits together with `ending`, cut between
/// characters (never inside an emoji made of several), not inside of a link, image or code span, with trailing white
/// space off and an open code fence closed, followed by `ending`. What stands in a list or quote is closed by an
/// `ending` that starts with an empty line.
pub fn cut<'a>(text: &'a str, limit: usize, ending: &str) -> Cow<'a, str> {
    if length(text) <= limit {
        return Cow::Borrowed(text);
    }
    let room = limit.saturating_sub(length(ending));
    let kept = whole(text, head(text, room));
    let Some(fence) = open_fence(text, kept.len()) else {
        return Cow::Owned(format!("{kept}{ending}"));
    };
    let kept = whole(text, head(text, room.saturating_sub(length(&fence) + 1)));
    match open_fence(text, kept.len()) {
        Some(fence) => Cow::Owned(format!("{kept}\n{fence}{ending}")),
        None => Cow::Owned(format!("{kept}{ending}")),
    }
}

/// `kept`, a start of `text`, without the link, image, code span or address that it holds only the start of. One that
/// is longer than [`LONGEST_PIECE`] is cut all the same.
fn whole<'a>(text: &'a str, kept: &'a str) -> &'a str {
    let seen = &text[..text.floor_char_boundary(kept.len() + LONGEST_PIECE)];
    let piece = markdown::piece_across(seen, kept.len());
    match piece.filter(|start| *start + LONGEST_PIECE > kept.len()) {
        Some(start) => text[..start].trim_end(),
        None => kept,
    }
}

/// The longest start of `text` within `room` UTF-16 units that ends between characters, whatever its markup.
pub fn head(text: &str, room: usize) -> &str {
    let mut used = 0;
    let mut end = text.len();
    for (at, char) in text.char_indices() {
        used += char.len_utf16();
        if used > room {
            end = at;
            break;
        }
    }
    while end > 0 && (text[end..].starts_with(joins) || text[..end].ends_with('\u{200d}')) {
        end = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    text[..end].trim_end()
}

/// Characters that belong to the one before them: combining marks, joiners, variation selectors,
/// skin tones.
fn joins(char: char) -> bool {
    matches!(char,
        '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// `text` with an open code fence closed, so that what is put below it is not code.
pub fn closed(text: &str) -> Cow<'_, str> {
    match open_fence(text, text.len()) {
        Some(fence) => Cow::Owned(format!("{}\n{fence}", text.trim_end_matches('\n'))),
        None => Cow::Borrowed(text),
    }
}

/// The fence that closes the code block which a cut at `at` leaves open.
fn open_fence(text: &str, at: usize) -> Option<String> {
    let mut open: Option<&str> = None;
    for line in text[..at].lines() {
        let line = line.trim_start_matches([' ', '>', '\t']);
        let fence = fence(line);
        match (open, fence) {
            (Some(opened), Some(closing)) => {
                let bare = line[closing.len()..].trim().is_empty();
                if bare && closing.starts_with(opened) {
                    open = None;
                }
            }
            (None, Some(_)) => open = fence,
            _ => {}
        }
    }
    open.map(str::to_owned)
}

/// The code fence that a line starts with.
fn fence(line: &str) -> Option<&str> {
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(sign).len();
    // Backticks behind backticks make a code span on one line.
    (length >= 3 && !(sign == '`' && line[length..].contains('`'))).then(|| &line[..length])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_fits_is_left_alone() {
        assert_eq!(cut("abc", 3, "…"), "abc");
        assert_eq!(length("a😀"), 3);
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("ab😀cd", 4, "…"), "ab…", "the emoji weighs two and does not fit before the ending");
        assert_eq!(cut("ab😀cd", 5, "…"), "ab😀…");
        assert_eq!(cut("e\u{301}e\u{301}e", 4, "…"), "e\u{301}…", "an accent stays with its letter");
        assert_eq!(cut("x👩\u{200d}🚀yzzzzz", 6, "…"), "x…", "a joined emoji is one");
        assert_eq!(cut("word   word", 8, "…"), "word…");
    }

    #[test]
    fn an_open_code_block_is_closed() {
        let text = format!("intro\n```\n{}\n```\n", "code\n".repeat(50));
        let short = cut(&text, 60, "\n[more]");
        assert!(short.ends_with("\n```\n[more]"), "{short}");
        assert!(length(&short) <= 60);
    }

    #[test]
    fn a_longer_fence_is_closed_by_its_own_length() {
        let text = format!("````md\n```\n{}", "code\n".repeat(50));
        assert!(cut(&text, 60, "\n\nmore").ends_with("\n````\n\nmore"));
        let text = format!("``` not a fence ```\n{}", "word ".repeat(50));
        assert!(!cut(&text, 60, "\n\nmore").contains("\n```"));
    }

    #[test]
    fn no_link_image_or_code_span_is_cut_in_two() {
        for piece in [
            "[some text](https://example.com/long)",
            "![an image](a.png)",
            "`@somebody else`",
            "https://example.com/a/b",
        ] {
            let text = format!("some words before {piece} and many words after it, on and on");
            for limit in 20..18 + length(piece) {
                assert_eq!(cut(&text, limit + 1, "…").trim_end_matches('…'), "some words before", "{piece} {limit}");
            }
            assert!(cut(&text, 20 + length(piece), "…").contains(piece));
        }
        let endless = format!("[{}](https://example.com)", "x".repeat(9_000));
        assert!(length(&cut(&endless, 8_000, "…")) > 7_900, "better cut than left out");
    }

    proptest! {
        #[test]
        fn a_cut_always_fits_and_is_a_start_of_the_text(text in any::<String>(), limit in 20usize..200) {
            let short = cut(&text, limit, "[more]");
            prop_assert!(length(&short) <= limit);
            let kept = short.strip_suffix("[more]").unwrap_or(&short);
            let unfenced = kept.trim_end_matches(['`', '~']).trim_end();
            prop_assert!(text.starts_with(kept) || text.starts_with(unfenced));
        }
    }
}
