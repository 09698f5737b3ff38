//! No dress at all.

use super::prose::Dialect;
use crate::model::Span;

/// Plain text; addresses stand behind what leads there, or are left out.
pub(super) struct Plain {
    /// Write addresses.
    pub(super) addresses: bool,
}

impl Dialect for Plain {
    fn piece(&self, span: &Span) -> String {
        match span {
            Span::Text(text) | Span::Bold(text) | Span::Italic(text) | Span::Code(text) => text.clone(),
            Span::Link { text, url } if text == url && self.addresses => url.clone(),
            Span::Link { text, url } if self.addresses => format!("{text} ({url})"),
            Span::Link { text, .. } => text.clone(),
            Span::Quote(text) => text.lines().map(|line| format!("> {line}\n")).collect(),
            Span::Break => "\n".to_owned(),
        }
    }
}
