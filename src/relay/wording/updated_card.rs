//! What becomes of a card: `updateCard`, which is a dozen kinds in one. The move to another list comes first.

use super::changes::{self, Change, Clause, Thing, clause};
use super::{dates, place};
use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, card, gist};

/// As much of a description is shown.
const LONGEST_DESCRIPTION: usize = 300;

const fn change(field: &'static str, words: fn(&Facts, &Thing) -> Clause) -> Change {
    Change { field, words }
}

const CHANGES: &[Change] = &[
    change("idList", moved),
    change("closed", archived),
    change("name", renamed),
    change("desc", described),
    change("due", dates::due),
    change("dueComplete", completed),
    change("start", dates::start),
    change("idMembers", |_, card| about("changed the members of ", card)),
    change("idLabels", labelled),
    change("cover", covered),
    change("idAttachmentCover", covered),
    change("coordinates", place::set),
    change("locationName", place::set),
    change("address", place::set),
    change("isTemplate", made_a_template),
    change("pos", shifted),
    change("dueReminder", |_, card| about("changed the reminder of ", card)),
];

pub(in crate::relay) fn updated(facts: &Facts) -> Option<Message> {
    changes::told(facts, Thing::called("", Some(card(facts, "card"))), CHANGES)
}

/// "changed something of the card", in nobody's tone.
pub(super) fn about(what: &str, card: &Thing) -> Clause {
    clause(Sentence::default().text(what).then(card.it()), Tone::Plain, gist("card", "cards", "changed"))
}

fn moved(facts: &Facts, card: &Thing) -> Clause {
    let says = Sentence::default().text("moved ").then(card.it());
    let says = match facts.name(&["listBefore"]) {
        Some(before) => says.text(" from ").span(Span::Italic(before)),
        None => says,
    };
    let after = facts.name(&["listAfter"]).or_else(|| facts.name(&["list"]));
    let what = format!("moved to {}", after.as_deref().unwrap_or("another list"));
    clause(says.text(" to ").name(after, "another list"), Tone::Moved, gist("card", "cards", &what))
}

fn archived(facts: &Facts, card: &Thing) -> Clause {
    let says = Sentence::default();
    match now(facts, "closed") {
        Some(true) => clause(says.text("archived ").then(card.it()), Tone::Removed, gist("card", "cards", "archived")),
        Some(false) => {
            let says = says.text("sent ").then(card.it()).text(" back to the board");
            clause(says, Tone::New, gist("card", "cards", "sent back to the board"))
        }
        None => about("archived or sent back ", card),
    }
}

/// What a flag of the card is now; where only the old value is told, the opposite of that.
fn now(facts: &Facts, flag: &str) -> Option<bool> {
    facts.flag(&["card", flag]).or_else(|| facts.flag(&["old", flag]).map(|old| !old))
}

fn renamed(facts: &Facts, card: &Thing) -> Clause {
    clause(card.renamed(facts), Tone::Plain, gist("card", "cards", "renamed"))
}

fn described(facts: &Facts, card: &Thing) -> Clause {
    let new = facts.text(&["card", "desc"]);
    let what = match (facts.text(&["old", "desc"]), new) {
        (_, None) if facts.at(&["card", "desc"]).is_some() => "removed the description of ",
        (None, Some(_)) if facts.at(&["old", "desc"]).is_some() => "added a description to ",
        _ => "changed the description of ",
    };
    let says = Sentence::default().text(what).then(card.it()).quote(new, LONGEST_DESCRIPTION);
    clause(says, Tone::Plain, gist("description", "descriptions", "changed"))
}

fn completed(facts: &Facts, card: &Thing) -> Clause {
    let marked = |what: &str| Sentence::default().text("marked ").then(card.it()).text(what);
    match now(facts, "dueComplete") {
        Some(true) => clause(marked(" as complete"), Tone::Done, gist("card", "cards", "completed")),
        Some(false) => clause(marked(" as not complete"), Tone::Plain, gist("card", "cards", "not complete after all")),
        None => about("changed whether the work is done on ", card),
    }
}

fn labelled(facts: &Facts, card: &Thing) -> Clause {
    let count = |path: &[&str]| facts.at(path).and_then(|ids| ids.as_array()).map(Vec::len);
    let what = match (count(&["old", "idLabels"]), count(&["card", "idLabels"])) {
        (Some(old), Some(new)) if new == old + 1 => "put a label on ",
        (Some(old), Some(new)) if new + 1 == old => "took a label off ",
        _ => "changed the labels of ",
    };
    about(what, card)
}

/// A cover comes as `cover`, as the attachment that it shows, or as both.
fn covered(facts: &Facts, card: &Thing) -> Clause {
    let parts = [
        &["card", "cover", "idAttachment"][..],
        &["card", "cover", "color"],
        &["card", "cover", "idUploadedBackground"],
    ];
    let shown =
        facts.text(&["card", "idAttachmentCover"]).is_some() || parts.iter().any(|part| facts.text(part).is_some());
    let told =
        facts.at(&["card", "cover"]).is_some() || facts.activity.data.pointer("/card/idAttachmentCover").is_some();
    about(if told && !shown { "removed the cover of " } else { "changed the cover of " }, card)
}

fn made_a_template(facts: &Facts, card: &Thing) -> Clause {
    let made = |what: &str| Sentence::default().text("made ").then(card.it()).text(what);
    match now(facts, "isTemplate") {
        Some(true) => clause(made(" a template"), Tone::Plain, gist("card", "cards", "made templates")),
        _ => clause(made(" a card that is no template"), Tone::Plain, None),
    }
}

/// A small number is up.
fn shifted(facts: &Facts, card: &Thing) -> Clause {
    let number = |path: &[&str]| facts.at(path).and_then(serde_json::Value::as_f64);
    let where_to = match (number(&["old", "pos"]), number(&["card", "pos"])) {
        (Some(old), Some(new)) if new < old => " up in its list",
        (Some(old), Some(new)) if new > old => " down in its list",
        _ => " within its list",
    };
    let says = Sentence::default().text("moved ").then(card.it()).text(where_to);
    clause(says, Tone::Plain, gist("card", "cards", "moved within a list"))
}
