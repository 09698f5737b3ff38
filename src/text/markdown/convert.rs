//! From GitLab's Markdown to what Trello shows well. Trello shows CommonMark with strikethrough; tables, footnotes, task
//! lists, alerts and HTML it shows as they are written.

use std::ops::Range;

use super::edit::{Edit, Edits};
use super::home::Home;
use super::html;
use super::layout::{CODE, LINK, Layout, Reader, TABLE, line_at};
use super::mention::{JOINER, calls};
use super::refs;

/// The info string of a code block that stands for a table.
pub(super) const TABLE_FENCE: &str = "```table";
/// The info strings of code blocks that stand for front matter, as GitLab itself names them, with its delimiters.
pub(super) const FRONT_MATTER: [(&str, &str); 3] =
    [("---", "```yaml:frontmatter"), ("+++", "```toml:frontmatter"), (";;;", "```json:frontmatter")];
/// GitLab's alerts, their signs, and what people read (<https://docs.gitlab.com/user/markdown/#alerts>).
pub(super) const ALERTS: [(&str, &str, &str); 5] = [
    ("[!note]", "ℹ️", "Note"),
    ("[!tip]", "💡", "Tip"),
    ("[!important]", "❗", "Important"),
    ("[!warning]", "⚠️", "Warning"),
    ("[!caution]", "🛑", "Caution"),
];
/// Task list items: done, and still to do.
pub(super) const TASKS: [&str; 2] = ["☑", "☐"];

/// Where a file of the repository is read at the newest state.
pub(super) const FILES: &str = "/-/blob/HEAD/";

/// One pass over `text`. What comes out may hold new Markdown that was hidden in HTML.
pub(super) fn pass(text: &str, home: &Home) -> (String, Vec<Edit>) {
    let mut edits = Edits::default();
    let body = front_matter(text, &mut edits);
    if body > 0 {
        for edit in pass_over_body(&text[body..], home).1 {
            edits.replace(edit.range.start + body..edit.range.end + body, edit.with);
        }
        return edits.apply(text);
    }
    pass_over_body(text, home)
}

fn pass_over_body(text: &str, home: &Home) -> (String, Vec<Edit>) {
    let layout = Layout::of(text, Reader::GitLab);
    let mut edits = Edits::default();
    html::convert(text, &layout.html, &mut edits);
    layout.tables.iter().for_each(|table| fence_in(&layout, table, &mut edits));
    for (range, done) in &layout.tasks {
        edits.replace(range.clone(), TASKS[usize::from(!done)]);
    }
    for start in &layout.footnotes {
        footnote(text, *start, &mut edits);
    }
    layout.quotes.iter().for_each(|start| alert(text, *start, &mut edits));
    contents(&layout, &mut edits);
    let links = relative_links(&layout, home);
    let references = refs::find(&layout, home);
    if links.len() + references.len() <= refs::MOST {
        links.into_iter().for_each(|(at, front)| edits.insert(at, front));
        references.into_iter().for_each(|reference| edits.replace(reference.range, reference.link));
    }
    edits.apply(text)
}

/// Front matter becomes a code block: as plain Markdown it would read as a rule and a heading. Answers where it ends.
fn front_matter(text: &str, edits: &mut Edits) -> usize {
    let Some((delimiter, fence)) = FRONT_MATTER
        .into_iter()
        .find(|(delimiter, _)| text.strip_prefix(delimiter).is_some_and(|rest| rest.starts_with('\n')))
    else {
        return 0;
    };
    let body = delimiter.len() + 1;
    let close = format!("\n{delimiter}");
    let ends = |at: &usize| text[at + close.len()..].chars().next().is_none_or(|c| c == '\n');
    let Some(end) = text[body..].match_indices(&close).map(|(at, _)| body + at).find(ends) else {
        return 0;
    };
    let inside = &text[body..end];
    // A text that merely starts with a rule is no front matter.
    if inside.contains("```") || !inside.lines().next().is_some_and(|line| line.contains([':', '=', '{', '"', '#'])) {
        return 0;
    }
    edits.replace(0..delimiter.len(), fence);
    edits.replace(end + 1..end + close.len(), "```");
    (end + close.len() + 1).min(text.len())
}

