//! Sub-kinds: what an activity is, more closely than by its kind. What an update changed is one (`updateCard:idList`),
//! and so is what became of a check item; some are noise.

use super::facts::Facts;
use super::kinds::{find, kinds};
use super::nearest::nearest;
use crate::model::Activity;

/// The sub-kinds that we know. Others are told too, where their kind is wanted, and cannot be named by themselves: a
/// slip of the pen would otherwise be a filter that lets nothing through.
const SUB_KINDS: &[(&str, &[&str])] = &[
    (
        "updateCard",
        &[
            "idList",
            "closed",
            "name",
            "desc",
            "due",
            "dueComplete",
            "start",
            "idMembers",
            "idLabels",
            "cover",
            "idAttachmentCover",
            "coordinates",
            "locationName",
            "address",
            "isTemplate",
            "pos",
            "dueReminder",
            "subscribed",
            "cardRole",
        ],
    ),
    ("updateCheckItemStateOnCard", &["complete", "incomplete"]),
    ("updateComment", &["text"]),
    ("updateChecklist", &["name", "pos"]),
    ("updateCheckItem", &["name", "pos", "due", "idMember", "state"]),
    ("updateLabel", &["name", "color"]),
    ("updateList", &["name", "closed", "pos", "softLimit", "subscribed"]),
    ("updateBoard", &["name", "closed", "desc", "prefs.permissionLevel", "prefs"]),
    ("updateCustomField", &["name", "options", "display", "pos"]),
    ("updateCustomFieldItem", &["value", "idValue"]),
    ("updateMember", &["fullName", "username", "initials", "bio"]),
    ("updateOrganization", &["name", "displayName", "desc", "website", "prefs"]),
];

/// What a filter tells only if it names it exactly, and what it is.
pub(super) const NOISE: &[(&str, &str)] = &[
    ("updateCard:pos", "a card's place in its list"),
    ("updateCard:dueReminder", "when a card reminds of its due date"),
    ("updateList:pos", "a list's place on the board"),
    ("updateChecklist:pos", "a checklist's place on its card"),
    ("updateCheckItem:pos", "an item's place in its checklist"),
    ("updateCustomField:pos", "a custom field's place"),
    ("updateBoard:prefs", "a board's background and settings"),
    ("updateList:softLimit", "a list's limit"),
    ("updateList:subscribed", "somebody's own notifications"),
    ("updateCard:subscribed", "somebody's own notifications"),
    ("createBoardPreference", "a board's settings"),
];

/// What is told by another action about the same gesture of somebody's: the follower, and the one that tells.
/// A location comes as two or three updates; where it is on the map is in each, its name and address need not be.
pub(super) const FOLLOWERS: &[(&str, &str)] =
    &[("updateCard:address", "updateCard:coordinates"), ("updateCard:locationName", "updateCard:coordinates")];

/// The kinds and sub-kinds that can be named in a filter, and have templates.
pub fn nameable() -> impl Iterator<Item = String> {
    let sub_kinds =
        SUB_KINDS.iter().flat_map(|(kind, facets)| facets.iter().map(move |facet| format!("{kind}:{facet}")));
    kinds().map(str::to_owned).chain(sub_kinds)
}

/// Refuses a name that is no kind and no sub-kind, with what was probably meant. `more` are names that would do too.
pub(super) fn known(name: &str, more: &'static [&'static str]) -> Result<(), String> {
    let (kind, facet) = name.split_once(':').map_or((name, None), |(kind, facet)| (kind, Some(facet)));
    if find(kind).is_none() {
        let meant = nearest(kind, kinds().chain(more.iter().copied()));
        return Err(format!("`{name}` is no kind of action; did you mean `{meant}`?"));
    }
    let facets = SUB_KINDS.iter().find(|(with, _)| *with == kind).map_or(&[][..], |(_, facets)| facets);
    match facet {
        None => Ok(()),
        Some(facet) if facets.contains(&facet) => Ok(()),
        Some(_) if facets.is_empty() => Err(format!("`{name}` is no kind of action; `{kind}` has no sub-kinds")),
        Some(facet) => {
            let meant = nearest(facet, facets.iter().copied());
            Err(format!("`{name}` is no kind of action; did you mean `{kind}:{meant}`?"))
        }
    }
}

/// What an activity is, more closely than by its kind, without what is told by something else in it or wanted by
/// nobody, unless there is nothing else.
pub(super) fn loud(activity: &Activity) -> Vec<&str> {
    let mut facets = facets(activity);
    let quiet = |facet: &str| {
        let sub_kind = format!("{}:{facet}", activity.kind);
        NOISE.iter().chain(FOLLOWERS).any(|(name, _)| *name == sub_kind)
    };
    if !facets.iter().all(|facet| quiet(facet)) {
        facets.retain(|facet| !quiet(facet));
    }
    facets
}

/// What an activity is, more closely than by its kind: what an update changed, what became of a check item.
pub(super) fn facets(activity: &Activity) -> Vec<&str> {
    let facts = Facts::of(activity);
    let mut facets: Vec<&str> = activity.changed().collect();
    match activity.kind.as_str() {
        "updateCheckItemStateOnCard" => facets = facts.text(&["checkItem", "state"]).into_iter().collect(),
        // A move names both lists even where `old` got lost.
        "updateCard" if facts.at(&["listAfter"]).is_some() && !facets.contains(&"idList") => facets.push("idList"),
        // Who may see a board is the one setting that is news.
        "updateBoard" if facts.at(&["old", "prefs", "permissionLevel"]).is_some() => {
            facets.push("prefs.permissionLevel")
        }
        _ => {}
    }
    facets
}
