//! GitLab's references (`#34`, `!12`, `&5`, `@ana`, `group/app#7`, `~"two words"`, `%"May release"`) as links, and back.
//!
//! GitLab makes a link only of what exists, and asks its database. Here nobody can be asked, so only what is
//! unmistakable becomes a link: `$5` is a price more often than a snippet, `~bug` and `%v2` read well as they are, and a
//! bare hexadecimal word may be a commit or anything else (<https://docs.gitlab.com/user/markdown/#gitlab-specific-references>).

use std::ops::Range;

use super::home::Home;
use super::layout::{ADDRESS, CODE, HTML, LINK, Layout, TABLE};
use super::mention::{JOINER, handle};

/// A text with more references than this is a list and no prose; its references stay plain, so that a text of `#1 #1 …`
/// does not grow thirtyfold.
pub(super) const MOST: usize = 1_000;

/// A reference in a text, and the link that it becomes.
pub(super) struct Reference {
    pub(super) range: Range<usize>,
    pub(super) link: String,
}

/// The references in `layout`'s prose; none where there are too many.
pub(super) fn find(layout: &Layout<'_>, home: &Home) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut done = 0;
    for (at, _) in layout.source.match_indices(['#', '!', '&', '@', '~', '%']) {
        if at < done || layout.at(at) & (CODE | LINK | ADDRESS | HTML | TABLE) != 0 {
            continue;
        }
        let Some(range) = around(layout.source, at) else {
            continue;
        };
        let written = &layout.source[range.clone()];
        if let Some(url) = address(written, home) {
            done = range.end;
            found.push(Reference { link: format!("[{}]({url})", shown(written)), range });
        }
        if found.len() > MOST {
            return Vec::new();
        }
    }
    found
}

/// What GitLab's text said, if a link with `text` to `to` is one that we make.
pub(super) fn written(text: &str, to: &str, home: &Home) -> Option<String> {
    let plain = text.replace(JOINER, "");
    let sigil = plain.find(['#', '!', '&', '@', '~', '%'])?;
    let quoted = || format!("{}\"{}\"", &plain[..=sigil], plain.get(sigil + 1..).unwrap_or_default());
    let forms = if plain.starts_with(['~', '%']) { quoted() } else { plain.clone() };
    (around(&forms, sigil) == Some(0..forms.len()) && address(&forms, home).as_deref() == Some(to)).then_some(forms)
}

/// Where in `layout`'s prose a number sign names an issue.
pub(super) fn issues(layout: &Layout<'_>) -> Vec<Range<usize>> {
    let prose = |at: usize| layout.at(at) & (CODE | LINK | ADDRESS | HTML) == 0;
    let signs = layout.source.match_indices('#').filter(|(at, _)| prose(*at));
    // `#39;` is half of a character reference more often than an issue and a semicolon. No link is made here, so both do.
    let sentence = |at: usize| layout.source[at..].find(';').map_or(layout.source, |end| &layout.source[..at + end]);
    signs.filter_map(|(at, _)| around(sentence(at), at)).take(MOST).collect()
}

/// What people read of it: names without quotes, and mentions that do not call.
fn shown(written: &str) -> String {
    match written.as_bytes()[0] {
        b'@' => format!("@{JOINER}{}", &written[1..]),
        b'~' | b'%' => written.replace('"', ""),
        _ => written.to_owned(),
    }
}

/// The reference whose sign stands at `at`.
fn around(text: &str, at: usize) -> Option<Range<usize>> {
    let (before, after) = (&text[..at], &text[at + 1..]);
    let start = match text.as_bytes()[at] {
        b'#' | b'!' => at - path_before(before)?,
        _ => at,
    };
    let free = |c: char| c.is_whitespace() || !c.is_ascii() || "([{\"'*,;:>|".contains(c);
    if !text[..start].chars().next_back().is_none_or(free) {
        return None;
    }
    let length = match text.as_bytes()[at] {
        b'#' | b'!' | b'&' => number(after)?,
        b'@' => handle(after)?,
        _ => quoted(after)?,
    };
    Some(start..at + 1 + length)
}

/// The length of the project's path right before a sign; `None` where something else stands there.
fn path_before(before: &str) -> Option<usize> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(byte);
    let length = before.bytes().rev().take(300).take_while(part).count();
    let path = &before[before.len() - length..];
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let whole =
        path.contains('/') && !path.contains("//") && ends(path.chars().next()) && ends(path.chars().next_back());
    (length == 0 || whole).then_some(length)
}

/// The length of `34`, `34+` or `34+s` (the plus asks GitLab to show the title).
fn number(after: &str) -> Option<usize> {
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=9).contains(&digits) || after.starts_with('0') {
        return None;
    }
    let rest = &after[digits..];
    let plus = ["+s", "+"].into_iter().find(|plus| rest.starts_with(plus)).map_or(0, str::len);
    let next = after[digits + plus..].chars().next();
    next.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ';')).then_some(digits + plus)
}

/// The length of `"two words"`.
fn quoted(after: &str) -> Option<usize> {
    let name = after.strip_prefix('"')?;
    let length = name.bytes().take(256).position(|byte| byte == b'"' || byte == b'\n')?;
    let plain = !name[..length].contains(|c: char| "[]`\\<>*_@".contains(c) || c.is_control());
    (length > 0 && plain && name.as_bytes()[length] == b'"' && name[..length].trim() == &name[..length])
        .then_some(length + 2)
}

/// Where a reference leads.
fn address(written: &str, home: &Home) -> Option<String> {
    let sign = written.find(['#', '!', '&', '@', '~', '%'])?;
    let (path, rest) = (&written[..sign], &written[sign + 1..]);
    let digits = rest.trim_end_matches(['+', 's']);
    let project = || match path {
        "" => home.project().map(str::to_owned),
        path => home.root().map(|root| format!("{root}/{path}")),
    };
    let search = |parameter| {
        let name: String = url::form_urlencoded::byte_serialize(rest.trim_matches('"').as_bytes()).collect();
        home.project().map(|project| format!("{project}/-/{parameter}={name}"))
    };
    match written.as_bytes()[sign] {
        b'#' => Some(format!("{}/-/issues/{digits}", project()?)),
        b'!' => Some(format!("{}/-/merge_requests/{digits}", project()?)),
        b'&' => Some(format!("{}/groups/{}/-/epics/{digits}", home.root()?, home.group()?)),
        b'@' if !rest.eq_ignore_ascii_case("all") => Some(format!("{}/{rest}", home.root()?)),
        b'~' => search("issues?label_name%5B%5D"),
        b'%' => search("milestones?search_title"),
        _ => None,
    }
}
