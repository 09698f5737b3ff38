//! How answers are put. Pure.

use super::parse::{self, Asked, Usage};
use super::pick::{Pick, pick};
use crate::model::{Message, Span, Tone};

/// An answer, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<Span>);

impl Text {
    pub(super) fn new() -> Self {
        Text::default()
    }

    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Text(text.into()));
        self
    }

    pub(super) fn bold(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Bold(text.into()));
        self
    }

    pub(super) fn italic(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Italic(text.into()));
        self
    }

    pub(super) fn code(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Code(text.into()));
        self
    }

    pub(super) fn quote(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Quote(text.into()));
        self
    }

    pub(super) fn link(mut self, text: impl Into<String>, url: &str) -> Self {
        let text = text.into();
        self.0.push(if url.is_empty() { Span::Text(text) } else { Span::Link { text, url: url.to_owned() } });
        self
    }

    pub(super) fn line(mut self) -> Self {
        self.0.push(Span::Break);
        self
    }

    pub(super) fn message(self) -> Message {
        Message { spans: self.0, ..Message::default() }
    }

    pub(super) fn with_tone(self, tone: Tone) -> Message {
        Message { tone, ..self.message() }
    }
}

/// A sentence; what stands between backticks is literal.
pub(super) fn sentence(text: impl AsRef<str>) -> Message {
    let mut said = Text::new();
    for (at, piece) in text.as_ref().split('`').enumerate().filter(|(_, piece)| !piece.is_empty()) {
        said = if at % 2 == 1 { said.code(piece) } else { said.text(piece) };
    }
    said.message()
}

/// How a command is written.
pub(super) fn usage(usage: &Usage) -> Message {
    Text::new().text("Please say ").code(written(usage)).text(format!(": {}.", usage.does)).message()
}

pub(super) fn written(usage: &Usage) -> String {
    format!("{} {}", usage.word, usage.follows).trim_end().to_owned()
}

/// That nothing answers to a word.
pub(super) fn unknown(asked: Option<&Asked>) -> Message {
    let word = asked.map_or("", |asked| asked.typed.as_str());
    if word.is_empty() {
        return Text::new()
            .text("What would you like to know? ")
            .code("help")
            .text(" lists what I understand.")
            .message();
    }
    let word: String = word.chars().take(40).collect();
    let text = Text::new().text("I do not know ").code(word.clone());
    let near = match pick(&word, parse::USAGES, |usage| vec![usage.word.to_owned()]) {
        Pick::One(one) => vec![one],
        Pick::Several(near) | Pick::None(near) => near,
    };
    let text = match near.first() {
        Some(near) => text.text("; did you mean ").code(near.word).text("? "),
        None => text.text(". "),
    };
    text.code("help").text(" lists what I understand.").message()
}

/// Names in one sentence: `*To do*, *Doing* or *Done*`.
pub(super) fn choices(mut text: Text, names: &[String]) -> Text {
    for (at, name) in names.iter().enumerate() {
        text = match at {
            0 => text,
            _ if at + 1 == names.len() => text.text(" or "),
            _ => text.text(", "),
        };
        text = text.italic(name.clone());
    }
    text
}

/// `1 card`, `5 cards`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(word: &str) -> Asked {
        Asked { word: word.to_lowercase(), typed: word.to_owned(), query: String::new() }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_nearest() {
        assert_eq!(
            unknown(Some(&asked("Moev"))).plain(),
            "I do not know Moev; did you mean move? help lists what I understand."
        );
        assert_eq!(unknown(Some(&asked("weather"))).plain(), "I do not know weather. help lists what I understand.");
        assert_eq!(unknown(Some(&asked(""))).plain(), "What would you like to know? help lists what I understand.");
    }

    #[test]
    fn choices_are_a_sentence() {
        let names = ["To do", "Doing", "Done"].map(str::to_owned);
        assert_eq!(choices(Text::new(), &names).message().plain(), "To do, Doing or Done");
        assert_eq!(choices(Text::new(), &names[..1]).message().plain(), "To do");
    }
}
