//! The little HTML that chat servers show.

use super::prose::Dialect;
use crate::model::Span;

/// Where the servers differ.
pub(super) struct Html {
    /// Between two lines.
    pub(super) line: &'static str,
    /// Around what somebody said.
    pub(super) quote: (&'static str, &'static str),
}

impl Dialect for Html {
    fn piece(&self, span: &Span) -> String {
        match span {
            Span::Text(text) => escaped(text),
            Span::Bold(text) => format!("<b>{}</b>", escaped(text)),
            Span::Italic(text) => format!("<i>{}</i>", escaped(text)),
            Span::Code(text) => format!("<code>{}</code>", escaped(text)),
            Span::Link { text, url } => format!("<a href=\"{}\">{}</a>", escaped(url), escaped(text)),
            Span::Quote(text) => {
                let (open, close) = self.quote;
                let lines: Vec<String> = text.lines().map(escaped).collect();
                format!("{open}{}{close}", lines.join(self.line))
            }
            Span::Break => self.line.to_owned(),
        }
    }
}

/// `text` as it reads in HTML, also between quotation marks.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
