//! Updates: worded by what changed, everything that changed in one sentence. "Ana moved Boiler from To do to Done and
//! removed its due date".

use crate::model::{Gist, Message, Span, Tone};
use crate::relay::facets::loud;
use crate::relay::facts::{Facts, on_one_line};
use crate::relay::sentence::Sentence;
use crate::text::card_name::spoken;

/// What is updated, as a sentence names it: by name the first time, as "it" from then on.
#[derive(Clone)]
pub(super) struct Thing {
    /// "the list "; nothing for a card, whose name is enough.
    noun: &'static str,
    name: Option<Span>,
    /// Where it is: " on Boiler".
    place: Sentence,
    again: bool,
}

impl Thing {
    /// A thing with a name, or without: "the list To do", "the list".
    pub(super) fn called(noun: &'static str, name: Option<Span>) -> Self {
        Thing { noun, name, place: Sentence::default(), again: false }
    }

    /// Where it is.
    pub(super) fn at(self, place: Sentence) -> Self {
        Thing { place, ..self }
    }

    /// The thing.
    pub(super) fn it(&self) -> Sentence {
        if self.again {
            return Sentence::default().text("it");
        }
        let noun = Sentence::default().text(if self.name.is_some() { self.noun } else { self.noun.trim_end() });
        self.name.clone().into_iter().fold(noun, Sentence::span).then(self.place.clone())
    }

    /// "renamed the list To do to Doing"; `facts` know its old name.
    pub(super) fn renamed(&self, facts: &Facts) -> Sentence {
        let renamed = Sentence::default().text("renamed ");
        let old = facts.word(&["old", "name"]).map(|old| spoken(&old).into_owned());
        match (old, self.name.clone()) {
            (Some(old), _) if self.again => renamed.text("it (it was ").span(Span::Italic(old)).text(")"),
            (Some(old), Some(name)) => {
                renamed.text(self.noun).span(Span::Italic(old)).text(" to ").span(name).then(self.place.clone())
            }
            _ => renamed.then(self.it()),
        }
    }
}

/// One thing that somebody did: "moved Boiler to Done".
pub(super) struct Clause {
    says: Sentence,
    tone: Tone,
    gist: Option<Gist>,
}

pub(super) fn clause(says: Sentence, tone: Tone, gist: Option<Gist>) -> Clause {
    Clause { says, tone, gist }
}

/// A field that can change, and the words for it.
pub(super) struct Change {
    pub(super) field: &'static str,
    pub(super) words: fn(&Facts, &Thing) -> Clause,
}

/// The update in words: the fields of `changes` in their order, then those that nobody knows. What is noise is left
/// out where there is anything else. `None`: it does not say what changed.
pub(super) fn told(facts: &Facts, mut thing: Thing, changes: &[Change]) -> Option<Message> {
    let changed = loud(facts.activity);
    let mut clauses: Vec<Clause> = Vec::new();
    for change in changes.iter().filter(|change| changed.contains(&change.field)) {
        let clause = (change.words)(facts, &thing);
        // Two fields may be one thing to people: a cover is both a field and an attachment.
        let as_first = (change.words)(facts, &Thing { again: false, ..thing.clone() });
        if clauses.iter().all(|told| told.says != clause.says && told.says != as_first.says) {
            clauses.push(clause);
        }
        thing.again = true;
    }
    for field in changed.into_iter().filter(|field| changes.iter().all(|change| change.field != *field)) {
        let field = on_one_line(field).unwrap_or_else(|| "something".to_owned());
        let says = Sentence::default().text("changed ").span(Span::Code(field)).text(" of ").then(thing.it());
        clauses.push(clause(says, Tone::Plain, None));
        thing.again = true;
    }
    joined(facts, clauses)
}

/// "Ana did this, that and something else": a message of the tone and gist of what comes first.
fn joined(facts: &Facts, clauses: Vec<Clause>) -> Option<Message> {
    let last = clauses.len().checked_sub(1)?;
    let (tone, gist) = (clauses[0].tone, clauses[0].gist.clone());
    let mut sentence = Sentence::by(facts);
    for (at, clause) in clauses.into_iter().enumerate() {
        let before = match at {
            0 => " ",
            at if at == last => " and ",
            _ => ", ",
        };
        sentence = sentence.text(before).then(clause.says);
    }
    Some(sentence.told(facts, tone, gist))
}
