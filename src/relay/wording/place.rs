//! Where on the map a card is.

use super::changes::{Clause, Thing, clause};
use crate::model::{Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(super) fn set(facts: &Facts, card: &Thing) -> Clause {
    let of = |what: &str| Sentence::default().text(what).text(" the location of ").then(card.it());
    let place = facts.word(&["card", "locationName"]).or_else(|| facts.word(&["card", "address"]));
    let parts =
        ["coordinates", "locationName", "address"].map(|part| facts.activity.data.pointer(&format!("/card/{part}")));
    let gone = |part: &serde_json::Value| part.is_null() || part == "";
    let says = match place {
        Some(place) => of("set").text(" to ").span(Span::Italic(place)),
        None if parts.iter().any(Option::is_some) && parts.into_iter().flatten().all(gone) => of("removed"),
        None => of("changed"),
    };
    clause(says, Tone::Plain, gist("location", "locations", "changed"))
}
