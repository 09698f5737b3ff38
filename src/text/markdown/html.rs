//! HTML in Markdown. GitLab shows a handful of tags and hides comments; Trello shows all of it as it is written. So the
//! known tags become Markdown or go, comments go, and whatever is no HTML at all (`Vec<String>`) stays.

use std::ops::Range;

use super::edit::Edits;
use super::mention::JOINER;

/// No tag is read further than this: a text may be a million `<a`.
const LONGEST_TAG: usize = 4_096;

/// A tag in a text.
struct Tag<'a> {
    range: Range<usize>,
    name: String,
    closing: bool,
    attributes: &'a str,
}

/// Changes the HTML in `ranges` of `source` to Markdown.
pub(super) fn convert(source: &str, ranges: &[Range<usize>], edits: &mut Edits) {
    let mut anchors: Vec<Option<String>> = Vec::new();
    for range in ranges {
        let mut at = range.start;
        while let Some(open) = source.get(at..range.end).and_then(|rest| rest.find('<')).map(|found| at + found) {
            if source[open..].starts_with("<!--") {
                let rest = &source[open + 4..range.end];
                at = rest.find("-->").map_or(range.end, |end| open + 4 + end + 3);
                edits.replace(open..at, scar(source, open, at));
            } else if let Some(tag) = tag(source, open, range.end) {
                at = tag.range.end;
                if let Some(with) = markdown(&tag, &mut anchors) {
                    let with = if with.is_empty() { scar(source, open, at) } else { with };
                    edits.replace(tag.range, with);
                }
            } else {
                at = open + 1;
            }
        }
    }
}

/// What takes the place of something removed: nothing, but where that would make a sign and a word into something new
/// (`@<!-- -->ana`), something invisible.
fn scar(source: &str, start: usize, end: usize) -> String {
    let sign = |c: Option<char>| c.is_some_and(|c| "@#!&~%`<[:/\\".contains(c));
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let (before, after) = (source[..start].chars().next_back(), source[end..].chars().next());
    let glued = !blank(before) && !blank(after) && (sign(before) || sign(after));
    if glued { JOINER.to_string() } else { String::new() }
}

/// The tag that starts at `open`.
fn tag(source: &str, open: usize, limit: usize) -> Option<Tag<'_>> {
    let inside = &source[open + 1..limit];
    let closing = inside.starts_with('/');
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let name: String = inside.chars().take_while(char::is_ascii_alphanumeric).take(16).collect();
    let rest = &inside[name.len()..];
    if name.is_empty() || !rest.starts_with([' ', '\n', '\t', '/', '>']) {
        return None;
    }
    let mut quote = None;
    let length = rest.bytes().take(LONGEST_TAG).position(|byte| match (quote, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), byte) if open == byte => {
            quote = None;
            false
        }
        _ => false,
    })?;
    let end = limit - rest.len() + length + 1;
    Some(Tag { range: open..end, name: name.to_ascii_lowercase(), closing, attributes: &rest[..length] })
}

/// What Trello gets in place of `tag`; `None`: it stays.
fn markdown(tag: &Tag<'_>, anchors: &mut Vec<Option<String>>) -> Option<String> {
    let with = match tag.name.as_str() {
        "summary" | "b" | "strong" => "**",
        "i" | "em" => "*",
        "s" | "del" | "strike" => "~~",
        "br" => "\n",
        "details" | "p" | "div" | "span" | "center" | "font" | "kbd" | "sub" | "sup" | "u" | "ins" | "small"
        | "big" | "mark" | "samp" | "var" | "abbr" | "picture" | "figure" | "figcaption" => "",
        "img" if !tag.closing => return image(tag),
        "a" => return anchor(tag, anchors),
        _ => return None,
    };
    Some(with.to_owned())
}

fn image(tag: &Tag<'_>) -> Option<String> {
    let source = attribute(tag.attributes, "src").filter(|source| is_plain(source))?;
    let text = attribute(tag.attributes, "alt").unwrap_or_default().replace(['[', ']', '\n', '`', '<'], " ");
    Some(format!("![{text}]({source})"))
}

fn anchor(tag: &Tag<'_>, anchors: &mut Vec<Option<String>>) -> Option<String> {
    if tag.closing {
        return Some(anchors.pop()?.map_or_else(String::new, |to| format!("]({to})")));
    }
    let to = attribute(tag.attributes, "href").filter(|to| is_plain(to)).map(str::to_owned);
    anchors.push(to.clone());
    Some(to.map_or_else(String::new, |_| "[".to_owned()))
}

/// An address that can stand in a Markdown link as it is.
fn is_plain(address: &str) -> bool {
    !address.is_empty() && !address.contains(|c: char| c.is_whitespace() || c.is_control() || "()<>[]`\\".contains(c))
}

/// The value of an attribute, with or without quotes.
fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let length = rest.find(|c: char| c.is_ascii_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        if name.is_empty() && !after.starts_with('=') {
            return None;
        }
        let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
            rest = after;
            continue;
        };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote)?,
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}
