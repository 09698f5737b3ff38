//! Mentions and commands, made harmless: they read the same and call nobody.
//!
//! An invisible character (U+2060, "word joiner") behind the `@` keeps both servers from seeing a name; in an address,
//! where it would break the link, the `@` is written `%40`. Trello calls on `@name`, `@card`, `@board` and on the form
//! `@:id` that its editor stores; GitLab on `@name`, `@group/sub` and `@all`.
//! What is code for the reader stays as it is: neither side calls from code
//! (<https://docs.gitlab.com/user/markdown/#gitlab-specific-references>; of Trello it is assumed).

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::edit::{Edit, Edits};
use super::layout::{ADDRESS, CODE, Layout, Reader};

/// Invisible, without width, and no part of a name.
pub(super) const JOINER: char = '\u{2060}';

/// The length of the user or group name that `after` starts with. A name may hold dots and dashes, and does not end
/// with one.
pub(super) fn handle(after: &str) -> Option<usize> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(byte);
    let run = &after[..after.bytes().take(255).take_while(part).count()];
    let name = run.trim_end_matches(['.', '-', '/']);
    let fits = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && !name.contains("//");
    (fits && !name.contains("..")).then_some(name.len())
}

/// `text` without mentions that `reader`'s side would call anybody for, and the changes made.
pub(super) fn defuse(text: &str, reader: Reader) -> (Cow<'_, str>, Vec<Edit>) {
    if !text.contains('@') {
        return (Cow::Borrowed(text), Vec::new());
    }
    let layout = Layout::of(text, reader);
    let mut edits = Edits::default();
    for at in calls(text).filter(|at| layout.at(*at) & CODE == 0) {
        if layout.at(at) & ADDRESS == 0 {
            edits.insert(at + 1, JOINER);
        } else {
            edits.replace(at..at + 1, "%40");
        }
    }
    let (defused, made) = edits.apply(text);
    (Cow::Owned(defused), made)
}

/// `text` with every mention made harmless, for text without markup.
pub(super) fn defuse_all(text: &str) -> String {
    let mut edits = Edits::default();
    calls(text).for_each(|at| edits.insert(at + 1, JOINER));
    edits.apply(text).0
}

/// `text` with every mention made harmless of those whom `old` did not call before, for text without markup.
pub(super) fn defuse_new(old: &str, text: &str) -> String {
    let name = |text: &str, at: usize| handle(&text[at + 1..]).map(|end| text[at + 1..][..end].to_lowercase());
    let known: BTreeSet<String> = calls(old).filter_map(|at| name(old, at)).collect();
    let mut edits = Edits::default();
    let new = calls(text).filter(|at| name(text, *at).is_none_or(|name| !known.contains(&name)));
    new.for_each(|at| edits.insert(at + 1, JOINER));
    edits.apply(text).0
}

/// `text` as it was before its mentions were made harmless, for text without markup.
pub(super) fn fuse(text: &str) -> Cow<'_, str> {
    let joined = ['@', JOINER].iter().collect::<String>();
    if text.contains(&joined) { text.replace(&joined, "@").into() } else { text.into() }
}

/// Where an `@` calls somebody. Only a letter or digit before it makes it an e-mail address: GitLab looks at the
/// rendered text, in which `_@ana_` starts with the `@`.
pub(super) fn calls(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let name = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let called = move |at: usize| match bytes.get(at + 1) {
        Some(b':' | b'.' | b'-') => name(bytes.get(at + 2)),
        next => name(next),
    };
    let free = move |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
    text.match_indices('@').map(|(at, _)| at).filter(move |at| free(*at) && called(*at))
}

/// `text` without lines that GitLab would carry out as a quick action (`/close`, `/assign @ana`), in the name of the
/// bridge. Code is no shelter: GitLab finds code blocks by a pattern of its own, which not every code block fits
/// (<https://docs.gitlab.com/user/project/quick_actions/>).
pub(super) fn defuse_commands(text: &str) -> Cow<'_, str> {
    if !text.contains('/') {
        return Cow::Borrowed(text);
    }
    let mut edits = Edits::default();
    let mut at = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let command = line.trim_start();
        let word = command.strip_prefix('/').map(|rest| rest.split(char::is_whitespace).next().unwrap_or_default());
        if word.is_some_and(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')) {
            edits.insert(at + line.len() - command.len(), JOINER);
        }
        at += line.len();
    }
    Cow::Owned(edits.apply(text).0)
}
