//! What people say on cards.

use crate::model::{Message, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{LONGEST_QUOTE, Sentence, card, gist};

pub(in crate::relay) fn said(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" commented on ").card(facts).quote(facts.text(&["text"]), LONGEST_QUOTE);
    Some(sentence.told(facts, Tone::Said, gist("comment", "comments", "")))
}

pub(in crate::relay) fn edited(facts: &Facts) -> Option<Message> {
    let text = facts.text(&["action", "text"]).or_else(|| facts.text(&["text"]));
    let sentence = Sentence::by(facts).text(" edited a comment on ").card(facts).quote(text, LONGEST_QUOTE);
    Some(sentence.told(facts, Tone::Said, gist("comment", "comments", "edited")))
}

pub(in crate::relay) fn deleted(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" deleted a comment on ").card(facts);
    Some(sentence.told(facts, Tone::Removed, gist("comment", "comments", "deleted")))
}

pub(in crate::relay) fn copied(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" copied a comment");
    let sentence = match facts.member() {
        Some(author) => sentence.text(" by ").text(&author),
        None => sentence,
    };
    let sentence = match facts.title("cardSource") {
        Some(_) => sentence.text(" from ").span(card(facts, "cardSource")),
        None => sentence,
    };
    let sentence = sentence.text(" to ").card(facts).quote(facts.text(&["text"]), LONGEST_QUOTE);
    Some(sentence.told(facts, Tone::Said, gist("comment", "comments", "copied")))
}
