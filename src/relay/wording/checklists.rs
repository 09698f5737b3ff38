//! Checklists and their items.

use super::changes::{self, Change, Thing, clause};
use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn added(facts: &Facts) -> Option<Message> {
    let sentence = to_card(facts, checklist(facts, Sentence::by(facts).text(" added ")), " to ");
    Some(sentence.told(facts, Tone::New, gist("checklist", "checklists", "added")))
}

pub(in crate::relay) fn copied(facts: &Facts) -> Option<Message> {
    let sentence = checklist(facts, Sentence::by(facts).text(" added ")).text(" as a copy");
    let sentence = match facts.name(&["checklistSource"]) {
        Some(source) => sentence.text(" of ").span(Span::Italic(source)),
        None => sentence,
    };
    let sentence = to_card(facts, sentence, " to ");
    Some(sentence.told(facts, Tone::New, gist("checklist", "checklists", "added")))
}

pub(in crate::relay) fn removed(facts: &Facts) -> Option<Message> {
    let sentence = to_card(facts, checklist(facts, Sentence::by(facts).text(" removed ")), " from ");
    Some(sentence.told(facts, Tone::Removed, gist("checklist", "checklists", "removed")))
}

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    const CHANGES: &[Change] = &[Change {
        field: "name",
        words: |facts, list| clause(list.renamed(facts), Tone::Plain, gist("checklist", "checklists", "renamed")),
    }];
    let list = Thing::called("the checklist ", facts.name(&["checklist"]).map(Span::Italic));
    changes::told(facts, list.at(to_card(facts, Sentence::default(), " on ")), CHANGES)
}

pub(in crate::relay) fn item_added(facts: &Facts) -> Option<Message> {
    let sentence = item(facts, Sentence::by(facts).text(" added ")).text(" to ");
    let sentence = to_card(facts, checklist(facts, sentence), " on ");
    Some(sentence.told(facts, Tone::New, gist("checklist item", "checklist items", "added")))
}

pub(in crate::relay) fn item_removed(facts: &Facts) -> Option<Message> {
    let sentence = item(facts, Sentence::by(facts).text(" removed ")).text(" from ");
    let sentence = to_card(facts, checklist(facts, sentence), " on ");
    Some(sentence.told(facts, Tone::Removed, gist("checklist item", "checklist items", "removed")))
}

pub(in crate::relay) fn item_updated(facts: &Facts) -> Option<Message> {
    const CHANGES: &[Change] = &[Change {
        field: "name",
        words: |facts, item| {
            clause(item.renamed(facts), Tone::Plain, gist("checklist item", "checklist items", "renamed"))
        },
    }];
    let item = Thing::called("the checklist item ", facts.name(&["checkItem"]).map(Span::Italic));
    changes::told(facts, item.at(to_card(facts, Sentence::default(), " on ")), CHANGES)
}

pub(in crate::relay) fn item_marked(facts: &Facts) -> Option<Message> {
    let by = Sentence::by(facts);
    Some(match facts.text(&["checkItem", "state"]) {
        Some("complete") => to_card(facts, item(facts, by.text(" completed ")), " on ").told(
            facts,
            Tone::Done,
            gist("checklist item", "checklist items", "completed"),
        ),
        Some("incomplete") => to_card(facts, item(facts, by.text(" marked ")), " on ").text(" as not complete").told(
            facts,
            Tone::Plain,
            gist("checklist item", "checklist items", "not complete after all"),
        ),
        _ => to_card(facts, item(facts, by.text(" changed the state of ")), " on ").told(facts, Tone::Plain, None),
    })
}

fn checklist(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["checklist"]) {
        Some(name) => sentence.text("the checklist ").span(Span::Italic(name)),
        None => sentence.text("a checklist"),
    }
}

fn item(facts: &Facts, sentence: Sentence) -> Sentence {
    sentence.name(facts.name(&["checkItem"]), "a checklist item")
}

/// Not every action about a checklist names the card.
fn to_card(facts: &Facts, sentence: Sentence, joint: &str) -> Sentence {
    if facts.at(&["card"]).is_some() { sentence.text(joint).card(facts) } else { sentence }
}