/// A table becomes a code block, whose columns stand as its author aligned them. What would be a mention stays
/// harmless in there.
fn fence_in(layout: &Layout<'_>, table: &Range<usize>, edits: &mut Edits) {
    let source = layout.source;
    let end = table.start + source[table.clone()].trim_end().len();
    let line = source[..table.start].rfind('\n').map_or(0, |at| at + 1);
    let prefix: String = source[line..table.start].chars().map(|c| if c == '>' { '>' } else { ' ' }).collect();
    if source[table.clone()].contains("```") || table.start >= end {
        return;
    }
    edits.insert(table.start, format!("{TABLE_FENCE}\n{prefix}"));
    for at in calls(&source[table.clone()]).map(|at| table.start + at).filter(|at| layout.at(*at) & CODE == 0) {
        edits.insert(at + 1, JOINER);
    }
    let rest = source[end..].find('\n').map_or(source.len(), |at| end + at);
    edits.insert(rest, format!("\n{prefix}```"));
}

/// `[^1]: text` would be a link's definition to Trello, and vanish.
fn footnote(text: &str, start: usize, edits: &mut Edits) {
    let line = line_at(text, start);
    if let Some(colon) = line.find("]:") {
        edits.replace(start + colon + 1..start + colon + 2, "");
    }
}

/// `> [!warning] Mind the step` becomes `> ⚠️ **Warning: Mind the step**`.
fn alert(text: &str, start: usize, edits: &mut Edits) {
    let line = line_at(text, start);
    let Some(open) = line.find("[!").filter(|open| line[..*open].chars().all(|c| c == '>' || c == ' ')) else {
        return;
    };
    let known = |(kind, ..): &&(&str, &str, &str)| {
        line.get(open..open + kind.len()).is_some_and(|k| k.eq_ignore_ascii_case(kind))
    };
    let Some((kind, sign, name)) = ALERTS.iter().find(known) else {
        return;
    };
    let title = line[open + kind.len()..].trim();
    let plain = !title.contains(['*', '`', '[', '<', '@', '#', '!', '~', '%', '&', '\\', '_']);
    if title.is_empty() {
        edits.replace(start + open..start + line.trim_end().len(), format!("{sign} **{name}**"));
    } else if plain {
        edits.replace(start + open..start + line.trim_end().len(), format!("{sign} **{name}: {title}**"));
    } else {
        edits.replace(start + open..start + open + kind.len(), format!("{sign} **{name}:**"));
    }
}

/// The place for a table of contents. Trello has none.
fn contents(layout: &Layout<'_>, edits: &mut Edits) {
    for place in ["[[_TOC_]]", "[TOC]"] {
        for (at, _) in layout.source.match_indices(place) {
            let alone = layout.source[..at].ends_with('\n') || at == 0;
            let rest = &layout.source[at + place.len()..];
            if alone && (rest.is_empty() || rest.starts_with('\n')) && layout.at(at) & (CODE | LINK | TABLE) == 0 {
                edits.replace(at..at + place.len(), "");
            }
        }
    }
}

/// Where relative destinations stand, and what has to come before them.
fn relative_links(layout: &Layout<'_>, home: &Home) -> Vec<(usize, String)> {
    let in_links = layout.links.iter().filter_map(|link| link.to.as_ref());
    let all = in_links.chain(&layout.definitions).filter(|to| layout.at(to.start) & (CODE | TABLE) == 0);
    all.filter_map(|to| Some((to.start, front(&layout.source[to.clone()], home)?))).collect()
}

/// What makes the destination `to` absolute: uploads belong to the project, `/-/…` and paths with `/-/` to the
/// instance, all else is a file of the repository.
fn front(to: &str, home: &Home) -> Option<String> {
    let scheme = to.find(':').filter(|colon| !to[..*colon].contains(['/', '?', '#']));
    if to.is_empty() || scheme.is_some() || to.starts_with(['#', '?', '\\', '&']) || to.starts_with("//") {
        return None;
    }
    let project = home.project()?;
    if to.starts_with("/uploads/") {
        return Some(project.to_owned());
    }
    if to.starts_with('/') && to.contains("/-/") {
        return home.root().map(str::to_owned);
    }
    let slash = if to.starts_with('/') { FILES.trim_end_matches('/') } else { FILES };
    Some(format!("{project}{slash}"))
}
