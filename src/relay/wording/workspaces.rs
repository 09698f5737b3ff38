//! Workspaces (Trello's `organization`) and enterprises. A board's feed hardly ever has these.

use super::people::{gists, who};
use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::Sentence;

pub(in crate::relay) fn created(facts: &Facts) -> Option<Message> {
    told(facts, Tone::New, " created ", "")
}

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Plain, " changed ", "")
}

pub(in crate::relay) fn joined(facts: &Facts) -> Option<Message> {
    told(facts, Tone::New, &format!(" added {} to ", who(facts)), "")
}

pub(in crate::relay) fn left(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Removed, &format!(" removed {} from ", who(facts)), "")
}

pub(in crate::relay) fn admin(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Plain, &format!(" made {} an admin of ", who(facts)), "")
}

pub(in crate::relay) fn normal(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Plain, &format!(" made {} a normal member of ", who(facts)), "")
}

pub(in crate::relay) fn invited(facts: &Facts) -> Option<Message> {
    told(facts, Tone::New, &format!(" invited {} to ", who(facts)), "")
}

pub(in crate::relay) fn uninvited(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Removed, " took back an invitation to ", "")
}

pub(in crate::relay) fn joined_enterprise(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Plain, " put ", " into an enterprise")
}

pub(in crate::relay) fn left_enterprise(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Plain, " took ", " out of an enterprise")
}

pub(in crate::relay) fn accepted_enterprise(facts: &Facts) -> Option<Message> {
    told(facts, Tone::Plain, " took ", " into an enterprise, as it had asked")
}

pub(in crate::relay) fn plugins_changed(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" changed which Power-Ups an enterprise allows");
    Some(sentence.told(facts, Tone::Plain, None))
}

fn told(facts: &Facts, tone: Tone, before: &str, after: &str) -> Option<Message> {
    let sentence = Sentence::by(facts).text(before);
    let sentence = match facts.name(&["organization"]) {
        Some(name) => sentence.text("the workspace ").span(Span::Italic(name)),
        None => sentence.text("a workspace"),
    };
    Some(sentence.text(after).told(facts, tone, gists("workspace changed", "changes to workspaces")))
}
