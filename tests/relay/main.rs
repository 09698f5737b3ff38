//! What is said of what happens on a board: wording, filters, templates. No network and no store: an activity in, a
//! message or the reason for silence out.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod filters;
mod mutilated;
mod recorded;
mod templates;
mod wording;

use kanbridge::model::{AccountName, Activity, Message, Span};
use kanbridge::relay::{Filter, Relay, Templates};
use serde_json::{Value, json};

/// An action of Ana's: `data` with the board and the card that most have, and what is given.
fn action(kind: &str, data: Value) -> Activity {
    let mut all = json!({
        "board": {"id": "53582e2da0fac5676a714277", "name": "Heating", "shortLink": "iqXXzYEj"},
        "card": {"id": "53582e2da0fac5676a71428b", "name": "Boiler", "idShort": 8, "shortLink": "9BduUcVQ"},
    });
    merge(&mut all, data);
    bare(kind, all)
}

/// An action of Ana's with this `data` and no more.
fn bare(kind: &str, data: Value) -> Activity {
    read(json!({
        "id": "572b6d4635b843ed3faa7dc0", "type": kind, "date": "2016-05-05T15:56:54.348Z",
        "memberCreator": {"id": ANA, "fullName": "Ana", "username": "ana_trello"},
        "data": data,
    }))
}

fn read(action: Value) -> Activity {
    kanbridge::trello::activity(action).unwrap()
}

const ANA: &str = "53582e2da0fac5676a714276";
const BO: &str = "4e6a7fad05d98b02ba00845c";

/// An action that is about Bo, as webhooks tell it.
fn about_bo(kind: &str, mut data: Value) -> Activity {
    data["idMember"] = json!(BO);
    let mut activity = action(kind, data);
    activity.member = serde_json::from_value(json!({"id": BO, "name": "Bo", "username": "bo"})).unwrap();
    activity
}

/// Puts `more` into `all`, part by part; null takes a part away.
fn merge(all: &mut Value, more: Value) {
    match (all, more) {
        (Value::Object(all), Value::Object(more)) => {
            for (key, value) in more {
                match value {
                    Value::Null => drop(all.remove(&key)),
                    value => merge(all.entry(key).or_insert(Value::Null), value),
                }
            }
        }
        (all, more) => *all = more,
    }
}

/// A relay of everything but noise.
fn of_everything() -> Relay {
    relay(Filter::parse(&kanbridge::relay::Wanted { actions: Some(vec!["*".into()]), ..Default::default() }).unwrap())
}

fn relay(filter: Filter) -> Relay {
    Relay {
        account: AccountName("default".into()),
        board: "iqXXzYEj".into(),
        rooms: vec!["dev".parse().unwrap()],
        filter,
        templates: Templates::default(),
        name_board: false,
    }
}

/// A message in one line: `[text](url)`, `*bold*`, `_italic_`, `>quote`.
fn shown(message: &Message) -> String {
    let mut shown = String::new();
    for span in &message.spans {
        match span {
            Span::Text(text) => shown.push_str(text),
            Span::Bold(text) => shown.push_str(&format!("*{text}*")),
            Span::Italic(text) => shown.push_str(&format!("_{text}_")),
            Span::Code(text) => shown.push_str(&format!("`{text}`")),
            Span::Quote(text) => shown.push_str(&format!("> {text}")),
            Span::Link { text, url } => shown.push_str(&format!("[{text}]({url})")),
            Span::Break => shown.push_str(" / "),
        }
    }
    shown
}
