//! Lists.

use super::changes::{self, Change, Clause, Thing, clause};
use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn created(facts: &Facts) -> Option<Message> {
    let sentence = list(facts, Sentence::by(facts).text(" created "));
    Some(sentence.told(facts, Tone::New, gist("list", "lists", "created")))
}

pub(in crate::relay) fn came(facts: &Facts) -> Option<Message> {
    let sentence = list(facts, Sentence::by(facts).text(" moved ")).text(" here from ");
    let sentence = sentence.name(facts.name(&["boardSource"]), "another board");
    Some(sentence.told(facts, Tone::New, gist("list", "lists", "moved here from another board")))
}

pub(in crate::relay) fn left(facts: &Facts) -> Option<Message> {
    let sentence = list(facts, Sentence::by(facts).text(" moved ")).text(" to ");
    let sentence = match facts.name(&["boardTarget"]) {
        Some(board) => sentence.text("the board ").span(Span::Italic(board)),
        None => sentence.text("another board"),
    };
    Some(sentence.told(facts, Tone::Removed, gist("list", "lists", "moved to another board")))
}

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    const CHANGES: &[Change] = &[
        Change { field: "closed", words: archived },
        Change { field: "name", words: renamed },
        Change { field: "pos", words: shifted },
        Change { field: "softLimit", words: limited },
    ];
    changes::told(facts, Thing::called("the list ", facts.name(&["list"]).map(Span::Italic)), CHANGES)
}

fn archived(facts: &Facts, list: &Thing) -> Clause {
    match facts.flag(&["list", "closed"]).or_else(|| facts.flag(&["old", "closed"]).map(|old| !old)) {
        Some(false) => {
            let says = Sentence::default().text("sent ").then(list.it()).text(" back to the board");
            clause(says, Tone::New, gist("list", "lists", "sent back to the board"))
        }
        _ => {
            let says = Sentence::default().text("archived ").then(list.it());
            clause(says, Tone::Removed, gist("list", "lists", "archived"))
        }
    }
}

fn renamed(facts: &Facts, list: &Thing) -> Clause {
    clause(list.renamed(facts), Tone::Plain, gist("list", "lists", "renamed"))
}

/// A small number is on the left.
fn shifted(facts: &Facts, list: &Thing) -> Clause {
    let number = |path: &[&str]| facts.at(path).and_then(serde_json::Value::as_f64);
    let where_to = match (number(&["old", "pos"]), number(&["list", "pos"])) {
        (Some(old), Some(new)) if new < old => " to the left",
        (Some(old), Some(new)) if new > old => " to the right",
        _ => " to another place",
    };
    let says = Sentence::default().text("moved ").then(list.it()).text(where_to);
    clause(says, Tone::Plain, gist("list", "lists", "moved"))
}

fn limited(_: &Facts, list: &Thing) -> Clause {
    let says = Sentence::default().text("changed the limit of ").then(list.it());
    clause(says, Tone::Plain, gist("list", "lists", "changed"))
}

fn list(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["list"]) {
        Some(name) => sentence.text("the list ").span(Span::Italic(name)),
        None => sentence.text("a list"),
    }
}
