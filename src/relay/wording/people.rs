//! Who joins and leaves, and what they may do.

use crate::model::{Gist, Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn joined_card(facts: &Facts) -> Option<Message> {
    Some(joined(facts).card(facts).told(facts, Tone::New, gists("member joined a card", "members joined cards")))
}

pub(in crate::relay) fn left_card(facts: &Facts) -> Option<Message> {
    Some(left(facts).card(facts).told(facts, Tone::Removed, gists("member left a card", "members left cards")))
}

pub(in crate::relay) fn joined_board(facts: &Facts) -> Option<Message> {
    let sentence = match facts.text(&["memberType"]) {
        Some("admin") => board(facts, joined(facts)).text(" as an admin"),
        Some("observer") => board(facts, joined(facts)).text(" as an observer"),
        _ => board(facts, joined(facts)),
    };
    Some(sentence.told(facts, Tone::New, gists("member joined a board", "members joined a board")))
}

pub(in crate::relay) fn left_board(facts: &Facts) -> Option<Message> {
    Some(board(facts, left(facts)).told(facts, Tone::Removed, gists("member left a board", "members left a board")))
}

/// "Ana joined", or "Ana added Bo to".
fn joined(facts: &Facts) -> Sentence {
    match facts.about_actor() {
        true => Sentence::by(facts).text(" joined "),
        false => Sentence::by(facts).text(" added ").text(&who(facts)).text(" to "),
    }
}

/// "Ana left", or "Ana removed Bo from".
fn left(facts: &Facts) -> Sentence {
    match facts.about_actor() {
        true => Sentence::by(facts).text(" left "),
        false => Sentence::by(facts).text(" removed ").text(&who(facts)).text(" from "),
    }
}

pub(in crate::relay) fn admin(facts: &Facts) -> Option<Message> {
    made(facts, "an admin")
}

pub(in crate::relay) fn normal(facts: &Facts) -> Option<Message> {
    made(facts, "a normal member")
}

pub(in crate::relay) fn observer(facts: &Facts) -> Option<Message> {
    made(facts, "an observer")
}

fn made(facts: &Facts, what: &str) -> Option<Message> {
    let sentence = Sentence::by(facts).text(&format!(" made {} {what} of ", who(facts)));
    Some(board(facts, sentence).told(facts, Tone::Plain, gists("member's role changed", "members' roles changed")))
}

pub(in crate::relay) fn invited(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(&format!(" invited {} to ", who(facts)));
    Some(board(facts, sentence).told(facts, Tone::New, gist("invitation", "invitations", "")))
}

pub(in crate::relay) fn uninvited(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" took back an invitation to ");
    Some(board(facts, sentence).told(facts, Tone::Removed, gist("invitation", "invitations", "taken back")))
}

pub(in crate::relay) fn voted(facts: &Facts) -> Option<Message> {
    let sentence = match facts.flag(&["voted"]) {
        Some(false) => Sentence::by(facts).text(" took back a vote for ").card(facts),
        _ => Sentence::by(facts).text(" voted for ").card(facts),
    };
    Some(sentence.told(facts, Tone::Plain, gist("vote", "votes", "")))
}

pub(in crate::relay) fn signed_up(facts: &Facts) -> Option<Message> {
    Some(Sentence::by(facts).text(" joined Trello").told(facts, Tone::New, gist("member", "members", "joined Trello")))
}

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" changed their profile");
    Some(sentence.told(facts, Tone::Plain, gist("profile", "profiles", "changed")))
}

pub(super) fn who(facts: &Facts) -> String {
    facts.member().unwrap_or_else(|| "somebody".to_owned())
}

fn board(facts: &Facts, sentence: Sentence) -> Sentence {
    match facts.name(&["board"]) {
        Some(board) => sentence.text("the board ").span(Span::Italic(board)),
        None => sentence.text("the board"),
    }
}

pub(super) fn gists(one: &str, many: &str) -> Option<Gist> {
    Some(Gist { one: one.to_owned(), many: many.to_owned() })
}
