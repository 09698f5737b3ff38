//! Cards that come.

use crate::model::{Message, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn created(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" created ").card(facts);
    let sentence = match facts.name(&["list"]) {
        Some(list) => sentence.text(" in ").name(Some(list), ""),
        None => sentence,
    };
    Some(sentence.told(facts, Tone::New, gist("card", "cards", "created")))
}
