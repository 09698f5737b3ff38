//! Backup and restore, by the very lines of the README.

use std::process::Command;
use std::time::Duration;

use crate::bridge::{Bridge, Folder, kanbridge, numbers, open, trello, variables};
use crate::database::Database;

/// The line of the README that holds all of `words`, without its comment.
fn line(words: [&str; 2]) -> String {
    let readme = include_str!("../../README.md");
    let found = readme.lines().find(|line| words.iter().all(|word| line.contains(word)) && line.contains("  # "));
    found.unwrap_or_else(|| panic!("{words:?} is not in the README")).split("  # ").next().unwrap().to_owned()
}

fn runs(folder: &Folder, line: &str, database: &str) {
    let mut command = Command::new("sh");
    let status = command.args(["-ec", line]).current_dir(&folder.0).env("DATABASE_URL", database).status().unwrap();
    assert!(status.success(), "{line}");
}

/// Every delivery has had its turn.
fn all_done(folder: &Folder, variables: &[(String, String)]) -> bool {
    let mut command = kanbridge(&folder.0, variables);
    let output = command.args(["deliveries", "list", "--json"]).as_std_mut().output().unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    let done = |row: &str| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        row["state"].as_str().unwrap().starts_with("done")
    };
    rows.lines().count() >= 3 && rows.lines().all(done)
}

/// Backs up after one issue, goes on with another, loses everything, restores; then the second issue comes again.
async fn nothing_is_done_twice(backup: [&str; 2], restore: [&str; 2], database: Option<&str>) {
    let (trello, board) = trello(Duration::ZERO).await;
    let folder = Folder::new();
    let mut variables = variables(&folder.0, &trello, &board);
    if let Some(database) = database {
        variables.retain(|(name, _)| name != "DATABASE_URL");
        variables.push(("DATABASE_URL".to_owned(), database.to_owned()));
    }
    let database = database.unwrap_or_default();
    let client = reqwest::Client::new();
    let patience = Duration::from_secs(20);
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    assert_eq!(open(&client, &url, 1).await, Some(200));
    assert!(bridge.until(patience, || numbers(&trello, &board) == [1]).await);
    runs(&folder, &line(backup), database);
    assert_eq!(open(&client, &url, 2).await, Some(200));
    assert!(bridge.until(patience, || numbers(&trello, &board) == [1, 2]).await);
    bridge.kill().await;

    runs(&folder, &line(restore), database);
    let mut bridge = Bridge::start(&folder.0, &variables).await;
    let url = format!("http://{}/webhooks/gitlab", bridge.address);
    for iid in [2, 1, 3] {
        assert_eq!(open(&client, &url, iid).await, Some(200));
    }
    assert!(bridge.until(patience, || all_done(&folder, &variables)).await);
    assert_eq!(numbers(&trello, &board), [1, 2, 3], "each has its one card");
    bridge.kill().await;
}

#[tokio::test]
#[ignore = "needs sqlite3"]
async fn an_sqlite_database_is_backed_up_and_restored_by_the_readme() {
    nothing_is_done_twice(["sqlite3 kanbridge.db", ".backup"], ["rm -f", "kanbridge.db-wal"], None).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_postgresql_database_is_backed_up_and_restored_by_the_readme() {
    let database = Database::postgres().await;
    let backup = ["pg_dump --format=custom", "$DATABASE_URL"];
    nothing_is_done_twice(backup, ["pg_restore --clean", "$DATABASE_URL"], Some(&database.url)).await;
}
