//! Boards, and the Power-Ups on them.

use super::changes::{self, Change, Clause, Thing, clause};
use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn created(facts: &Facts) -> Option<Message> {
    let sentence = board(facts, Sentence::by(facts).text(" created "));
    Some(sentence.told(facts, Tone::New, gist("board", "boards", "created")))
}

pub(in crate::relay) fn copied(facts: &Facts) -> Option<Message> {
    let sentence = board(facts, Sentence::by(facts).text(" created ")).text(" as a copy");
    let sentence = match facts.name(&["boardSource"]) {
        Some(source) => sentence.text(" of ").span(Span::Italic(source)),
        None => sentence.text(" of another"),
    };
    Some(sentence.told(facts, Tone::New, gist("board", "boards", "created")))
}

pub(in crate::relay) fn joined_workspace(facts: &Facts) -> Option<Message> {
    let sentence = board(facts, Sentence::by(facts).text(" put ")).text(" into ");
    let sentence = workspace(facts, sentence);
    Some(sentence.told(facts, Tone::Plain, gist("board", "boards", "put into a workspace")))
}

pub(in crate::relay) fn left_workspace(facts: &Facts) -> Option<Message> {
    let sentence = board(facts, Sentence::by(facts).text(" took ")).text(" out of ");
    let sentence = workspace(facts, sentence);
    Some(sentence.told(facts, Tone::Plain, gist("board", "boards", "taken out of a workspace")))
}

pub(in crate::relay) fn power_up_on(facts: &Facts) -> Option<Message> {
    let sentence = power_up(facts, Sentence::by(facts).text(" switched ")).text(" on");
    Some(sentence.told(facts, Tone::Plain, gist("Power-Up", "Power-Ups", "switched on")))
}

pub(in crate::relay) fn power_up_off(facts: &Facts) -> Option<Message> {
    let sentence = power_up(facts, Sentence::by(facts).text(" switched ")).text(" off");
    Some(sentence.told(facts, Tone::Plain, gist("Power-Up", "Power-Ups", "switched off")))
}

pub(in crate::relay) fn preferred(facts: &Facts) -> Option<Message> {
    let sentence = board(facts, Sentence::by(facts).text(" changed the settings of "));
    Some(sentence.told(facts, Tone::Plain, gist("board setting", "board settings", "changed")))
}

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    const CHANGES: &[Change] = &[
        Change { field: "closed", words: closed },
        Change { field: "name", words: renamed },
        Change { field: "prefs.permissionLevel", words: shown_to },
        Change { field: "desc", words: described },
        Change { field: "prefs", words: set },
    ];
    changes::told(facts, Thing::called("the board ", facts.name(&["board"]).map(Span::Italic)), CHANGES)
}

fn closed(facts: &Facts, board: &Thing) -> Clause {
    let (what, tone) = match facts.flag(&["board", "closed"]).or_else(|| facts.flag(&["old", "closed"]).map(|old| !old))
    {
        Some(false) => ("reopened", Tone::New),
        _ => ("closed", Tone::Removed),
    };
    clause(Sentence::default().text(&format!("{what} ")).then(board.it()), tone, gist("board", "boards", what))
}

fn renamed(facts: &Facts, board: &Thing) -> Clause {
    clause(board.renamed(facts), Tone::Plain, gist("board", "boards", "renamed"))
}

/// Who may see a board is no noise, unlike its other settings.
fn shown_to(facts: &Facts, board: &Thing) -> Clause {
    let says = Sentence::default().text("made ").then(board.it());
    let says = match facts.text(&["board", "prefs", "permissionLevel"]) {
        Some("public") => says.text(" public"),
        Some("private") => says.text(" private"),
        Some("org" | "enterprise") => says.text(" visible to its workspace"),
        _ => Sentence::default().text("changed who may see ").then(board.it()),
    };
    clause(says, Tone::Plain, gist("board", "boards", "shown to others"))
}

fn described(facts: &Facts, board: &Thing) -> Clause {
    let what = match (facts.text(&["board", "desc"]), facts.at(&["board", "desc"])) {
        (None, Some(_)) => "removed the description of ",
        _ => "changed the description of ",
    };
    let says = Sentence::default().text(what).then(board.it()).quote(facts.text(&["board", "desc"]), 300);
    clause(says, Tone::Plain, gist("board description", "board descriptions", "changed"))
}

fn set(facts: &Facts, board: &Thing) -> Clause {
    let old = facts.at(&["old", "prefs"]).and_then(|prefs| prefs.as_object());
    let background = old.is_some_and(|old| !old.is_empty() && old.keys().all(|key| key.starts_with("background")));
    let what = if background { "changed the background of " } else { "changed the settings of " };
    let says = Sentence::default().text(what).then(board.it());
    clause(says, Tone::Plain, gist("board setting", "board settings", "changed"))
}

fn board(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["board"]) {
        Some(name) => sentence.text("the board ").span(Span::Italic(name)),
        None => sentence.text("the board"),
    }
}

fn workspace(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["organization"]) {
        Some(name) => sentence.text("the workspace ").span(Span::Italic(name)),
        None => sentence.text("a workspace"),
    }
}

/// A Power-Up of today is a plugin with a name; the first ones were words: `calendar`, `voting`.
fn power_up(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["plugin"]).or_else(|| facts.word(&["value"])) {
        Some(name) => sentence.text("the Power-Up ").span(Span::Italic(name)),
        None => sentence.text("a Power-Up"),
    }
}
