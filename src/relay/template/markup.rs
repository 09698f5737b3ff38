//! How a template's output says which of its words lead somewhere or are stressed: by characters that Unicode sets
//! aside for use within a program (noncharacters, U+FDD0 to U+FDEF). They are taken out of everything that comes from
//! outside, so what people write on a board stays text.

use minijinja::{Environment, Error, ErrorKind};
use serde_json::{Map, Value};
use url::Url;

use crate::model::{Activity, Actor, Span};
use crate::relay::facts::blank;
use crate::text::{clean, cut};

const OPEN: char = '\u{fdd0}';
const ADDRESS: char = '\u{fdd1}';
const CLOSE: char = '\u{fdd2}';

const LINK: char = 'l';
const BOLD: char = 'b';
const ITALIC: char = 'i';
const CODE: char = 'c';
const QUOTE: char = 'q';

/// Texts of an activity are cut to this, so that no filter can make much of them.
const LONGEST_TEXT: usize = 2_000;

/// Text that leads somewhere.
pub(super) fn link(text: &str, url: &str) -> String {
    format!("{OPEN}{LINK}{text}{ADDRESS}{url}{CLOSE}")
}

/// Stressed text.
pub(super) fn bold(text: &str) -> String {
    dressed(BOLD, text)
}

fn dressed(dress: char, text: &str) -> String {
    format!("{OPEN}{dress}{text}{CLOSE}")
}

/// `{{ list.name|italic }}`, `{{ comment|quote }}`, `{{ "rules"|link("https://example.com/rules") }}` …
pub(super) fn add_filters(environment: &mut Environment<'static>) {
    environment.add_filter("bold", |text: String| bold(&text));
    environment.add_filter("italic", |text: String| dressed(ITALIC, &text));
    environment.add_filter("code", |text: String| dressed(CODE, &text));
    environment.add_filter("quote", |text: String| dressed(QUOTE, &text));
    environment.add_filter("link", |text: String, url: String| match address(&url) {
        Some(url) => Ok(link(&text, &url)),
        None => Err(Error::new(ErrorKind::InvalidOperation, format!("`{url}` is no http or https address"))),
    });
}

/// An activity without our marks in anything that it says.
pub(super) fn disarmed(activity: &Activity) -> Activity {
    let actor = |who: &Actor| Actor { id: who.id.clone(), name: text(&who.name), username: text(&who.username) };
    Activity {
        kind: text(&activity.kind),
        actor: activity.actor.as_ref().map(actor),
        member: activity.member.as_ref().map(actor),
        data: value(&activity.data),
        ..activity.clone()
    }
}

fn value(found: &Value) -> Value {
    match found {
        Value::String(found) => Value::String(text(found)),
        Value::Array(items) => items.iter().map(value).collect(),
        Value::Object(parts) => {
            Value::Object(parts.iter().map(|(key, part)| (text(key), value(part))).collect::<Map<_, _>>())
        }
        found => found.clone(),
    }
}

fn text(found: &str) -> String {
    cut(&clean(&unmarked(found)), LONGEST_TEXT, "…").into_owned()
}

fn unmarked(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{fdd0}'..='\u{fdef}')).collect()
}

/// The pieces of a template's output, and `ending` behind them; nothing where there is nothing to see.
pub(super) fn spans(said: &str, ending: &str) -> Vec<Span> {
    let said = said.trim();
    if blank(&unmarked(said)) {
        return Vec::new();
    }
    let mut reader = Reader::default();
    reader.read(said);
    reader.text.push_str(ending);
    reader.flush();
    reader.spans
}

#[derive(Default)]
struct Reader {
    spans: Vec<Span>,
    /// Since the last piece.
    text: String,
    /// Dresses that are open, the innermost last.
    dresses: Vec<char>,
}

impl Reader {
    fn read(&mut self, said: &str) {
        let mut rest = said;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                OPEN => rest = self.open(rest),
                CLOSE => {
                    self.flush();
                    self.dresses.pop();
                }
                '\u{fdd0}'..='\u{fdef}' => {}
                '\n' if self.dresses.last() != Some(&QUOTE) => {
                    self.flush();
                    self.spans.push(Span::Break);
                }
                c => self.text.push(c),
            }
        }
        self.flush();
        self.dresses.clear();
    }

    /// Behind a mark that opens something: takes a link whole, and of anything else the first mark.
    fn open<'a>(&mut self, rest: &'a str) -> &'a str {
        self.flush();
        let Some(dress) = rest.chars().next() else { return rest };
        let rest = &rest[dress.len_utf8()..];
        if dress != LINK {
            self.dresses.push(dress);
            return rest;
        }
        let end = end_of(rest);
        let (text, url) = rest[..end].rsplit_once(ADDRESS).unwrap_or((&rest[..end], ""));
        let text = unmarked(&without_dress(text)).replace('\n', " ");
        self.spans.extend(match (blank(&text), address(url)) {
            (true, _) => None,
            (false, Some(url)) => Some(Span::Link { text, url }),
            (false, None) => Some(Span::Text(text)),
        });
        rest[end..].strip_prefix(CLOSE).unwrap_or(&rest[end..])
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        let dress = self.dresses.last().copied().filter(|_| !blank(&text));
        let span = match dress {
            Some(BOLD) => Span::Bold(text),
            Some(ITALIC) => Span::Italic(text),
            Some(CODE) => Span::Code(text),
            Some(QUOTE) => Span::Quote(text),
            _ if text.is_empty() => return,
            _ => Span::Text(text),
        };
        match (self.spans.last_mut(), span) {
            (Some(Span::Text(before)), Span::Text(text)) => before.push_str(&text),
            (_, span) => self.spans.push(span),
        }
    }
}

/// Where what was opened before `rest` is closed.
fn end_of(rest: &str) -> usize {
    let mut depth = 0usize;
    for (at, c) in rest.char_indices() {
        match c {
            OPEN => depth += 1,
            CLOSE if depth == 0 => return at,
            CLOSE => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}

/// The text in a text that is dressed.
fn without_dress(text: &str) -> String {
    let mut chars = text.chars();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        match c {
            OPEN => drop(chars.next()),
            c => plain.push(c),
        }
    }
    plain
}

/// An address that a message may lead to.
fn address(url: &str) -> Option<String> {
    let url = Url::parse(unmarked(url).trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}
