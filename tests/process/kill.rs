//! `kill -9` at any instant loses nothing and doubles nothing.

use std::time::Duration;

use crate::bridge::{Bridge, Folder, copies, numbers, open, say, trello, variables};

const KILLS: u64 = 200;

#[tokio::test]
async fn killed_at_two_hundred_random_instants_every_promise_is_kept_once() {
    let (trello, board) = trello(Duration::from_millis(7)).await;
    let folder = Folder::new();
    let variables = variables(&folder.0, &trello, &board);
    let (mut promised, mut heard): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
    let mut iid = 0;
    let client = reqwest::Client::new();
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..KILLS {
        let bridge = Bridge::start(&folder.0, &variables).await;
        let url = format!("http://{}/webhooks/gitlab", bridge.address);
        let life = Duration::from_micros(roll(&mut dice) % 60_000);
        let sending = async {
            loop {
                iid += 1;
                if open(&client, &url, iid).await == Some(200) {
                    promised.push(iid);
                    // Something is said on every third, about when its card is made.
                    if iid % 3 == 0 && say(&client, &url, iid).await == Some(200) {
                        heard.push(iid);
                    }
                }
            }
        };
        // Issues keep opening until the instant of the kill.
        let _ = tokio::time::timeout(life, sending).await;
        bridge.kill().await;
    }
    assert!(promised.len() > 200, "only {} issues were taken in {KILLS} lives", promised.len());
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let missing = || {
        let there = numbers(&trello, &board);
        promised.iter().copied().filter(|iid| there.binary_search(iid).is_err()).collect::<Vec<_>>()
    };
    let unsaid = || {
        let said = copies(&trello, &board);
        heard.iter().copied().filter(|iid| said.binary_search(iid).is_err()).collect::<Vec<_>>()
    };
    bridge.until(Duration::from_secs(120), || missing().is_empty() && unsaid().is_empty()).await;
    assert_eq!(missing(), [0i64; 0], "of {} promised cards these are missing", promised.len());
    assert_eq!(unsaid(), [0i64; 0], "of {} notes these have no copy", heard.len());
    let settled = format!("{}/readyz", bridge.address);
    assert!(
        reqwest::get(format!("http://{settled}")).await.unwrap().text().await.unwrap().contains(r#""failed_keys":0"#)
    );
    let mut once = numbers(&trello, &board);
    let all = once.len();
    once.dedup();
    assert_eq!(once.len(), all, "an issue has two cards");
    let mut once = copies(&trello, &board);
    let all = once.len();
    once.dedup();
    assert!(all > 30 && once.len() == all, "of {all} copies some are of one note: {once:?}");
    bridge.kill().await;
}

/// The next number of a fixed sequence (xorshift), so that a failure can be repeated.
fn roll(dice: &mut u64) -> u64 {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    *dice
}
