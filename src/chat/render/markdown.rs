//! Markdown, of which every server has a kind of its own.

use super::prose::Dialect;
use crate::model::Span;

/// Where the servers differ.
pub(super) struct Markdown {
    /// Around what is slanted.
    pub(super) italic: &'static str,
    /// The signs that a backslash makes harmless.
    pub(super) signs: &'static str,
    /// The signs that a backslash makes harmless at the start of a line; `.` and `)` also behind a number.
    pub(super) starts: &'static str,
    /// Signs that are written otherwise.
    pub(super) instead: &'static [(&'static str, &'static str)],
    /// Before each line of what somebody said.
    pub(super) quote: &'static str,
    /// Between two lines.
    pub(super) line: &'static str,
    /// Write addresses so that no preview is shown of them.
    pub(super) hush: bool,
}

impl Dialect for Markdown {
    fn piece(&self, span: &Span) -> String {
        match span {
            Span::Text(text) => self.line_start(text),
            Span::Bold(text) => format!("**{}**", self.escaped(text)),
            Span::Italic(text) => format!("{0}{1}{0}", self.italic, self.escaped(text)),
            // Nothing can be escaped within code.
            Span::Code(text) => format!("`{}`", text.replace('`', "'")),
            Span::Link { text, url } if self.hush => format!("[{}](<{url}>)", self.escaped(text)),
            Span::Link { text, url } => format!("[{}]({url})", self.escaped(text)),
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
        let sign = if rest.starts_with(starts) { "\\" } else { "" };
        format!("{blank}{sign}{}", self.escaped(rest))
    }

    fn escaped(&self, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len() + 8);
        let mut before = ' ';
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            // Within a word an underscore slants nothing: `snake_case` reads better without backslashes.
            let in_word =
                c == '_' && before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
            if self.signs.contains(c) && !in_word {
                escaped.push('\\');
            }
            escaped.push(c);
            before = c;
        }
        self.instead.iter().fold(escaped, |text, (sign, with)| text.replace(sign, with))
    }
}
