//! Scripts of whatever language, as programs.

use kanbridge::model::{Integration, Secret};
use kanbridge::scripts::Input;
use serde_json::{Value, json};

use crate::folder::{Folder, Heard, ask, keep};

#[tokio::test]
async fn a_program_is_asked_in_json_and_answers_in_text() {
    let folder = Folder::with("echo.sh", "#!/bin/sh\ncat\n");
    let input = Input {
        command: "echo".into(),
        query: "Grüße; $(rm -rf /) `id`".into(),
        room: Some("dev".parse().unwrap()),
        room_id: Some("77".into()),
        person: Some("Ana".into()),
        notification: json!({ "event": "room_message" }),
        storage: json!({ "n": 1 }).as_object().unwrap().clone(),
        ..Input::default()
    };
    let said: Value =
        serde_json::from_str(&ask(&folder.scripts(), "echo", &input).await.unwrap().reply.unwrap()).unwrap();
    let asked = json!({
        "command": "echo", "query": "Grüße; $(rm -rf /) `id`", "room": "dev", "room_id": "77", "person": "Ana",
        "notification": { "event": "room_message" }, "event": null, "token": null, "tokens": {}, "storage": { "n": 1 },
    });
    assert_eq!(said, asked);
}

#[tokio::test]
async fn an_answer_in_json_says_and_keeps() {
    let folder = Folder::with("count", "#!/bin/sh\nprintf '{\"reply\": \"one more\", \"storage\": {\"n\": 2}}'\n");
    let (said, kept) = keep(&folder.scripts(), "count", json!({ "n": 1 })).await;
    assert_eq!((said.as_deref(), kept), (Some("one more"), Some(json!({ "n": 2 }))));
}

#[tokio::test]
async fn the_environment_is_clean_and_holds_what_is_promised() {
    let folder =
        Folder::with("env", "#!/bin/sh\n/usr/bin/env -0 | tr '\\0' '\\n' | cut -d= -f1 | sort | tr '\\n' ' '; pwd\n");
    let token = Some(Secret::new("tok-1"));
    let scripts = folder.scripts_with(vec![Integration { token, ..Integration::new("env") }]);
    let input = Input { command: "env".into(), query: "a\0b".into(), person: Some("Ana".into()), ..Input::default() };
    let said = ask(&scripts, "env", &input).await.unwrap().reply.unwrap();
    let names = "HOME KANBRIDGE_COMMAND KANBRIDGE_PERSON KANBRIDGE_QUERY KANBRIDGE_TOKEN LANG PATH PWD TMPDIR ";
    assert_eq!(said.replace("_ ", "").replace("OLDPWD ", ""), format!("{names}{}", folder.0.display()));
}

#[tokio::test]
async fn a_failure_is_a_sentence_for_the_room_and_its_reason_is_in_the_log() {
    let folder = Folder::with("weather.sh", "#!/bin/sh\necho 'no such town: tok-1' >&2\nexit 3\n");
    let token = Some(Secret::new("tok-1"));
    let scripts = folder.scripts_with(vec![Integration { token, ..Integration::new("weather") }]);
    let (heard, _guard) = Heard::start();
    let trouble = ask(&scripts, "weather", &Input::default()).await.unwrap_err();
    assert_eq!(trouble.sentence, format!("`weather` did not work, see log ref {}", trouble.log_ref));
    let log = heard.text();
    let of_it: Vec<&str> = log.lines().filter(|line| line.contains(&trouble.log_ref)).collect();
    assert_eq!(of_it.len(), 2, "{log}");
    assert!(of_it[0].contains("no such town: ***"), "{log}");
    assert!(of_it[1].contains("ERROR") && of_it[1].contains("exit status: 3"), "{log}");
}
