//! Cutting text at a receiver's limit. Limits count what the receiver counts: Trello is written in
//! JavaScript, whose characters are UTF-16 units, so an emoji weighs two.

use std::borrow::Cow;

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

/// `text` if it fits into `limit` UTF-16 units; else as much of it as fits together with `ending`,
/// cut between characters (never inside an emoji made of several), with trailing white space off
/// and an open code fence closed, followed by `ending`.
pub fn cut<'a>(text: &'a str, limit: usize, ending: &str) -> Cow<'a, str> {
    if length(text) <= limit {
        return Cow::Borrowed(text);
    }
    let room = limit.saturating_sub(length(ending));
    let kept = head(text, room);
    let Some(fence) = open_fence(kept) else {
        return Cow::Owned(format!("{kept}{ending}"));
    };
    let kept = head(text, room.saturating_sub(length(fence) + 1));
    match open_fence(kept) {
        Some(fence) => Cow::Owned(format!("{kept}\n{fence}{ending}")),
        None => Cow::Owned(format!("{kept}{ending}")),
    }
}

/// The longest start of `text` within `room` units that ends between characters.
fn head(text: &str, room: usize) -> &str {
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

/// The fence that would close the code block which `text` leaves open.
fn open_fence(text: &str) -> Option<&'static str> {
    let mut open: Option<&'static str> = None;
    for line in text.lines() {
        let line = line.trim_start();
        match open {
            Some(fence) if line.starts_with(fence) => open = None,
            Some(_) => {}
            None => open = ["```", "~~~"].into_iter().find(|fence| line.starts_with(fence)),
        }
    }
    open
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

    proptest! {
        #[test]
        fn a_cut_always_fits_and_is_a_start_of_the_text(text in any::<String>(), limit in 20usize..200) {
            let short = cut(&text, limit, "[more]");
            prop_assert!(length(&short) <= limit);
            let kept = short.strip_suffix("[more]").unwrap_or(&short);
            let kept = kept.strip_suffix("\n```").or(kept.strip_suffix("\n~~~")).unwrap_or(kept);
            prop_assert!(text.starts_with(kept));
        }
    }
}
