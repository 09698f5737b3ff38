//! How much Trello lets be on boards and cards, as it tells with `fields=limits`. Nothing here enforces it.

use serde_json::{Value, json};

pub(super) fn of_board() -> Value {
    json!({
        "attachments": { "perBoard": limit(36_000), "perCard": limit(1000) },
        "boards": { "totalMembersPerBoard": limit(1600), "totalAccessRequestsPerBoard": limit(4000) },
        "cards": {
            "openPerBoard": limit(5000), "openPerList": limit(5000), "totalPerBoard": limit(2_000_000),
            "totalPerList": limit(1_000_000),
        },
        "checklists": { "perBoard": limit(1_800_000), "perCard": limit(500) },
        "checkItems": { "perChecklist": limit(200) },
        "customFields": { "perBoard": limit(50) },
        "customFieldOptions": { "perField": limit(50) },
        "labels": { "perBoard": limit(1000) },
        "lists": { "openPerBoard": limit(500), "totalPerBoard": limit(3000) },
        "stickers": { "perCard": limit(70) },
        "reactions": of_comment()["reactions"],
    })
}

pub(super) fn of_card() -> Value {
    json!({
        "attachments": { "perCard": limit(1000) }, "checklists": { "perCard": limit(500) },
        "stickers": { "perCard": limit(70) },
    })
}

pub(super) fn of_list() -> Value {
    json!({ "cards": { "openPerList": limit(5000), "totalPerList": limit(1_000_000) } })
}

pub(super) fn of_comment() -> Value {
    json!({ "reactions": { "perAction": limit(900), "uniquePerAction": limit(17) } })
}

pub(super) fn of_member() -> Value {
    json!({ "boards": { "totalPerMember": limit(4500) }, "orgs": { "totalPerMember": limit(850) } })
}

/// Trello warns at four fifths.
fn limit(most: u32) -> Value {
    json!({ "status": "ok", "disableAt": most, "warnAt": most * 4 / 5 })
}
