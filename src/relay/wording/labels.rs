//! Labels. Many have a colour and no name.

use super::changes::{self, Change, Clause, Thing, clause};
use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn put_on(facts: &Facts) -> Option<Message> {
    let what = format!("labelled {}", called(facts));
    let sentence = label(facts, Sentence::by(facts).text(" put ")).text(" on ").card(facts);
    Some(sentence.told(facts, Tone::Plain, gist("card", "cards", &what)))
}

pub(in crate::relay) fn taken_off(facts: &Facts) -> Option<Message> {
    let what = format!("no longer labelled {}", called(facts));
    let sentence = label(facts, Sentence::by(facts).text(" took ")).text(" off ").card(facts);
    Some(sentence.told(facts, Tone::Plain, gist("card", "cards", &what)))
}

pub(in crate::relay) fn created(facts: &Facts) -> Option<Message> {
    let sentence = label(facts, Sentence::by(facts).text(" created "));
    Some(sentence.told(facts, Tone::New, gist("label", "labels", "created")))
}

/// Trello does not say what it was called.
pub(in crate::relay) fn deleted(facts: &Facts) -> Option<Message> {
    let sentence = label(facts, Sentence::by(facts).text(" deleted "));
    Some(sentence.told(facts, Tone::Removed, gist("label", "labels", "deleted")))
}

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    const CHANGES: &[Change] = &[Change { field: "name", words: renamed }, Change { field: "color", words: coloured }];
    let name = facts.name(&["label"]).or_else(|| facts.word(&["label", "color"])).map(Span::Italic);
    changes::told(facts, Thing::called("the label ", name), CHANGES)
}

fn renamed(facts: &Facts, label: &Thing) -> Clause {
    clause(label.renamed(facts), Tone::Plain, gist("label", "labels", "renamed"))
}

fn coloured(facts: &Facts, label: &Thing) -> Clause {
    let says = Sentence::default().text("changed the colour of ").then(label.it());
    let colours = (facts.word(&["old", "color"]), facts.word(&["label", "color"]));
    let says = match colours {
        (Some(old), Some(new)) => says.text(&format!(" from {old} to {new}")),
        (None, Some(new)) => says.text(&format!(" to {new}")),
        (_, None) => says,
    };
    clause(says, Tone::Plain, gist("label", "labels", "changed"))
}

/// Its name, else its colour.
fn known(facts: &Facts) -> (Option<String>, Option<String>) {
    let name = facts.name(&["label"]).or_else(|| facts.word(&["text"]));
    (name, facts.word(&["label", "color"]).or_else(|| facts.word(&["value"])))
}

fn called(facts: &Facts) -> String {
    let (name, colour) = known(facts);
    name.or(colour).unwrap_or_else(|| "with something".to_owned())
}

fn label(facts: &Facts, sentence: Sentence) -> Sentence {
    match known(facts) {
        (Some(name), _) => sentence.text("the label ").span(Span::Italic(name)),
        (None, Some(colour)) => sentence.text(&format!("the {colour} label")),
        (None, None) => sentence.text("a label"),
    }
}
