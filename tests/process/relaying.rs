//! Rooms and relays through the binary: looked at before anything is said, told of the past when asked to, switched on
//! again, and what is kept of it bounded.

use std::time::Duration;

use kanbridge::sandbox::chat::{self, Chat, Kind};

use crate::bridge::Bridge;
use crate::town::{Town, Variables};

pub(crate) const SOON: Duration = Duration::from_secs(60);

/// A town whose board is told in one room of this kind, called `dev`.
pub(crate) async fn told_in(kind: Kind) -> (Town, Chat, Variables) {
    let (town, chat) = (Town::new().await, Chat::start(chat::Options::default()).await.unwrap());
    let view = chat.room(kind, "dev");
    let kind = format!("{kind:?}").to_lowercase();
    let mut room = format!("[[room]]\nname = \"dev\"\nkind = \"{kind}\"\nurl = \"{}\"\n", view.url);
    for (key, value) in [("token", &view.token), ("room", &view.room)] {
        room.extend(value.iter().map(|value| format!("{key} = \"{value}\"\n")));
    }
    let variables = relayed(&town, &room);
    (town, chat, variables)
}

fn relayed(town: &Town, room: &str) -> Variables {
    let file = town.folder.0.join("kanbridge.toml");
    let relay = format!("[[relay]]\nboard = \"{}\"\nrooms = [\"dev\"]\n", town.board.short_link);
    std::fs::write(&file, format!("{room}{relay}")).unwrap();
    let mut variables = town.whole_but("KANBRIDGE_CONFIG", file.to_str().unwrap());
    variables.push(("TRELLO_POLL_SECONDS".to_owned(), "1".to_owned()));
    variables
}

fn told(findings: &[String], words: &[&str]) {
    let found = findings.iter().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "{words:?} is not in\n{}", findings.join("\n"));
}

/// Until the room has heard so many.
pub(crate) async fn heard(bridge: &mut Bridge, chat: &Chat, count: usize) -> Vec<String> {
    bridge.until(SOON, || chat.said("dev").len() >= count).await;
    chat.said("dev").into_iter().map(|said| said.text).collect()
}

#[tokio::test]
async fn rooms_are_looked_at_and_hear_nothing_of_it() {
    for (kind, says) in
        [(Kind::Matrix, "has joined the room"), (Kind::Hipchat, "may speak"), (Kind::Slack, "rooms test")]
    {
        let (town, chat, variables) = told_in(kind).await;
        let findings = town.checks(&variables).await.1;
        told(&findings, &["holds room `dev`", says]);
        told(&findings, &["holds relay of", "`Heating` is told in `dev`"]);
        assert!(chat.said("dev").is_empty(), "{kind:?}");
    }
    let (town, _chat, mut variables) = told_in(Kind::Matrix).await;
    let file = town.folder.0.join("kanbridge.toml");
    let sound = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, sound.replace("sandbox-key-of", "revoked")).unwrap();
    told(&town.checks(&variables).await.1, &["fails room `dev`", "M_UNKNOWN_TOKEN"]);
    std::fs::write(&file, sound.replace("!dev:", "!attic:")).unwrap();
    told(&town.checks(&variables).await.1, &["fails room `dev`", "has not joined !attic:sandbox"]);
    std::fs::write(&file, sound.replace(&town.board.short_link, "Nowhere1")).unwrap();
    variables.retain(|(name, _)| name != "TRELLO_BOARD_ID");
    told(&town.checks(&variables).await.1, &["fails relay of Nowhere1", "kanbridge trello boards"]);
}

#[tokio::test]
async fn a_faulty_template_of_a_room_is_told_at_start_with_its_place() {
    let town = Town::new().await;
    let room = "[[room]]\nname = \"dev\"\nkind = \"webhook\"\nurl = \"http://h\"\n\
                template = '{ \"text\": {{ txet() }} }'\n";
    let variables = relayed(&town, room);
    let said = town.runs(&variables, &["serve"]).await;
    let place = "kanbridge.toml:2:8: room `dev`: its template, line 1, column 14";
    assert!(said.code == Some(1) && said.err.contains(place), "{}", said.err);
    told(&town.checks(&variables).await.1, &["fails configuration", place]);
}

#[tokio::test]
async fn the_past_is_told_when_asked_for_and_a_room_that_refused_when_it_is_switched_on() {
    let (town, chat, variables) = told_in(Kind::Matrix).await;
    town.trello.add_card(&town.board.lists[0], "Long ago", "");
    let mut bridge = Bridge::start(&town.folder.0, &variables).await;
    let mut calls = town.trello.counted();
    let looks = || town.trello.calls().iter().filter(|call| call.route == "GET /boards/{id}/actions").count();
    while looks() < 2 {
        calls.changed().await.unwrap();
    }
    assert!(chat.said("dev").is_empty(), "the first look begins now");
    let said = town.runs(&variables, &["relay", "backfill", &town.board.short_link, "--since", "2020-01-01"]).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    let past = heard(&mut bridge, &chat, 1).await;
    assert!(past.iter().any(|said| said.contains("Long ago")), "{past:?}");

    chat.close("dev", true);
    town.trello.by("zoe").add_card(&town.board.lists[0], "Refused", "").unwrap();
    let is_off = async { while !bridge.next_line_whenever().await.unwrap().contains("rooms on dev") {} };
    tokio::time::timeout(SOON, is_off).await.expect("it says how to switch the room on");
    told(&town.checks(&variables).await.1, &["fails room `dev`", "switched off since", "kanbridge rooms on dev"]);
    chat.close("dev", false);
    let said = town.runs(&variables, &["rooms", "on", "dev"]).await;
    assert!(said.out.contains("`dev` is switched on; 1 messages are said now"), "{}{}", said.out, said.err);
    let all = heard(&mut bridge, &chat, past.len() + 1).await;
    assert!(all.len() == past.len() + 1 && all[past.len()].contains("Refused"), "{all:?}");
    bridge.kill().await;
}
