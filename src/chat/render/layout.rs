//! What every room wants of a message before it is written: pieces that are what they claim to be, one link to where
//! the message leads, and nothing that a server could take for a mention.

use std::borrow::Cow;

use url::Url;

use crate::model::{Field, Message, Span};
use crate::text::head;

/// Invisible, without width, and no part of a name. It makes `@all` a word like any other.
const BREAK: char = '\u{200b}';

/// The words that we put in ourselves to lead somewhere.
pub(super) const LINK: &str = "link";
pub(super) const MORE: &str = "more";

/// No browser and few servers take more.
const LONGEST_URL: usize = 2_000;

/// Fields are short facts; what is longer belongs into the sentence.
const MOST_FIELDS: usize = 10;
const LONGEST_FIELD_NAME: usize = 80;
const LONGEST_FIELD: usize = 300;

/// Whether a room's own escapes keep a server from seeing mentions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mentions {
    /// They do; the text stays as it is.
    Escaped,
    /// They do not: what looks like one is broken.
    Broken,
}

/// `message`, fit to be written: bounded fields, pieces on one line each (quotes excepted), links that are links, and
/// `url` at most once among them. Quotes stand on lines of their own.
pub(super) fn laid_out(message: &Message, mentions: Mentions) -> Message {
    let clean = |text: &str| match mentions {
        Mentions::Escaped => visible(text).into_owned(),
        Mentions::Broken => quiet(&visible(text)),
    };
    let url = message.url.as_deref().and_then(address);
    let mut spans = Vec::new();
    let mut linked = false;
    for span in &message.spans {
        match span {
            Span::Text(text) => lines(&mut spans, &clean(text)),
            Span::Bold(text) => one_line(&mut spans, &clean(text), Span::Bold),
            Span::Italic(text) => one_line(&mut spans, &clean(text), Span::Italic),
            Span::Code(text) => one_line(&mut spans, &clean(text), Span::Code),
            Span::Quote(text) => quote(&mut spans, clean(text).trim()),
            Span::Link { text, url: to } => match address(to) {
                Some(to) if !(linked && Some(&to) == url.as_ref()) => {
                    linked |= Some(&to) == url.as_ref();
                    let text = if text.trim().is_empty() { &to } else { text };
                    one_line(&mut spans, &clean(text), |text| Span::Link { text, url: to.clone() });
                }
                _ => one_line(&mut spans, &clean(text), Span::Text),
            },
            Span::Break => spans.push(Span::Break),
        }
    }
    separate_quotes(&mut spans);
    if blank(&spans) {
        spans = vec![Span::Text("(nothing to say)".to_owned())];
    }
    let fields = message.fields.iter().take(MOST_FIELDS).filter_map(|one| field(one, clean)).collect();
    Message { spans, url, fields, ..message.clone() }
}

/// Puts ` (link)` behind the sentence where nothing in it leads to `url`; before what is quoted.
pub(super) fn with_link(mut message: Message) -> Message {
    if let Some(url) = message.url.clone().filter(|url| !leads_to(&message.spans, url)) {
        let quoted = message.spans.iter().position(|span| matches!(span, Span::Quote(_)));
        let end = quoted.map_or(message.spans.len(), |at| at.saturating_sub(1));
        let link = Span::Link { text: LINK.to_owned(), url };
        let link = [Span::Text(" (".to_owned()), link, Span::Text(")".to_owned())];
        message.spans.splice(end..end, link);
    }
    message
}

/// Whether one of the pieces leads to `url`.
pub(super) fn leads_to(spans: &[Span], url: &str) -> bool {
    spans.iter().any(|span| matches!(span, Span::Link { url: to, .. } if to == url))
}

/// Where the quote at the end begins, for rooms that show it in a frame: behind it nothing else is said.
pub(super) fn quoted_end(spans: &[Span]) -> Option<usize> {
    let at = spans.iter().position(|span| matches!(span, Span::Quote(_)))?;
    spans[at..].iter().all(|span| matches!(span, Span::Quote(_) | Span::Break)).then_some(at)
}

/// `text` without what cannot be seen and could do harm: control characters, and those that turn the direction of
/// everything behind them.
fn visible(text: &str) -> Cow<'_, str> {
    let unseen = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(unseen) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(text.chars().filter(|c| !unseen(*c)).collect())
}

/// `text` with an invisible break behind every sign that calls somebody somewhere: `@all`, `@**all**`, `<!channel>`,
/// `<users/all>`, `<at>`. An address of e-mail is no mention. A sign at the end breaks too: another piece may follow.
fn quiet(text: &str) -> String {
    let mut quiet = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        quiet.push(c);
        // Blanks at the end stand outside of their piece in the end.
        let next = rest.peek().copied().filter(|_| rest.clone().any(|c| !c.is_whitespace()));
        let calls = match c {
            '@' => !before.is_ascii_alphanumeric() && next.is_none_or(|next| !next.is_whitespace() && next != BREAK),
            '<' => next.is_none_or(|next| next.is_ascii_alphabetic() || "!@#&/".contains(next)),
            _ => false,
        };
        if calls {
            quiet.push(BREAK);
        }
        before = c;
    }
    quiet
}

