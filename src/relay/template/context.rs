//! What a template may speak of. Every name is always there; what the activity does not say is `none`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Serde, Value};

use super::markup;
use crate::model::Activity;
use crate::relay::facets::loud;
use crate::relay::facts::{Facts, without_mark};
use crate::relay::wording::moment;
use crate::text::cut;

/// As much of a comment is shown.
const LONGEST_COMMENT: usize = 1_000;

/// The names.
pub(super) const NAMES: &[&str] = &[
    "member",
    "about",
    "card",
    "source",
    "list",
    "list_before",
    "list_after",
    "board",
    "comment",
    "old",
    "new",
    "changed",
    "item",
    "checklist",
    "label",
    "attachment",
    "kind",
    "at",
    "data",
];

/// What a thing may have.
const PARTS: &[&str] = &["name", "username", "link", "number", "url", "state", "color"];

pub(super) fn parts() -> impl Iterator<Item = &'static str> {
    PARTS.iter().copied()
}

/// All of it, for one activity.
pub(super) fn of(activity: &Activity) -> Value {
    let activity = markup::disarmed(activity);
    let facts = Facts::of(&activity);
    let data = |path: &[&str]| facts.at(path).map_or_else(none, |value| Value::from(Serde(value)));
    let context: BTreeMap<&'static str, Value> = [
        ("member", person(Some(facts.actor()), activity.actor.as_ref().map(|who| who.username.clone()))),
        ("about", person(facts.member(), activity.member.as_ref().map(|who| who.username.clone()))),
        ("card", card(&facts, "card")),
        ("source", card(&facts, "cardSource")),
        ("list", named(facts.name(&["list"]).or_else(|| facts.name(&["listAfter"])), [])),
        ("list_before", named(facts.name(&["listBefore"]), [])),
        ("list_after", named(facts.name(&["listAfter"]), [])),
        ("board", board(&facts)),
        ("comment", comment(&facts)),
        ("old", data(&["old"])),
        ("new", new(&facts)),
        ("changed", Value::from(loud(&activity).into_iter().map(str::to_owned).collect::<Vec<_>>())),
        ("item", named(facts.name(&["checkItem"]), [("state", data(&["checkItem", "state"]))])),
        ("checklist", named(facts.name(&["checklist"]), [])),
        ("label", label(&facts)),
        ("attachment", attachment(&facts)),
        ("kind", Value::from(activity.kind.clone())),
        ("at", Value::from(moment(&activity.at.to_string()))),
        ("data", Value::from(Serde(&activity.data))),
    ]
    .into();
    Value::from(context)
}

fn none() -> Value {
    Value::from(())
}

/// Something with a name, which is also what it is printed as.
#[derive(Debug)]
struct Thing {
    name: String,
    parts: BTreeMap<&'static str, Value>,
}

impl Object for Thing {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => Some(Value::from(self.name.clone())),
            part => self.parts.get(part).cloned(),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(["name"].into_iter().chain(self.parts.keys().copied()).map(Value::from).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn named<const N: usize>(name: Option<String>, parts: [(&'static str, Value); N]) -> Value {
    match name {
        Some(name) => Value::from_object(Thing { name, parts: parts.into() }),
        None => none(),
    }
}

fn person(name: Option<String>, username: Option<String>) -> Value {
    named(name, [("username", username.filter(|name| !name.is_empty()).map_or_else(none, Value::from))])
}

fn card(facts: &Facts, which: &str) -> Value {
    let title = facts.title(which);
    let link = title.as_deref().map(|title| match facts.card_url(which) {
        Some(url) => markup::link(title, &url),
        None => markup::bold(title),
    });
    let number = facts.at(&[which, "idShort"]).and_then(|number| number.as_i64()).map_or_else(none, Value::from);
    let url = facts.card_url(which).map_or_else(none, Value::from);
    named(title, [("link", link.map_or_else(none, Value::from)), ("number", number), ("url", url)])
}

fn board(facts: &Facts) -> Value {
    let name = facts.name(&["board"]);
    let url = facts.short_link("board").map(|link| format!("https://trello.com/b/{link}"));
    let link = match (&name, &url) {
        (Some(name), Some(url)) => Value::from(markup::link(name, url)),
        (name, _) => name.clone().map_or_else(none, Value::from),
    };
    named(name, [("link", link), ("url", url.map_or_else(none, Value::from))])
}

fn comment(facts: &Facts) -> Value {
    let text = facts.text(&["action", "text"]).or_else(|| facts.text(&["text"]));
    text.map_or_else(none, |text| Value::from(cut(without_mark(text), LONGEST_COMMENT, "…").into_owned()))
}

/// The new values of what changed.
fn new(facts: &Facts) -> Value {
    let subject = match facts.activity.kind.as_str() {
        "updateList" => "list",
        "updateBoard" => "board",
        "updateChecklist" => "checklist",
        "updateCheckItem" => "checkItem",
        "updateLabel" => "label",
        "updateComment" => "action",
        "updateCustomField" => "customField",
        "updateCustomFieldItem" => "customFieldItem",
        "updateOrganization" => "organization",
        _ => "card",
    };
    let now = |field: &str| facts.at(&[subject, field]).map_or_else(none, |value| Value::from(Serde(value)));
    let new: BTreeMap<String, Value> = facts.activity.changed().map(|field| (field.to_owned(), now(field))).collect();
    Value::from(new)
}

fn label(facts: &Facts) -> Value {
    let color = facts.word(&["label", "color"]).or_else(|| facts.word(&["value"]));
    let name = facts.name(&["label"]).or_else(|| color.clone()).filter(|_| facts.at(&["label"]).is_some());
    named(name, [("color", color.map_or_else(none, Value::from))])
}

fn attachment(facts: &Facts) -> Value {
    let url = facts.web_address(&["attachment", "url"]);
    let name = facts.name(&["attachment"]).or_else(|| url.clone());
    let link = match (&name, &url) {
        (Some(name), Some(url)) => Value::from(markup::link(name, url)),
        (name, _) => name.clone().map_or_else(none, Value::from),
    };
    named(name, [("link", link), ("url", url.map_or_else(none, Value::from))])
}
