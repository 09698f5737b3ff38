//! Custom fields, and what they say on cards.

use super::changes::{self, Change, Thing, clause};
use super::dates::moment;
use crate::model::{Message, Span, Tone};
use crate::relay::facts::{Facts, on_one_line};
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn created(facts: &Facts) -> Option<Message> {
    let sentence = field(facts, Sentence::by(facts).text(" created "));
    Some(sentence.told(facts, Tone::New, gist("custom field", "custom fields", "created")))
}

pub(in crate::relay) fn deleted(facts: &Facts) -> Option<Message> {
    let sentence = field(facts, Sentence::by(facts).text(" deleted "));
    Some(sentence.told(facts, Tone::Removed, gist("custom field", "custom fields", "deleted")))
}

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    const CHANGES: &[Change] = &[
        Change {
            field: "name",
            words: |facts, field| {
                clause(field.renamed(facts), Tone::Plain, gist("custom field", "custom fields", "renamed"))
            },
        },
        Change {
            field: "options",
            words: |_, field| {
                let says = Sentence::default().text("changed the options of ").then(field.it());
                clause(says, Tone::Plain, gist("custom field", "custom fields", "changed"))
            },
        },
    ];
    changes::told(facts, Thing::called("the custom field ", facts.name(&["customField"]).map(Span::Italic)), CHANGES)
}

pub(in crate::relay) fn filled(facts: &Facts) -> Option<Message> {
    let by = Sentence::by(facts);
    let name = facts.name(&["customField"]);
    let sentence = match (value(facts), facts.text(&["customFieldItem", "idValue"])) {
        (Some(value), _) => by.text(" set ").name(name, "a custom field").text(" to ").span(Span::Italic(value)),
        // A field with options says which by an id, and no more.
        (None, Some(_)) => by.text(" chose another ").name(name, "option"),
        (None, None) if facts.at(&["customFieldItem"]).is_some() => by.text(" cleared ").name(name, "a custom field"),
        (None, None) => by.text(" changed ").name(name, "a custom field"),
    };
    Some(sentence.text(" on ").card(facts).told(facts, Tone::Plain, gist("custom field", "custom fields", "filled in")))
}

/// What the field says: `{"number": "1"}`, `{"text": "…"}`, `{"checked": "true"}`, `{"date": "…"}`.
fn value(facts: &Facts) -> Option<String> {
    let value = facts.at(&["customFieldItem", "value"])?;
    let (kind, said) = value.as_object()?.iter().next()?;
    let said = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
    match (kind.as_str(), said.as_str()) {
        ("checked", "true") => Some("yes".to_owned()),
        ("checked", _) => Some("no".to_owned()),
        ("date", date) => on_one_line(&moment(date)),
        (_, said) => on_one_line(said),
    }
}

fn field(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["customField"]) {
        Some(name) => sentence.text("the custom field ").span(Span::Italic(name)),
        None => sentence.text("a custom field"),
    }
}
