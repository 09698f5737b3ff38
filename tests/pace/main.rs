//! Many issues at once against the limiter as Trello has it. In a test binary of its own, so that it runs
//! alone: what it looks at is time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

#[path = "../process/bridge.rs"]
#[allow(dead_code, reason = "shared with tests/process")]
mod bridge;

use std::time::Duration;

use kanbridge::sandbox::trello::{BoardView, Options, Trello};

use bridge::{Bridge, Folder, numbers, open, variables};

/// A bridge at its usual pace in front of Trello's usual limiter and latency, with this many issues just opened.
async fn opens(issues: i64) -> (Trello, BoardView, Folder, Bridge, reqwest::Client, String) {
    let trello = Trello::start(Options { latency: Duration::from_millis(150), ..Options::default() }).await.unwrap();
    let board = trello.add_board("Heating", &["To do"]);
    let folder = Folder::new();
    let mut variables = variables(&folder.0, &trello, &board);
    variables.retain(|(name, _)| name != "TRELLO_CALLS_PER_10_SECONDS");
    let bridge = Bridge::start(&folder.0, &variables).await;
    let client = reqwest::Client::new();
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    let answers = futures_util::future::join_all((1..=issues).map(|iid| open(&client, &url, iid))).await;
    assert!(answers.iter().all(|answer| *answer == Some(200)));
    (trello, board, folder, bridge, client, url)
}

#[tokio::test]
async fn three_hundred_issues_at_once_use_the_allowance_and_provoke_no_refusal() {
    let (trello, board, _folder, mut bridge, ..) = opens(300).await;
    let all = || trello.card_names(&board.id).len() >= 300;
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

/// Numbers that look like chance and are the same each time.
fn dice(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |sides| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % sides
    }
}

/// The hook of the `edit`th new title of an issue, a second after the one before.
fn retitled(iid: i64, edit: i64) -> serde_json::Value {
    let mut hook = bridge::issue(iid);
    hook["object_attributes"]["title"] = format!("Issue {iid}, edit {edit}").into();
    hook["object_attributes"]["updated_at"] = format!("2026-05-28T06:00:0{edit}.120Z").into();
    hook["object_attributes"]["action"] = "update".into();
    hook
}

#[tokio::test]
#[ignore = "needs three minutes"]
async fn a_bulk_edit_costs_little_more_than_the_latest_titles() {
    const ISSUES: i64 = 500;
    const OVER: Duration = Duration::from_secs(40);
    let (trello, board, _folder, mut bridge, client, url) = opens(ISSUES).await;
    assert!(bridge.until(Duration::from_secs(120), || trello.card_names(&board.id).len() >= 500).await);
    // The harder way: whichever issue comes, its next edit comes. An older title that comes late costs nothing at all.
    let mut order: Vec<i64> = (1..=ISSUES).flat_map(|iid| [iid; 3]).collect();
    let mut roll = dice(23);
    for at in (1..order.len()).rev() {
        order.swap(at, roll(at + 1));
    }
    let mut edits = std::collections::HashMap::new();
    let mut next = |iid| {
        let edit = edits.entry(iid).or_insert(0);
        *edit += 1;
        (iid, *edit)
    };
    let events: Vec<(i64, i64)> = order.into_iter().map(&mut next).collect();
    trello.forget_calls();
    let began = std::time::Instant::now();
    let between = OVER / u32::try_from(events.len()).unwrap();
    let sending = tokio::spawn(async move {
        let mut beat = tokio::time::interval(between);
        for (iid, edit) in events {
            beat.tick().await;
            let request =
                client.post(&url).header("x-gitlab-token", bridge::SECRET).header("x-gitlab-event", "Issue Hook");
            assert_eq!(request.body(retitled(iid, edit).to_string()).send().await.unwrap().status(), 200);
        }
    });
    let converged = || trello.card_names(&board.id).iter().all(|name| name.ends_with(", edit 3"));
    assert!(bridge.until(Duration::from_secs(120), converged).await);
    let (took, calls) = (began.elapsed(), trello.calls());
    sending.await.unwrap();
    assert_eq!(calls.iter().filter(|call| call.status == 429).count(), 0, "a refusal was provoked");
    let told = format!("{} calls in {took:?} for 500 issues of three new titles each", calls.len());
    assert!(calls.len() <= 800 && took <= Duration::from_secs(85), "{told}");
}
