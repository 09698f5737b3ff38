//! Whatever is missing from an action, null, or of another type than it should be: there is a sentence or a reason for
//! silence, and never a panic.

use kanbridge::relay::{Scene, Templates, Verdict, judge, kinds, word};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ANA, BO, action, of_everything};

/// All that any action can say.
fn everything() -> Value {
    let named = json!({"id": BO, "name": "Some name", "shortLink": "AbCd1234", "closed": true, "pos": 3, "color": "red",
        "desc": "text", "prefs": {"permissionLevel": "org", "background": "blue"}, "state": "complete", "type": "number",
        "url": "https://example.com/", "value": {"number": "1"}, "idValue": BO, "text": "words"});
    let card = json!({"id": BO, "name": "Boiler", "idShort": 3, "shortLink": "AbCd1234", "desc": "text",
        "due": "2016-05-11T12:00:00.000Z", "start": "2016-05-11T12:00:00.000Z", "dueComplete": true, "closed": true,
        "pos": 2, "idLabels": [BO], "idMembers": [BO], "cover": {"color": "red"}, "idAttachmentCover": BO,
        "coordinates": {"latitude": 1}, "address": "Cellar", "locationName": "Cellar", "idList": BO, "isTemplate": true});
    let mut old = card.clone();
    for field in ["prefs", "color", "text", "value", "idValue"] {
        old[field] = named[field].clone();
    }
    json!({"board": named, "card": card, "cardSource": card, "list": named, "listBefore": named, "listAfter": named,
        "old": old, "text": "words", "checklist": named, "checklistSource": named, "checkItem": named, "label": named,
        "attachment": named, "action": named, "customField": named, "customFieldItem": named, "member": named,
        "idMember": ANA, "idMemberAdded": ANA, "memberType": "admin", "organization": named, "plugin": named,
        "boardSource": named, "boardTarget": named, "value": "red", "voted": true})
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(parts) => parts.iter().map(|(key, part)| (key.clone(), part)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    for (key, part) in inside {
        let place = format!("{at}/{key}");
        places(part, &place, found);
        found.push(place);
    }
}

/// What may stand where something else should; `None`: nothing.
fn instead() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(Value::Null)),
        Just(Some(json!(""))),
        Just(Some(json!(" \u{200b}\n"))),
        Just(Some(json!(7))),
        Just(Some(json!(true))),
        Just(Some(json!([]))),
        Just(Some(json!({}))),
        Just(Some(json!({"name": {"name": []}}))),
        ".{0,40}".prop_map(|text| Some(json!(text))),
    ]
}

fn mutilate(data: &mut Value, place: &str, instead: Option<Value>) {
    let Some((parent, key)) = place.rsplit_once('/') else { return };
    match (data.pointer_mut(parent), instead) {
        (Some(Value::Object(parts)), None) => drop(parts.remove(key)),
        (Some(Value::Object(parts)), Some(value)) => drop(parts.insert(key.to_owned(), value)),
        _ => {}
    }
}

fn kind() -> impl Strategy<Value = String> {
    let known: Vec<String> = kinds().map(str::to_owned).collect();
    prop_oneof![20 => prop::sample::select(known), 1 => ".{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_is_missing_there_is_a_sentence_or_a_reason(
        kind in kind(),
        wounds in prop::collection::vec((any::<prop::sample::Index>(), instead()), 0..25),
        anonymous in any::<bool>(),
    ) {
        let mut data = everything();
        let mut all = Vec::new();
        places(&data, "", &mut all);
        for (place, instead) in wounds {
            mutilate(&mut data, place.get::<String>(&all), instead);
        }
        let mut activity = action(&kind, json!({}));
        activity.data = data;
        activity.actor = activity.actor.filter(|_| !anonymous);
        let templates = [(kinds().next().unwrap().to_owned(), "{{ member }} {{ card.link }} {{ list.name }}".to_owned())];
        let mut relay = of_everything();
        relay.templates = Templates::compile(&templates.into()).unwrap();
        relay.name_board = true;
        match judge(&activity, &relay, Scene::default()) {
            Verdict::Silent(silence) => prop_assert!(!silence.to_string().is_empty()),
            Verdict::Tell(message) | Verdict::TellPlainly(message, _) => {
                prop_assert!(message.plain().trim().len() > 5, "{:?}", message);
                prop_assert!(message.plain().len() < 8_000);
            }
        }
        if let Some(message) = word(&activity) {
            let plain = message.plain();
            prop_assert!(plain.starts_with(if anonymous { "Somebody " } else { "Ana " }), "{}", plain);
            prop_assert!(plain.trim_end().len() > 12, "{}", plain);
        }
    }
}
