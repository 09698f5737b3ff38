//! Cards that come and go.

use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, card, gist};

pub(in crate::relay) fn created(facts: &Facts) -> Option<Message> {
    Some(new(facts, Sentence::by(facts).text(" created ").card(facts)))
}

pub(in crate::relay) fn mailed(facts: &Facts) -> Option<Message> {
    Some(new(facts, Sentence::by(facts).text(" created ").card(facts).text(" by e-mail")))
}

pub(in crate::relay) fn copied(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" created ").card(facts);
    let sentence = match facts.title("cardSource") {
        Some(_) => sentence.text(" as a copy of ").span(card(facts, "cardSource")),
        None => sentence.text(" as a copy"),
    };
    Some(new(facts, sentence))
}

pub(in crate::relay) fn converted(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" made ").card(facts).text(" out of a checklist item");
    let sentence = match facts.title("cardSource") {
        Some(_) => sentence.text(" of ").span(card(facts, "cardSource")),
        None => sentence,
    };
    Some(new(facts, sentence))
}

fn new(facts: &Facts, sentence: Sentence) -> Message {
    in_list(facts, sentence).told(facts, Tone::New, gist("card", "cards", "created"))
}

fn in_list(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["list"]) {
        Some(list) => sentence.text(" in ").span(Span::Italic(list)),
        None => sentence,
    }
}

pub(in crate::relay) fn came(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" moved ").card(facts).text(" here");
    let sentence = match facts.name(&["list"]) {
        Some(list) => sentence.text(", to ").span(Span::Italic(list)).text(","),
        None => sentence,
    };
    let sentence = sentence.text(" from ").name(facts.name(&["boardSource"]), "another board");
    Some(sentence.told(facts, Tone::New, gist("card", "cards", "moved here from another board")))
}

pub(in crate::relay) fn left(facts: &Facts) -> Option<Message> {
    let board = facts.name(&["boardTarget"]);
    let what = format!("moved to the board {}", board.as_deref().unwrap_or("elsewhere"));
    let sentence = Sentence::by(facts).text(" moved ").card(facts).text(" to the board ").name(board, "elsewhere");
    Some(sentence.told(facts, Tone::Removed, gist("card", "cards", &what)))
}

/// Trello does not say what it was called.
pub(in crate::relay) fn deleted(facts: &Facts) -> Option<Message> {
    let sentence = match facts.title("card") {
        Some(title) => Sentence::by(facts).text(" deleted the card ").span(Span::Bold(title)),
        None => Sentence::by(facts).text(" deleted a card"),
    };
    let sentence = match facts.name(&["list"]) {
        Some(list) => sentence.text(" from ").span(Span::Italic(list)),
        None => sentence,
    };
    let mut message = sentence.told(facts, Tone::Removed, gist("card", "cards", "deleted"));
    message.url = None;
    Some(message)
}
