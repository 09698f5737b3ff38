//! A made-up activity on which a template is tried before it is needed. It says what an activity of its kind can say
//! and nothing else, so a template that asks a new card for its checklist fails at start, and not in the night.

use std::collections::BTreeSet;

use minijinja::Environment;
use serde_json::{Value, json};

use super::context::NAMES;
use super::fault::{self, BadTemplate};
use crate::model::Activity;

/// An id of Trello's form.
const ID: &str = "0123456789abcdef01234567";

/// Parts of `data`, and the words of which a kind must contain one to have them.
const PARTS: &[(&str, &[&str])] = &[
    ("card", &["Card", "Check", "omment", "CustomFieldItem"]),
    ("cardSource", &["copyCard", "copyCommentCard", "convertToCard"]),
    ("list", &["List", "Card", "Comment"]),
    ("listBefore", &["updateCard"]),
    ("listAfter", &["updateCard"]),
    ("checklist", &["heck"]),
    ("checkItem", &["CheckItem"]),
    ("label", &["Label"]),
    ("attachment", &["Attachment"]),
    ("text", &["commentCard", "copyCommentCard", "Label"]),
    ("action", &["updateComment", "deleteComment"]),
    ("customField", &["CustomField"]),
    ("customFieldItem", &["CustomFieldItem"]),
    ("member", &["Member", "Admin", "Observer", "Invitation"]),
    ("old", &["update"]),
];

/// An activity of a kind, or sub-kind, that says all that one can.
pub(super) fn activity(name: &str) -> Option<Activity> {
    let (kind, facet) = name.split_once(':').map_or((name, None), |(kind, facet)| (kind, Some(facet)));
    let mut data = everything(facet);
    data.as_object_mut()?.retain(|part, _| says(kind, facet, part));
    if let (Some(old), Some(facet)) = (data.get_mut("old").and_then(Value::as_object_mut), facet) {
        old.retain(|field, _| field == facet);
        old.entry(facet).or_insert_with(|| json!("before"));
    }
    let ana = json!({"id": ID, "name": "Ana", "username": "ana"});
    let member = data.get("member").map(|_| ana.clone());
    let activity =
        json!({"id": ID, "kind": kind, "at": 1_600_000_000_000_000_i64, "actor": ana, "member": member, "data": data});
    serde_json::from_value(activity).ok()
}

fn says(kind: &str, facet: Option<&str>, part: &str) -> bool {
    let may = PARTS
        .iter()
        .find(|(name, _)| *name == part)
        .is_none_or(|(_, words)| words.iter().any(|word| kind.contains(word)));
    let both_lists = matches!(part, "listBefore" | "listAfter");
    may && !(both_lists && facet.is_some_and(|facet| facet != "idList"))
}

fn everything(facet: Option<&str>) -> Value {
    let state = facet.unwrap_or("complete");
    let card = json!({
        "id": ID, "idShort": 7, "name": "Boiler", "shortLink": "AbCd1234", "idList": ID, "desc": "It is cold.", "closed": true,
        "due": "2026-11-28T12:00:00.000Z", "dueComplete": true, "start": "2026-11-28T12:00:00.000Z", "dueReminder": 60,
        "pos": 2, "idLabels": [ID], "idMembers": [ID], "idAttachmentCover": ID, "cover": {"color": "green"},
        "coordinates": {"latitude": 1, "longitude": 2}, "address": "Cellar", "locationName": "Cellar", "isTemplate": true,
    });
    let mut old = card.clone();
    for gone in ["id", "idShort", "shortLink"] {
        old.as_object_mut().and_then(|old| old.remove(gone));
    }
    let named = |name: &str| {
        json!({
            "id": ID, "name": name, "color": "red", "closed": true, "pos": 2, "desc": "Warm.", "prefs": {"background": "blue"},
            "shortLink": "AbCd1234", "state": state, "url": "https://example.com/pump.pdf", "type": "number", "options": [],
            "displayName": name, "idValue": null, "value": {"number": "1"}, "text": "It is warm.",
        })
    };
    for field in ["color", "prefs", "text", "options", "value", "idValue"] {
        old[field] = named("")[field].clone();
    }
    json!({
        "card": card, "cardSource": card, "old": old, "text": "It is warm.", "value": "red", "board": named("Heating"),
        "list": named("Doing"), "listBefore": named("To do"), "listAfter": named("Doing"), "checklist": named("Steps"),
        "checkItem": named("Bleed it"), "label": named("urgent"), "attachment": named("pump.pdf"), "action": named(""),
        "customField": named("Points"), "customFieldItem": named(""), "member": named("Ana"), "idMember": ID,
        "organization": named("Team"), "plugin": named("Calendar"), "boardSource": named("Cellar"),
        "boardTarget": named("Cellar"),
    })
}

/// Holds a template's names against those that there are, in the branches too that no trial comes to.
pub(super) fn names(environment: &Environment, kind: &str, source: &str) -> Result<(), BadTemplate> {
    let Ok(template) = environment.get_template(kind) else { return Ok(()) };
    let globals: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let known = |name: &str| NAMES.contains(&name) || globals.contains(name);
    let unknown: BTreeSet<String> =
        template.undeclared_variables(false).into_iter().filter(|name| !known(name)).collect();
    let Some(first) = unknown.into_iter().min_by_key(|name| place(source, name)) else { return Ok(()) };
    let start = place(source, &first);
    Err(fault::at(kind, source, start..start + first.len(), &fault::unknown(&first)))
}

/// Where a name stands for the first time, by itself, behind the first brace.
fn place(source: &str, name: &str) -> usize {
    let inside = source.find('{').unwrap_or(0);
    let by_itself = |at: &usize| {
        let around = [source[..*at].chars().next_back(), source[at + name.len()..].chars().next()];
        around.into_iter().flatten().all(|c| !c.is_alphanumeric() && c != '_')
    };
    let found = source.match_indices(name).map(|(at, _)| at).filter(|at| *at >= inside);
    found.clone().find(by_itself).or_else(|| found.clone().next()).unwrap_or(0)
}
