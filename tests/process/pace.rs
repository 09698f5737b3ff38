//! Three hundred issues at once against the limiter as Trello has it.

use std::time::{Duration, Instant};

use kanbridge::sandbox::trello::{Options, Trello};

use crate::bridge::{Bridge, Folder, numbers, open, variables};

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
    let began = Instant::now();
    let answers = futures_util::future::join_all((1..=300).map(|iid| open(&client, &url, iid))).await;
    assert!(answers.iter().all(|answer| *answer == Some(200)));
    let all = || trello.cards(&board.id).len() >= 300;
    assert!(bridge.until(Duration::from_secs(90), all).await);
    let took = began.elapsed();
    let calls = trello.calls();
    assert_eq!(calls.iter().filter(|call| call.status == 429).count(), 0, "a refusal was provoked");
    assert_eq!(numbers(&trello, &board), (1..=300).collect::<Vec<_>>());
    // What was asked and allowed, not how fast this machine is: the pace is set by the limiter's ten seconds.
    let allowed = took.as_secs_f64() * 10.0;
    let share = f64::from(u32::try_from(calls.len()).unwrap()) / allowed;
    assert!(share >= 0.95, "{} calls in {took:?} are {share:.3} of what was allowed", calls.len());
}
