//! Markdown, of which every server has a kind of its own.

use super::prose::Dialect;
use crate::model::Span;

/// Invisible and without width: what it stands between means nothing together.
const BREAK: &str = "\u{200b}";

/// Where the servers differ.
pub(super) struct Markdown {
    /// Around what is slanted.
    pub(super) italic: &'static str,
    /// The signs that a backslash makes harmless.
    pub(super) signs: &'static str,
    /// The signs that a backslash makes harmless at the start of a line; `.` and `)` also behind a number.
    pub(super) starts: &'static str,
    /// The signs at the start of a line that no backslash makes harmless; what is invisible does.
    pub(super) broken: &'static str,
    /// Within emphasis, where some servers read no backslash: the signs, and what looks like them. Empty: backslashes
    /// work there too.
    pub(super) lookalikes: &'static [(char, &'static str)],
    /// Signs that are written otherwise.
    pub(super) instead: &'static [(&'static str, &'static str)],
    /// Before each line of what somebody said.
    pub(super) quote: &'static str,
    /// Between two lines.
    pub(super) line: &'static str,
    /// How links are written.
    pub(super) links: Links,
}

/// Ways of writing a link.
pub(super) enum Links {
    /// `[text](address)`.
    Usual,
    /// `[text](<address>)`, of which no preview is shown.
    Hushed,
    /// `<address|text>`; the text is read as it is.
    Pointed,
}

impl Dialect for Markdown {
    fn piece(&self, span: &Span) -> String {
        match span {
            Span::Text(text) => self.line_start(text),
            Span::Bold(text) => format!("**{}**", self.dressed(text)),
            Span::Italic(text) => format!("{0}{1}{0}", self.italic, self.dressed(text)),
            // Nothing can be escaped within code.
            Span::Code(text) => format!("`{}`", text.replace('`', "'")),
            Span::Link { text, url } => match self.links {
                Links::Usual => format!("[{}]({url})", self.escaped(text)),
                Links::Hushed => format!("[{}](<{url}>)", self.escaped(text)),
                Links::Pointed => format!("<{url}|{}>", pointed(text)),
            },
            Span::Quote(text) => {
                text.lines().map(|line| format!("{}{}{}", self.quote, self.line_start(line), self.line)).collect()
            }
            Span::Break => self.line.to_owned(),
        }
    }
}

impl Markdown {
    /// Plain words, read as they are.
    pub(super) fn plain(&self, text: &str) -> String {
        self.line_start(text)
    }

    /// `text` where it may start a line: neither a heading nor a list nor a quote.
    fn line_start(&self, text: &str) -> String {
        let (blank, rest) = text.split_at(text.len() - text.trim_start().len());
        let (number, behind) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
        let ends_number = |c: char| matches!(c, '.' | ')');
        if !number.is_empty() && behind.starts_with(|c| self.starts.contains(c) && ends_number(c)) {
            return format!("{blank}{number}\\{}", self.escaped(behind));
        }
        let starts = |c: char| self.starts.contains(c) && !self.signs.contains(c) && !ends_number(c);
        let sign = match rest.chars().next() {
            Some(c) if starts(c) => "\\",
            Some(c) if self.broken.contains(c) => BREAK,
            _ => "",
        };
        format!("{blank}{sign}{}", self.escaped(rest))
    }

    /// `text` within emphasis.
    fn dressed(&self, text: &str) -> String {
        if self.lookalikes.is_empty() {
            return self.escaped(text);
        }
        self.written(text, |dressed, c| match self.lookalikes.iter().find(|(sign, _)| *sign == c) {
            Some((_, with)) => dressed.push_str(with),
            None => dressed.push(c),
        })
    }

    fn escaped(&self, text: &str) -> String {
        let mut escaped = self.written(text, |escaped, c| {
            if self.signs.contains(c) {
                escaped.push('\\');
            }
            escaped.push(c);
        });
        // It must not make the next piece's sign harmless.
        if text.ends_with('\\') && !self.signs.contains('\\') {
            escaped.push_str(BREAK);
        }
        escaped
    }

    /// `text`, each character as `write` puts it.
    fn written(&self, text: &str, write: impl Fn(&mut String, char)) -> String {
        let mut written = String::with_capacity(text.len() + 8);
        let mut before = ' ';
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            // Within a word an underscore slants nothing: `snake_case` reads better without backslashes. To the servers a
            // word is of letters that English has.
            let in_word = c == '_'
                && before.is_ascii_alphanumeric()
                && rest.peek().is_some_and(|next| next.is_ascii_alphanumeric());
            if in_word {
                written.push(c);
            } else {
                write(&mut written, c);
            }
            before = c;
        }
        self.instead.iter().fold(written, |text, (sign, with)| text.replace(sign, with))
    }
}

/// There is no escape for the signs of a pointed link within one; and with a bracket before it, it must not end another.
fn pointed(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›").replace('|', "¦").replace("](", &format!("]{BREAK}("))
}
