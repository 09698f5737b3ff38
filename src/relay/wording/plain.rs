//! Kinds that nobody knows yet: who did what, in Trello's own word for it, and to what.

use crate::model::{Message, Span, Tone};
use crate::relay::facts::{Facts, on_one_line};
use crate::relay::sentence::Sentence;

pub(super) fn told(facts: &Facts) -> Message {
    let kind = on_one_line(&facts.activity.kind).unwrap_or_else(|| "something".to_owned());
    let sentence = Sentence::by(facts).text(" did ").span(Span::Code(kind));
    let sentence = match facts.at(&["card"]) {
        Some(_) => sentence.text(" on ").card(facts),
        None => sentence,
    };
    sentence.told(facts, Tone::Plain, None)
}
