//! What the look-alike tells of changes, against actions and deliveries of Trello's, recorded by others.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::kind;
use super::recorded::{differences, recorded, things};

/// Every type of action that the look-alike writes, by type and changed field, as webhooks tell it.
async fn written() -> Vec<Value> {
    let things = things().await;
    let (api, hand) = (&things.api, things.api.trello.by("kanbridge"));
    let card = format!("/cards/{}", things.card);
    for change in
        [("name", "Kettle"), ("desc", "warm"), ("due", ""), ("dueComplete", "true"), ("pos", "99"), ("closed", "true")]
    {
        api.ok("PUT", &card, &[change]).await;
    }
    api.ok("PUT", &card, &[("start", "2026-06-01"), ("idList", &things.other_list)]).await;
    hand.unlabel_card(&things.card, &things.label).unwrap();
    hand.unassign(&things.card, "kanbridge").unwrap();
    hand.assign(&things.card, "bo").unwrap();
    hand.tick(&things.item, false).unwrap();
    hand.change_comment(&things.comment, "Seen twice").unwrap();
    api.ok(
        "POST",
        "/cards",
        &[("idCardSource", &things.card), ("idMembers", &things.me), ("idList", &things.other_list)],
    )
    .await;
    let gone = hand.add_card(&things.other_list, "Gone", "").unwrap();
    hand.delete_card(&gone).unwrap();
    hand.rename_board(&api.board.id, "Warmth").unwrap();
    hand.change_list(&things.other_list, "Underway", true).unwrap();
    api.ok("PUT", &format!("/lists/{}", things.other_list), &[("pos", "top")]).await;
    let board = format!("/boards/{}", api.board.id);
    api.ok("PUT", &board, &[("desc", "Pipes"), ("closed", "true"), ("prefs/background", "lime")]).await;
    api.ok("DELETE", &format!("{board}/members/bo"), &[]).await;
    api.trello.actions(&api.board.id)
}

/// What the look-alike never does.
const NOT_WRITTEN: &[&str] = &[
    "addToOrganizationBoard",
    "copyBoard",
    "copyCommentCard",
    "createCustomField",
    "createOrganization",
    "emailCard",
    "enablePlugin",
    "removeFromOrganizationBoard",
    "updateCustomFieldItem:value",
];

#[tokio::test]
#[ignore = "needs recorded traffic"]
async fn every_recorded_action_has_the_data_that_ours_has() {
    let ours = written().await;
    let mut wrong = BTreeSet::new();
    let (mut seen, mut told) = (0, recorded("webhooks"));
    for (_, body) in &mut told {
        *body = body["action"].take();
    }
    for (name, action) in recorded("actions").into_iter().chain(told) {
        let kind = kind(&action);
        if NOT_WRITTEN.contains(&kind.as_str()) {
            continue;
        }
        seen += 1;
        let against = |our: &Value| {
            let mut found = BTreeSet::new();
            differences(&comparable(&action), &comparable(our), &kind, &mut found);
            found.retain(|what| !what.ends_with("ours alone"));
            found
        };
        let alike = ours.iter().filter(|our| super::kind(our) == kind).map(against).min_by_key(BTreeSet::len);
        let found = alike.unwrap_or_else(|| [format!("no `{kind}` here")].into());
        wrong.extend(found.into_iter().map(|what| format!("{name}: {what}")));
    }
    assert!(seen >= 200, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// An action without what depends on preferences, pictures and eras.
fn comparable(action: &Value) -> Value {
    let mut action = action.clone();
    for (part, field) in [("old", "prefs"), ("board", "prefs")] {
        if action["data"][part][field].is_object() {
            action["data"][part][field] = json!({});
        }
    }
    // Only the answer to a comment has them, and it was recorded as an action.
    action.as_object_mut().unwrap().remove("entities");
    action["limits"] = json!({});
    action["display"] = json!({ "translationKey": action["display"]["translationKey"] });
    action
}

#[tokio::test]
#[ignore = "needs recorded traffic"]
async fn every_recorded_delivery_has_the_parts_that_ours_has() {
    let (api, mut receiver, _) = super::webhooks::watched().await;
    api.trello.add_card(&api.board.lists[0], "Boiler", "");
    let ours = super::webhooks::told(&mut receiver).await;
    let all = recorded("webhooks");
    assert!(all.len() >= 30);
    for (name, body) in all {
        let mut found = BTreeSet::new();
        differences(&body["model"], &ours["model"], "model", &mut found);
        found.retain(|what| !what.ends_with("ours alone"));
        assert!(found.is_empty(), "{name}: {found:?}");
        for part in body.as_object().unwrap().keys() {
            assert!(ours.get(part).is_some(), "{name}: {part}");
        }
    }
}
