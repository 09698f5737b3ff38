//! Three hundred issues at once against the limiter as Trello has it. In a test binary of its own, so that it runs
//! alone: what it looks at is time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

#[path = "../process/bridge.rs"]
#[allow(dead_code, reason = "shared with tests/process")]
mod bridge;

use std::time::Duration;

use kanbridge::sandbox::trello::{Options, Trello};

use bridge::{Bridge, Folder, numbers, open, variables};

#[tokio::test]
async fn three_hundred_issues_at_once_use_the_allowance_and_provoke_no_refusal() {
    let trello = Trello::start(Options { latency: Duration::from_millis(150), ..Options::default() }).await.unwrap();
    let board = trello.add_board("Heating", &["To do"]);
    let folder = Folder::new();
    let mut variables = variables(&folder.0, &trello, &board);
    variables.retain(|(name, _)| name != "TRELLO_CALLS_PER_10_SECONDS");
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let client = reqwest::Client::new();
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    let answers = futures_util::future::join_all((1..=300).map(|iid| open(&client, &url, iid))).await;
    assert!(answers.iter().all(|answer| *answer == Some(200)));
    let all = || trello.cards(&board.id).len() >= 300;
    assert!(bridge.until(Duration::from_secs(90), all).await);
    let calls = trello.calls();
    assert_eq!(calls.iter().filter(|call| call.status == 429).count(), 0, "a refusal was provoked");
    assert_eq!(numbers(&trello, &board), (1..=300).collect::<Vec<_>>());
    let cards: Vec<_> = calls.iter().filter(|call| call.route == "POST /cards").map(|call| call.at).collect();
    assert_eq!(cards.len(), 300, "one call a card");
    // What was asked of what was allowed, between the first card and the last: ten a second.
    let span = cards[299].duration_since(cards[0]);
    let share = 299.0 / (span.as_secs_f64() * 10.0);
    assert!(share >= 0.95, "300 cards in {span:?} are {share:.3} of what was allowed");
}
