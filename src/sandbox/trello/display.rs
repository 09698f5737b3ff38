//! `display`: how Trello itself would word an action. Webhooks and calls by id have it, feeds only when asked.

use serde_json::{Map, Value, json};

use super::actions::Action;
use super::world::World;

/// The translation key and the things that the sentence names.
pub(super) fn of(world: &World, action: &Action) -> Value {
    let key = key(action, action.data.get("idMember").and_then(Value::as_str) == Some(&action.creator));
    let mut entities = Map::new();
    if action.kind == "commentCard" {
        let context = action.about("card");
        entities.insert(
            "contextOn".to_owned(),
            json!({ "type": "translatable", "translationKey": "action_on", "hideIfContext": true, "idContext": context }),
        );
        entities.insert("comment".to_owned(), json!({ "type": "comment", "text": action.data["text"] }));
    }
    if key != "unknown" {
        things(action, &mut entities);
    }
    if let Some(member) = world.member(&action.creator) {
        let entity =
            json!({ "type": "member", "id": member.id, "username": member.username, "text": member.full_name });
        entities.insert("memberCreator".to_owned(), entity);
    }
    json!({ "translationKey": key, "entities": entities })
}

/// The things that the action is about, each under its own name.
fn things(action: &Action, entities: &mut Map<String, Value>) {
    let names = [
        ("card", "card"),
        ("list", "list"),
        ("listBefore", "list"),
        ("listAfter", "list"),
        ("checklist", "checklist"),
        ("attachment", "attachment"),
        ("label", "label"),
        ("checkItem", "checkItem"),
        ("member", "member"),
    ];
    for (name, kind) in names {
        let Some(Value::Object(thing)) = action.data.get(name) else { continue };
        if action.kind == "commentCard" && name != "card" {
            continue;
        }
        let mut entity = json!({ "type": kind, "id": thing.get("id"), "text": thing.get("name") });
        for field in ["shortLink", "state", "color", "url"] {
            if let Some(value) = thing.get(field) {
                entity[field] = value.clone();
            }
        }
        if action.kind == "commentCard" {
            entity["hideIfContext"] = json!(true);
        }
        entities.insert(if name == "checkItem" { "checkitem" } else { name }.to_owned(), entity);
    }
}

/// The entities in the older form that answers to a comment still have.
pub(super) fn entities(display: &Value) -> Value {
    let all = &display["entities"];
    let on = json!({ "type": "text", "text": "on", "hideIfContext": true, "idContext": all["card"]["id"] });
    json!([all["memberCreator"], on, all["card"], all["comment"]])
}

fn key(action: &Action, by_oneself: bool) -> &'static str {
    match action.kind {
        "createCard" => "action_create_card",
        "commentCard" => "action_comment_on_card",
        "addMemberToCard" if by_oneself => "action_member_joined_card",
        "addMemberToCard" => "action_added_member_to_card",
        "removeMemberFromCard" if by_oneself => "action_member_left_card",
        "removeMemberFromCard" => "action_removed_member_from_card",
        "addLabelToCard" => "action_add_label_to_card",
        "removeLabelFromCard" => "action_remove_label_from_card",
        "addAttachmentToCard" => "action_add_attachment_to_card",
        "deleteAttachmentFromCard" => "action_delete_attachment_from_card",
        "addChecklistToCard" => "action_add_checklist_to_card",
        "removeChecklistFromCard" => "action_remove_checklist_from_card",
        "updateCheckItemStateOnCard" if action.data["checkItem"]["state"] == "complete" => "action_completed_checkitem",
        "updateCheckItemStateOnCard" => "action_marked_checkitem_incomplete",
        "updateCard" => card_key(action),
        "updateList" => list_key(action),
        "updateBoard" if old(action, "name") => "action_update_board_name",
        "updateBoard" if old(action, "prefs") => "action_changed_board_background",
        _ => "unknown",
    }
}

fn old(action: &Action, field: &str) -> bool {
    action.data.get("old").and_then(|old| old.get(field)).is_some()
}

fn card_key(action: &Action) -> &'static str {
    let (before, after) = (&action.data["old"], &action.data["card"]);
    let keys = [
        ("idList", "action_move_card_from_list_to_list"),
        ("name", "action_renamed_card"),
        ("desc", "action_changed_description_of_card"),
        ("start", "action_added_a_start_date"),
    ];
    if let Some((_, key)) = keys.iter().find(|(field, _)| old(action, field)) {
        return key;
    }
    match () {
        () if old(action, "closed") && after["closed"] == true => "action_archived_card",
        () if old(action, "closed") => "action_sent_card_to_board",
        () if old(action, "due") && before["due"].is_null() => "action_added_a_due_date",
        () if old(action, "due") && after["due"].is_null() => "action_removed_a_due_date",
        () if old(action, "due") => "action_changed_a_due_date",
        () if old(action, "dueComplete") && after["dueComplete"] == true => "action_marked_the_due_date_complete",
        () if old(action, "dueComplete") => "action_marked_the_due_date_incomplete",
        () if old(action, "pos") && after["pos"].as_f64() < before["pos"].as_f64() => "action_moved_card_higher",
        () if old(action, "pos") => "action_moved_card_lower",
        () => "unknown",
    }
}

fn list_key(action: &Action) -> &'static str {
    let (before, after) = (&action.data["old"], &action.data["list"]);
    match () {
        () if old(action, "name") => "action_renamed_list",
        () if old(action, "closed") && after["closed"] == true => "action_archived_list",
        () if old(action, "closed") => "action_sent_list_to_board",
        () if old(action, "pos") && after["pos"].as_f64() > before["pos"].as_f64() => "action_moved_list_right",
        () if old(action, "pos") => "action_moved_list_left",
        () => "unknown",
    }
}
