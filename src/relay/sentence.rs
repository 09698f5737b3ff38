//! A sentence under construction.

use super::facts::{Facts, blank, without_mark};
use crate::model::{Gist, Message, Span, Tone};
use crate::text::{clean, cut};

/// What people wrote is quoted up to this length; the card's link leads to the rest.
pub(super) const LONGEST_QUOTE: usize = 1_000;

/// Pieces of a sentence, and what they will be said as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sentence {
    spans: Vec<Span>,
    /// What people wrote stands below the sentence, not within.
    quotes: Vec<Span>,
}

impl Sentence {
    /// Starts with the one who did it.
    pub(super) fn by(facts: &Facts) -> Self {
        Sentence::default().text(&facts.actor())
    }

    /// Plain words.
    pub(super) fn text(mut self, text: &str) -> Self {
        match self.spans.last_mut() {
            Some(Span::Text(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => self.spans.push(Span::Text(text.to_owned())),
        }
        self
    }

    /// Any piece.
    pub(super) fn span(mut self, span: Span) -> Self {
        match span {
            Span::Text(text) => self.text(&text),
            span => {
                self.spans.push(span);
                self
            }
        }
    }

    /// A name on the board: of a list, a checklist, a label.
    pub(super) fn name(self, name: Option<String>, unknown: &str) -> Self {
        match name {
            Some(name) => self.span(Span::Italic(name)),
            None => self.text(unknown),
        }
    }

    /// The card that it is about.
    pub(super) fn card(self, facts: &Facts) -> Self {
        self.span(card(facts, "card"))
    }

    /// Below the sentence: what somebody wrote, as much of it as fits.
    pub(super) fn quote(mut self, text: Option<&str>, limit: usize) -> Self {
        let text = text.map(|text| clean(without_mark(text))).filter(|text| !blank(text));
        self.quotes.extend(text.map(|text| Span::Quote(cut(&text, limit, "…").into_owned())));
        self
    }

    /// What another sentence says goes on here.
    pub(super) fn then(mut self, other: Sentence) -> Self {
        self.quotes.extend(other.quotes);
        other.spans.into_iter().fold(self, Sentence::span)
    }

    /// Done: the message, told about the card where there is one, else about the board.
    pub(super) fn told(mut self, facts: &Facts, tone: Tone, gist: Option<Gist>) -> Message {
        self.spans.extend(self.quotes.into_iter().flat_map(|quote| [Span::Break, quote]));
        let board = || facts.short_link("board").map(|link| format!("https://trello.com/b/{link}"));
        Message {
            spans: self.spans,
            url: facts.card_url("card").or_else(board),
            fields: Vec::new(),
            tone,
            thread: facts.short_link("card").map(str::to_owned),
            gist,
        }
    }
}

/// A card in a sentence: its title, leading to its page.
pub(super) fn card(facts: &Facts, which: &str) -> Span {
    match (facts.title(which), facts.card_url(which)) {
        (Some(text), Some(url)) => Span::Link { text, url },
        (Some(title), None) => Span::Bold(title),
        (None, _) => Span::Text("a card".to_owned()),
    }
}

/// What several have in common: `gist("card", "cards", "created")` is "card created", "cards created".
pub(super) fn gist(one: &str, many: &str, what: &str) -> Option<Gist> {
    let told = |noun: &str| [noun, what].join(" ").trim_end().to_owned();
    Some(Gist { one: told(one), many: told(many) })
}
