//! A full disk: what cannot be made safe is not taken.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::bridge::{Bridge, Folder, numbers, open, trello, variables};

/// A small file system in memory; unmounted when dropped.
struct Small(Folder);

impl Small {
    fn mount() -> Self {
        let folder = Folder::new();
        let args = ["-t", "tmpfs", "-o", "size=4m", "tmpfs"];
        let done = Command::new("mount").args(args).arg(&folder.0).status().unwrap();
        assert!(done.success(), "a tmpfs can be mounted only by root");
        Small(folder)
    }

    fn path(&self) -> &Path {
        &self.0.0
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Left mounted, it would only hold four megabytes.
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

#[tokio::test]
#[ignore = "needs root, to mount a small tmpfs"]
async fn on_a_full_disk_every_2xx_is_honoured_and_the_rest_is_refused() {
    let (trello, board) = trello(Duration::ZERO).await;
    let small = Small::mount();
    let variables = variables(small.path(), &trello, &board);
    let mut bridge = Bridge::start(small.path(), &variables).await;
    let client = reqwest::Client::new();
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    let mut promised = Vec::new();
    let mut refused = 0;
    for iid in 1..=2_000 {
        match open(&client, &url, iid).await {
            Some(200) => promised.push(iid),
            Some(503) => refused += 1,
            other => panic!("{other:?}"),
        }
        if refused == 20 {
            break;
        }
    }
    assert!(refused == 20 && promised.len() > 20, "{refused} refused, {} taken", promised.len());
    grow(small.path());
    let all_there = || {
        let there = numbers(&trello, &board);
        promised.iter().all(|iid| there.binary_search(iid).is_ok())
    };
    assert!(bridge.until(Duration::from_secs(90), all_there).await, "a promised card is missing");
    let mut once = numbers(&trello, &board);
    once.dedup();
    assert_eq!(once, numbers(&trello, &board), "an issue has two cards");
    assert_eq!(open(&client, &url, 5_000).await, Some(200), "with room again, the door takes again");
    bridge.kill().await;
}

/// Gives the file system room again.
fn grow(path: &Path) {
    let done = Command::new("mount").args(["-o", "remount,size=64m"]).arg(path).status().unwrap();
    assert!(done.success());
}
