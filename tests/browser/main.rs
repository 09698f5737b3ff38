//! The demo as somebody meets it who has just heard of kanbridge: the binary, its page over HTTP, and a real browser.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod demo;

use std::path::Path;
use std::time::Duration;

use demo::Demo;
use serde_json::{Value, json};

#[tokio::test]
async fn the_demo_needs_nothing_and_leaves_nothing_behind() {
    let mut demo = Demo::start().await;
    let page = demo.get("").await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(page.text().await.unwrap().contains("<title>kanbridge demo</title>"));
    assert_eq!(demo.get("nothing-here").await.status(), 404);
    // An open page must not keep the demo from ending.
    let mut events = demo.events().await;
    events.until("board", |_| true).await;
    demo.ends().await;
}

#[tokio::test]
async fn whoever_comes_is_told_everything_and_then_what_changes() {
    let demo = Demo::start().await;
    let mut early = demo.events().await;
    let story = early.until("issues", |issues| issues["issues"].as_array().unwrap().len() == 10).await;
    assert_eq!(story["people"].as_array().unwrap().len(), 4);
    let card = |board: &Value, iid: i64| {
        let mut cards = board["lists"].as_array().unwrap().iter().flat_map(|list| list["cards"].as_array().unwrap());
        cards.any(|card| card["issue"] == json!(iid))
    };
    early.until("board", |board| (1..=10).all(|iid| card(board, iid))).await;

    let mut late = demo.events().await;
    let first = late.next().await;
    assert_eq!((first.0.as_str(), first.1["issues"].as_array().unwrap().len()), ("issues", 10));
    let gesture = json!({ "do": "open", "title": "Bees", "text": "", "labels": [], "people": [], "due": null });
    let (status, answer) = demo.gesture(&gesture.to_string(), "application/json").await;
    assert_eq!((status, answer), (200, json!({ "iid": 11 })));
    for page in [&mut early, &mut late] {
        page.until("board", |board| card(board, 11)).await;
        let newest = |travel: &Value| (travel[0]["issue"] == json!(11)).then(|| travel[0]["turns"][0]["calls"].clone());
        let travel = page.until("travel", |travel| newest(travel).is_some_and(|calls| calls.is_array())).await;
        assert_eq!((&travel[0]["who"], &travel[0]["hooks"][0]["answer"]), (&json!("You"), &json!("accepted")));
        assert_eq!(newest(&travel).unwrap()[0]["route"], json!("POST /cards"));
    }
}

#[tokio::test]
async fn gestures_are_taken_from_the_page_alone_and_refused_with_the_reason() {
    let demo = Demo::start().await;
    let close = |iid: i64| json!({ "do": "close", "iid": iid }).to_string();
    let (status, answer) = demo.gesture(&close(999), "application/json").await;
    assert_eq!((status, &answer["error"]), (422, &json!("there is no issue 999")));
    // What another site's form could send.
    assert_eq!(demo.gesture(&close(3), "text/plain").await.0, 400);
    assert_eq!(demo.gesture("{}", "application/json").await.0, 400);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn in_a_browser_the_card_follows_the_issue() {
    let mut demo = Demo::start().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shots = root.join("target/browser");
    let node = std::env::var("KANBRIDGE_TEST_NODE").unwrap_or_else(|_| "node".to_owned());
    let mut script = tokio::process::Command::new(&node);
    script.current_dir(root.join("tests/browser")).arg("demo.mjs").args([&demo.url, shots.to_str().unwrap()]);
    let output = tokio::time::timeout(Duration::from_secs(480), script.kill_on_drop(true).output()).await;
    let output = output.expect("it comes to an end").unwrap_or_else(|error| panic!("{node} does not start: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    demo.ends().await;
    // The README's picture; not as a matter of course, since a test must not change what is under version control.
    if std::env::var_os("KANBRIDGE_UPDATE_SCREENSHOT").is_some() {
        std::fs::copy(shots.join("readme.png"), root.join("docs/demo.png")).unwrap();
    }
    let size = std::fs::metadata(shots.join("readme.png")).unwrap().len();
    assert!(size < 240 << 10, "the README's picture would be {size} bytes");
}
