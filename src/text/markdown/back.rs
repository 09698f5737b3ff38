//! A card's text on its way to GitLab. Only what certainly comes out right goes back: the rest is a conflict that GitLab
//! wins (design: lossy translation never looks like an edit).

use std::collections::HashSet;

use super::convert::{ALERTS, FILES, FRONT_MATTER, TABLE_FENCE, TASKS};
use super::edit::Edits;
use super::home::Home;
use super::layout::{CODE, Layout, Reader, line_at};
use super::mention::JOINER;
use super::{convert, refs};

/// A text as the two servers keep it: line ends as `\n`, no blank lines around it (GitLab takes those at the end off
/// when it looks for quick actions), and an address that Trello's editor turned into a link of itself (`[url](url "smartCard-inline")`,
/// with an empty or invisible title for others) a bare address again.
pub fn normal(text: &str) -> String {
    let unified = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    let text = core(&unified);
    if !text.contains("](") {
        return text.to_owned();
    }
    let layout = Layout::of(text, Reader::Trello);
    let mut edits = Edits::default();
    for link in &layout.links {
        let Some(to) = &link.to else {
            continue;
        };
        let title = text[to.end..link.range.end].trim_start_matches('>').trim_end_matches(')').trim();
        let by_editor = title.len() > 1
            && title.starts_with('"')
            && title.ends_with('"')
            && matches!(
                title.trim_matches('"'),
                "" | "\u{200c}" | "smartCard-inline" | "smartCard-block" | "smartCard-embed"
            );
        if !by_editor || text[link.range.clone()].starts_with('!') {
            continue;
        }
        let url = &text[to.clone()];
        if text[link.text.clone()].replace("\\_", "_") == *url && url.contains("://") {
            edits.replace(link.range.clone(), url);
        } else {
            let end = to.end + usize::from(text[to.end..].starts_with('>'));
            edits.replace(end..link.range.end - 1, "");
        }
    }
    edits.apply(text).0
}

/// What GitLab's text should be for the card to say `text`; `None` when no text is known that the card would show so.
/// Mentions and quick actions written on the card become harmless, and what stands on the card because of
/// [`to_trello`](super::to_trello) is what it was.
pub fn from_trello(text: &str, home: &Home) -> Option<String> {
    let wanted = super::for_gitlab(text);
    let written = unconvert(&wanted, home);
    let shows = |text: &str| normal(&super::to_trello(text, home));
    (shows(&written) == shows(&wanted)).then_some(written)
}

/// What GitLab's `old` text should become after a person changed the card's text to `card`. What they did not touch
/// stays as it was in GitLab, comments and whatever else a card cannot show included; `None` when the change reaches
/// into what a card does not show.
pub fn follow(old: &str, card: &str, home: &Home) -> Option<String> {
    let old = &normal(old);
    let shown = convert(old, home);
    let card = super::for_gitlab(card);
    if normal(&shown.text) == card {
        return Some(old.clone());
    }
    let shown_core = core(&shown.text);
    let front = blank_front(&shown.text);
    let head = common_head(shown_core, &card, |at| shown.origin(front + at).is_some());
    let tail = common_tail(&shown_core[head..], &card[head..], |at| shown.origin(front + head + at).is_some());
    let (from, to) = (shown.origin(front + head)?, shown.origin(front + shown_core.len() - tail)?);
    let hidden = |edit: &super::Edit| edit.with.trim_matches([JOINER, '\n']).is_empty() && edit.range.len() > 1;
    let touched = |edit: &&super::Edit| edit.range.start < to && edit.range.end > from;
    if from > to || shown.passes.first().is_some_and(|edits| edits.iter().filter(touched).any(hidden)) {
        return None;
    }
    let changed = &card[head..card.len() - tail];
    let middle = from_trello(changed, home)?;
    let (before, after) = (&changed[..blank_front(changed)], &changed[changed.trim_end().len()..]);
    let around = if middle.is_empty() { ("", changed) } else { (before, after) };
    let new = format!("{}{}{middle}{}{}", &old[..from], around.0, around.1, &old[to..]);
    let shows = |text: &str| normal(&super::to_trello(text, home));
    (shows(&new) == shows(&card)).then_some(new)
}

/// `text` without blank lines around it.
fn core(text: &str) -> &str {
    let text = text.trim_end();
    &text[blank_front(text)..]
}

/// The length of the blank lines that `text` starts with.
fn blank_front(text: &str) -> usize {
    let lines = text.split_inclusive('\n').take_while(|line| line.ends_with('\n') && line.trim().is_empty());
    lines.map(str::len).sum()
}

/// The length of the lines that both texts start with, up to a place that `fits`.
fn common_head(one: &str, other: &str, fits: impl Fn(usize) -> bool) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let lines = one.as_bytes()[..same].iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    lines.map(|(at, _)| at + 1).find(|at| fits(*at)).unwrap_or(0)
}

/// The length of the lines that both texts end with, from a place that `fits`.
fn common_tail(one: &str, other: &str, fits: impl Fn(usize) -> bool) -> usize {
    let same = one.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b).count();
    let start = one.len() - same;
    let lines = one.as_bytes()[start..].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    lines.map(|(at, _)| start + at).find(|at| fits(*at)).map_or(0, |at| one.len() - at)
}