/// The first `room` units of a piece, and no sign at their end whose break is cut off.
pub(super) fn beginning(text: &str, room: usize) -> &str {
    let start = head(text, room);
    let broken = text[start.len()..].starts_with(BREAK);
    start.strip_suffix(['@', '<']).filter(|_| broken).unwrap_or(start)
}

/// An address that can be linked to: http or https, of bearable length, and without a character that would end a link in
/// any of the rooms' ways of writing it.
fn address(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host_end = url.as_str().find(url.path()).unwrap_or(0);
    let mut address = String::with_capacity(url.as_str().len());
    for (at, c) in url.as_str().char_indices() {
        match c {
            '@' if at < host_end => address.push(c),
            '(' | ')' | '<' | '>' | '[' | ']' | '|' | '"' | '\'' | '`' | '\\' | '*' | '^' | '{' | '}' | '@'
                if at >= host_end =>
            {
                address.push_str(&format!("%{:02X}", u32::from(c)));
            }
            _ => address.push(c),
        }
    }
    (address.len() <= LONGEST_URL).then_some(address)
}

fn lines(spans: &mut Vec<Span>, text: &str) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            spans.push(Span::Break);
        }
        if !line.is_empty() {
            spans.push(Span::Text(line.replace('\t', " ")));
        }
    }
}

/// A piece on one line. White space at its ends stands outside of it, since `**word **` is not bold in Markdown.
fn one_line(spans: &mut Vec<Span>, text: &str, piece: impl FnOnce(String) -> Span) {
    let line = text.replace(['\n', '\t'], " ");
    let inner = line.trim();
    let start = line.len() - line.trim_start().len();
    if start > 0 {
        spans.push(Span::Text(line[..start].to_owned()));
    }
    if !inner.is_empty() {
        spans.push(piece(inner.to_owned()));
        let end = start + inner.len();
        if end < line.len() {
            spans.push(Span::Text(line[end..].to_owned()));
        }
    }
}

fn quote(spans: &mut Vec<Span>, text: &str) {
    if !text.is_empty() {
        spans.push(Span::Quote(text.to_owned()));
    }
}

/// A quote begins on a line of its own, and what follows it too.
fn separate_quotes(spans: &mut Vec<Span>) {
    let mut apart: Vec<Span> = Vec::with_capacity(spans.len() + 2);
    for span in spans.drain(..) {
        let (before, quote) = (apart.last(), matches!(span, Span::Quote(_)));
        let after_quote = matches!(before, Some(Span::Quote(_))) && span != Span::Break;
        let before_quote = quote && before.is_some_and(|before| *before != Span::Break);
        if after_quote || before_quote {
            apart.push(Span::Break);
        }
        apart.push(span);
    }
    *spans = apart;
}

/// Nothing in the sentence can be seen.
fn blank(spans: &[Span]) -> bool {
    let unseen = |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    spans.iter().all(|span| match span {
        Span::Text(text) | Span::Bold(text) | Span::Italic(text) | Span::Code(text) | Span::Quote(text) => {
            text.chars().all(unseen)
        }
        Span::Link { .. } => false,
        Span::Break => true,
    })
}

fn field(field: &Field, clean: impl Fn(&str) -> String) -> Option<Field> {
    let short = |text: &str, limit: usize| {
        let line = clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
        let start = beginning(&line, limit);
        if start.len() < line.len() { format!("{start}…") } else { line }
    };
    let (name, value) = (short(&field.name, LONGEST_FIELD_NAME), short(&field.value, LONGEST_FIELD));
    (!name.is_empty() && !value.is_empty()).then_some(Field { name, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_a_piece_is_cut_no_sign_stands_at_its_end_unbroken() {
        let text = quiet("@all <at> me@x.example @@<@");
        for room in 0..=text.len() {
            let start = beginning(&text, room);
            assert!(text.starts_with(start), "{start}");
            let bare = start.ends_with('<') || (start.ends_with('@') && !start.ends_with("me@"));
            assert!(!bare, "{start:?}");
        }
        assert_eq!(beginning("a@", 2), "a@", "an address of e-mail");
    }

    #[test]
    fn a_sign_before_blanks_at_the_end_is_at_the_end() {
        assert_eq!(quiet("@\n"), format!("@{BREAK}\n"));
        assert_eq!(quiet("5 @ 3"), "5 @ 3");
    }
}
