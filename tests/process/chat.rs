//! The rooms' doors of the binary, with a team's own scripts behind them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bridge::{Bridge, Folder, trello, variables};

const TOKEN: &str = "a-command-token";

const ROOMS: &str = r#"
[[room]]
name = "one"
kind = "webhook"
url = "http://127.0.0.1:9/"

[[room]]
name = "two"
kind = "webhook"
url = "http://127.0.0.1:9/"
"#;

/// A bridge with two rooms and these scripts.
fn furnish(folder: &Path, scripts: &[(&str, &str)]) {
    let integrations = folder.join("integrations");
    std::fs::create_dir_all(&integrations).unwrap();
    std::fs::write(folder.join("kanbridge.toml"), ROOMS).unwrap();
    for (name, text) in scripts {
        std::fs::write(integrations.join(name), format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(integrations.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn with_rooms(mut variables: Vec<(String, String)>) -> Vec<(String, String)> {
    let more = [("CHAT_COMMAND_TOKEN", TOKEN), ("KANBRIDGE_CONFIG", "kanbridge.toml")];
    variables.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    variables
}

/// Somebody types something in a room.
async fn types(address: &str, room: &str, id: &str, text: &str) -> (u16, Value) {
    let url = format!("http://{address}/webhooks/chat/{room}");
    let body = json!({ "text": text, "person": "ana", "id": id });
    let answer = reqwest::Client::new().post(url).bearer_auth(TOKEN).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_script_that_sleeps_keeps_no_other_room_waiting() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    furnish(&folder.0, &[("sleeper", "touch begun; sleep 60"), ("quick", "echo Here.")]);
    let variables = with_rooms(variables(&folder.0, &trello, &board));
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let address = bridge.address.clone();
    let sleeper = tokio::spawn({
        let address = address.clone();
        async move { types(&address, "one", "1", "sleeper").await }
    });
    let begun = folder.0.join("integrations/begun");
    assert!(bridge.until(Duration::from_secs(10), || begun.exists()).await);
    let (status, lists) = types(&address, "two", "1", "lists").await;
    assert!(status == 200 && lists["text"].as_str().unwrap().contains("Heating"), "{status} {lists}");
    let (_, quick) = types(&address, "two", "2", "quick").await;
    assert_eq!(quick["text"], "Here.");
    let (status, answer) = sleeper.await.unwrap();
    assert!(status == 200 && answer["text"].as_str().unwrap().starts_with("On it"), "{status} {answer}");
    let mut told = String::new();
    for _ in 0..20 {
        told.push_str(&bridge.next_line().await.unwrap_or_default());
        if told.contains("stopped after 10 s") {
            break;
        }
    }
    assert!(told.contains("stopped after 10 s"), "{told}");
    bridge.kill().await;
}

#[tokio::test]
async fn fifty_commands_at_once_run_once_each_through_repeats_and_a_crash() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    furnish(&folder.0, &[("note", "echo \"$KANBRIDGE_QUERY\" >> ran")]);
    let variables = with_rooms(variables(&folder.0, &trello, &board));
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let ran = folder.0.join("integrations/ran");
    let address = bridge.address.clone();
    let all = || {
        futures_util::future::join_all((0..50).map(|number| {
            let address = address.clone();
            async move { types(&address, "one", &number.to_string(), &format!("note {number}")).await.0 }
        }))
    };
    assert_eq!(all().await, [200; 50]);
    assert_eq!(all().await, [200; 50], "and once more");
    assert!(bridge.until(Duration::from_secs(60), || lines(&ran).len() >= 50).await, "{:?}", lines(&ran));
    assert!(peak_megabytes(&bridge) < 200, "{} MB", peak_megabytes(&bridge));
    bridge.kill().await;
    let bridge = Bridge::start(&folder.0, &variables).await;
    assert_eq!(types(&bridge.address, "one", "7", "note 7").await, (200, json!({})));
    let mut numbers: Vec<usize> = lines(&ran).iter().map(|line| line.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
    bridge.kill().await;
}

/// The most memory that the process ever had.
fn peak_megabytes(bridge: &Bridge) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", bridge.process.id().unwrap())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}