/// Takes back what the conversion for Trello does.
fn unconvert(text: &str, home: &Home) -> String {
    let mut edits = Edits::default();
    let layout = Layout::of(text, Reader::Trello);
    links(&layout, home, &mut edits);
    fences(&layout, &mut edits);
    for start in &layout.items {
        task(text, *start, &mut edits);
    }
    for start in &layout.quotes {
        alert(text, *start, &mut edits);
    }
    footnotes(&layout, &mut edits);
    edits.apply(text).0
}

fn links(layout: &Layout<'_>, home: &Home, edits: &mut Edits) {
    for link in &layout.links {
        let Some(to) = &link.to else {
            continue;
        };
        let url = &layout.source[to.clone()];
        if let Some(written) = refs::written(&layout.source[link.text.clone()], url, home) {
            edits.replace(link.range.clone(), written);
        } else if let Some(length) = made_absolute(url, home) {
            edits.replace(to.start..to.start + length, "");
        }
    }
    for to in &layout.definitions {
        if let Some(length) = made_absolute(&layout.source[to.clone()], home) {
            edits.replace(to.start..to.start + length, "");
        }
    }
}

/// The length of what was put before a relative destination.
fn made_absolute(url: &str, home: &Home) -> Option<usize> {
    let project = home.project()?;
    let rest = url.strip_prefix(project)?;
    if rest.starts_with("/uploads/") {
        return Some(project.len());
    }
    let file = rest.strip_prefix(FILES)?;
    (!file.is_empty() && !file.starts_with('/') && !file.contains(':')).then_some(project.len() + FILES.len())
}

/// Tables and front matter out of their code blocks.
fn fences(layout: &Layout<'_>, edits: &mut Edits) {
    for fence in &layout.fences {
        let block = layout.source[fence.clone()].trim_end();
        let (Some(first), Some(last)) = (block.find('\n'), block.rfind('\n')) else {
            continue;
        };
        if last <= first || block[last..].trim_matches(['\n', ' ', '>']) != "```" {
            continue;
        }
        let (start, end) = (fence.start, fence.start + block.len());
        let front = FRONT_MATTER.iter().find(|(_, info)| block[..first] == **info).filter(|_| start == 0);
        if let Some((delimiter, info)) = front {
            edits.replace(0..info.len(), *delimiter);
            edits.replace(end - 3..end, *delimiter);
        } else if block[..first] == *TABLE_FENCE {
            let rows = start + first + 1;
            let indent = layout.source[rows..].bytes().take_while(|byte| *byte == b' ' || *byte == b'>').count();
            edits.replace(start..rows + indent, "");
            edits.replace(start + last..end, "");
            for (at, joiner) in layout.source[rows + indent..start + last].match_indices(JOINER) {
                let at = rows + indent + at;
                if layout.source[..at].ends_with('@') {
                    edits.replace(at..at + joiner.len(), "");
                }
            }
        }
    }
}

/// `☐` and `☑` at the start of a list item.
fn task(text: &str, start: usize, edits: &mut Edits) {
    let line = line_at(text, start);
    let marker = line.trim_start_matches(|c: char| c.is_ascii_digit() || "-*+.) ".contains(c));
    let at = start + line.len() - marker.len();
    for (sign, brackets) in TASKS.into_iter().zip(["[x]", "[ ]"]) {
        if marker.strip_prefix(sign).is_some_and(|rest| rest.starts_with(' ')) {
            edits.replace(at..at + sign.len(), brackets);
        }
    }
}

fn alert(text: &str, start: usize, edits: &mut Edits) {
    let line = line_at(text, start);
    let words = line.trim_start_matches(['>', ' ']);
    for (kind, sign, name) in ALERTS {
        let head = format!("{sign} **{name}");
        let Some(rest) = words.strip_prefix(&head) else {
            continue;
        };
        let at = start + line.len() - words.len();
        let whole = at..at + words.trim_end().len();
        if rest.trim_end() == "**" {
            edits.replace(whole, kind);
        } else if let Some(title) = rest.trim_end().strip_prefix(": ").and_then(|rest| rest.strip_suffix("**")) {
            edits.replace(whole, format!("{kind} {title}"));
        } else if rest.starts_with(":**") {
            edits.replace(at..at + head.len() + 3, kind);
        }
    }
}

/// `[^1] text` at the start of a line defines the footnote `[^1]` of another place.
fn footnotes(layout: &Layout<'_>, edits: &mut Edits) {
    let text = layout.source;
    let mut used = HashSet::new();
    for (at, _) in text.match_indices("[^").filter(|(at, _)| layout.at(*at) & CODE == 0) {
        let ends = |byte: u8| byte == b']' || byte.is_ascii_whitespace();
        let Some(close) = text[at..].bytes().take(100).position(ends).filter(|close| *close > 2) else {
            continue;
        };
        let (label, after) = (&text.as_bytes()[at..=at + close], &text[at + close..]);
        let starts_line = at == 0 || text[..at].ends_with('\n');
        if starts_line && after.starts_with("] ") && used.contains(label) {
            edits.insert(at + close + 1, ":");
        }
        used.insert(label);
    }
}
