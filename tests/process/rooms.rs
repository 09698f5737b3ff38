//! `kanbridge rooms` as an operator uses it: which rooms there are, what they promise, and trying one out.

use std::time::Duration;

use kanbridge::sandbox::chat::{Chat, Fault, Kind};
use serde_json::{Value, json};

use crate::relaying::told_in;
use crate::town::{Said, Town, Variables};

/// A town with a room of each kind; `dev` of the first hears a board.
async fn town() -> (Town, Chat, Variables) {
    let (town, chat, variables) = told_in(Kind::ALL[0]).await;
    let file = town.folder.0.join("kanbridge.toml");
    let mut rooms = std::fs::read_to_string(&file).unwrap();
    for kind in &Kind::ALL[1..] {
        let name = format!("{kind:?}").to_lowercase();
        let view = chat.room(*kind, &name);
        rooms += &format!("[[room]]\nname = \"{name}\"\nkind = \"{name}\"\nurl = \"{}\"\n", view.url);
        for (key, value) in [("token", &view.token), ("room", &view.room)] {
            rooms.extend(value.iter().map(|value| format!("{key} = \"{value}\"\n")));
        }
    }
    std::fs::write(&file, rooms).unwrap();
    (town, chat, variables)
}

impl Town {
    async fn tests_room(&self, variables: &Variables, room: &str) -> Said {
        self.runs(variables, &["rooms", "test", room]).await
    }
}

#[tokio::test]
async fn rooms_are_listed_with_what_they_promise() {
    let (town, _chat, variables) = town().await;
    let said = town.runs(&variables, &["rooms", "list"]).await;
    assert_eq!((said.code, said.out.lines().count()), (Some(0), Kind::ALL.len()), "{}{}", said.out, said.err);
    for line in said.out.lines() {
        let words: Vec<&str> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        let promise = if line.contains("matrix") { "exactly once" } else { "at least once" };
        let board = if words[0] == "dev" { &*town.board.short_link } else { "hears no board" };
        assert_eq!(words[2..], [promise, board, "0 waiting"], "{line}");
    }
    let said = town.runs(&variables, &["rooms", "list", "--json"]).await;
    let first: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    let expected = json!({
        "name": "dev", "kind": "hipchat", "promise": "at least once", "waiting": 0, "off": null,
        "boards": [town.board.short_link],
    });
    assert_eq!(first, expected);
}

#[tokio::test]
async fn a_room_that_is_tried_out_hears_it_and_what_came_back_is_told() {
    let (town, chat, variables) = town().await;
    for (room, came) in [
        ("dev", "`dev` (hipchat) took the message: HipChat answered 204 (no text)"),
        ("slack", "`slack` (slack) took the message: Slack answered 200 (ok)"),
        ("teams", "`teams` (teams) took the message: Teams answered 202 (no text)"),
        ("matrix", r#"took the message: Matrix answered 200 ({"event_id":"$event-1"})"#),
    ] {
        let said = town.tests_room(&variables, room).await;
        assert!(said.code == Some(0) && said.out.contains(came), "{came} in {}{}", said.out, said.err);
        assert_eq!(chat.said(room).len(), 1, "{room}");
    }
}

#[tokio::test]
async fn a_room_that_does_not_take_it_fails_with_its_server_s_words_and_says_no_secret() {
    let (town, chat, variables) = town().await;
    chat.fail_next("slack", Fault::Answer(404, "no_service at /services/T0/slack/sandbox-key-of-slack"));
    chat.busy_next("discord", Duration::from_secs(7));
    for (room, told) in [
        ("slack", "`slack` refuses: room `slack`: Slack answered 404 (no_service at ***"),
        ("discord", "`discord` did not take it now: room `discord`: Discord answered 429"),
        ("attic", "there is no room `attic`; there are dev, rocketchat, slack, mattermost"),
    ] {
        let said = town.tests_room(&variables, room).await;
        assert!(said.code == Some(1) && said.out.is_empty() && said.err.contains(told), "{}{}", said.out, said.err);
        assert!(!said.err.contains("sandbox-key"), "{}", said.err);
    }
}
