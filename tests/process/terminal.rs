//! The command line, as an operator uses it.

use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use crate::bridge::{Bridge, Folder, kanbridge, numbers, open, trello, variables};

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

async fn run(folder: &Folder, variables: &[(String, String)], arguments: &[&str]) -> Output {
    kanbridge(&folder.0, variables).args(arguments).output().await.unwrap()
}

#[tokio::test]
async fn without_configuration_it_says_everything_that_is_missing() {
    let output = run(&Folder::new(), &[], &["serve"]).await;
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    for name in ["GITLAB_WEBHOOK_SECRET", "TRELLO_LIST_ID", "TRELLO_API_KEY"] {
        assert!(told.contains(name), "{name} in {told}");
    }
}

#[tokio::test]
async fn a_delivery_is_listed_shown_and_replayed_while_the_bridge_runs() {
    let (trello, board) = trello(Duration::ZERO).await;
    trello.change_token("not-made-yet");
    let folder = Folder::new();
    let variables = variables(&folder.0, &trello, &board);
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    assert_eq!(open(&reqwest::Client::new(), &url, 23).await, Some(200));

    let mut state = String::new();
    let mut id = String::new();
    for _ in 0..30 {
        let listed = run(&folder, &variables, &["deliveries", "list", "--json"]).await;
        let row: Value = serde_json::from_str(text(&listed.stdout).lines().next().unwrap()).unwrap();
        state = row["state"].as_str().unwrap().to_owned();
        id = row["id"].as_str().unwrap().to_owned();
        if state.starts_with("failed") {
            break;
        }
        bridge.next_line().await;
    }
    assert!(state.starts_with("failed") && state.contains("TRELLO_API_TOKEN"), "{state}");
    let shown = text(&run(&folder, &variables, &["deliveries", "show", &id]).await.stdout);
    assert!(shown.contains("Issue 23") && shown.contains("x-gitlab-event") && !shown.contains("a-long-random-secret"));

    trello.change_token("sandbox-token");
    let replayed = run(&folder, &variables, &["deliveries", "replay", &id]).await;
    assert!(replayed.status.success(), "{}", text(&replayed.stderr));
    assert!(bridge.until(Duration::from_secs(20), || numbers(&trello, &board) == [23]).await);
    bridge.kill().await;
}

#[tokio::test]
async fn a_delivery_that_is_not_there_is_told_so() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    let variables = variables(&folder.0, &trello, &board);
    let output = run(&folder, &variables, &["deliveries", "show", "nonsense"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("deliveries list --all"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn a_second_bridge_on_one_file_is_refused() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    let variables = variables(&folder.0, &trello, &board);
    let bridge = Bridge::start(&folder.0, &variables).await;
    let second = run(&folder, &variables, &["serve"]).await;
    assert!(!second.status.success() && text(&second.stderr).contains("another kanbridge already works on"));
    bridge.kill().await;
}

#[tokio::test]
async fn a_term_signal_lets_the_turn_in_hand_end() {
    let (trello, board) = trello(Duration::from_millis(300)).await;
    let folder = Folder::new();
    let variables = variables(&folder.0, &trello, &board);
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    assert_eq!(open(&reqwest::Client::new(), &url, 23).await, Some(200));
    assert!(bridge.until(Duration::from_secs(10), || !trello.calls().is_empty()).await, "the turn has begun");
    let pid = bridge.process.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    assert!(bridge.process.wait().await.unwrap().success());
    assert_eq!(numbers(&trello, &board), [23]);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    use sqlx::Executor;
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    let variables = variables(&folder.0, &trello, &board);
    Bridge::start(&folder.0, &variables).await.kill().await;
    let url = &variables.iter().find(|(name, _)| name == "DATABASE_URL").unwrap().1;
    let pool = sqlx::SqlitePool::connect(url).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'from the future', 1, x'00', 0)";
    pool.execute(newer).await.unwrap();
    pool.close().await;
    let refused = run(&folder, &variables, &["serve"]).await;
    assert!(!refused.status.success() && text(&refused.stderr).contains("newer than this kanbridge"));
}

#[tokio::test]
async fn trello_is_reached_through_a_proxy() {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    let mut variables = variables(&folder.0, &trello, &board);
    // The look-alike answers requests for any host, and so can stand for a proxy; the host itself does not exist.
    let proxy = trello.url().trim_end_matches("/1").to_owned();
    variables.retain(|(name, _)| name != "TRELLO_API_URL");
    variables.push(("TRELLO_API_URL".to_owned(), "http://trello.invalid/1".to_owned()));
    variables.push(("HTTP_PROXY".to_owned(), proxy));
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    assert_eq!(open(&reqwest::Client::new(), &url, 23).await, Some(200));
    assert!(bridge.until(Duration::from_secs(20), || numbers(&trello, &board) == [23]).await);
    bridge.kill().await;
}
