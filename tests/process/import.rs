//! `kanbridge import` as an operator runs it.

use std::process::Stdio;
use std::time::Duration;

use kanbridge::sandbox::gitlab::{Clock, Options};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::bridge::{Bridge, kanbridge};
use crate::town::{Town, Variables};

/// A town whose project has `count` open issues and two closed ones.
async fn town(count: usize) -> (Town, Variables) {
    let town = Town::new().await;
    for number in 1..=count + 2 {
        town.gitlab.by("root").opens(town.project, &format!("Radiator {number}"), "It is cold.").unwrap();
    }
    for iid in 1..=2 {
        town.gitlab.by("root").closes(town.project, iid, true).unwrap();
    }
    let mut variables = town.whole_but("TRELLO_DONE_LIST_ID", &town.board.lists[2]);
    variables.push(("DATABASE_URL".to_owned(), format!("sqlite:{}", town.folder.0.join("kanbridge.db").display())));
    (town, variables)
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_done_and_writes_nothing() {
    let (town, variables) = town(3).await;
    let arguments = ["import", "--dry-run", "--project", "team/app", "--state", "all", "--json"];
    let said = town.runs(&variables, &arguments).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    let rows: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["outcome"].as_str().unwrap(), row["what"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [("create", "Done"), ("create", "Done"), ("create", "To do"), ("create", "To do"), ("create", "To do")]
    );
    assert!(!town.folder.0.join("kanbridge.db").exists(), "no database is made");
    assert!(town.trello.calls().iter().all(|call| call.route.starts_with("GET ")));
    // With a database, it stays as it is.
    assert_eq!(town.runs(&variables, &["import", "--project", "team/app"]).await.code, Some(0));
    let (before, cards) = (dump(&variables).await, town.trello.cards(&town.board.id));
    let said = town.runs(&variables, &["import", "--dry-run", "--project", "team/app", "--state", "all"]).await;
    assert!(
        said.out.contains("team/app#3  nothing: it has a card, and has not changed")
            && said.out.contains("team/app#1  create a card on `Done`"),
        "{}",
        said.out
    );
    assert_eq!((dump(&variables).await, town.trello.cards(&town.board.id).len()), (before, cards.len()));
}

#[tokio::test]
async fn a_dry_run_tells_what_becomes_of_cards_whose_issues_have_changed() {
    let (town, mut variables) = town(3).await;
    let import = ["import", "--project", "team/app"];
    assert_eq!(town.runs(&variables, &import).await.code, Some(0));
    town.gitlab.by("root").retitles(town.project, 3, "Radiator in the hall").unwrap();
    town.gitlab.by("root").makes_confidential(town.project, 4, true).unwrap();
    let card = |iid: i64| {
        let named = format!("[ ISSUE {iid} ] Radiator {iid}");
        town.trello.cards(&town.board.id).into_iter().find(|card| card.name == named).unwrap().id
    };
    let (cards, before) = (town.trello.cards(&town.board.id), dump(&variables).await);
    let dry = [&import[..], &["--dry-run"]].concat();
    let said = town.runs(&variables, &dry).await.out;
    let told = |said: &str, words: &str| assert!(said.contains(words), "{words} is not in {said}");
    told(&said, &format!("team/app#3  bring its changes onto its card {}", card(3)));
    told(&said, &format!("team/app#4  it is confidential: take its card {} away", card(4)));
    told(&said, "team/app#5  nothing: it has a card, and has not changed");
    told(&said, "0 cards would be made, 2 looked at or changed");
    let said = town.runs(&variables, &[&dry[..], &["--json"]].concat()).await.out;
    let outcomes: Vec<Value> =
        said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["outcome"].clone()).collect();
    assert_eq!(outcomes, ["follow", "hide", "nothing"]);
    let route = format!(
        "[[route]]\nproject = \"team/app\"\nboard = \"{}\"\nconfidential = \"redact\"\n\
         [[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n",
        town.board.short_link
    );
    let file = town.folder.0.join("kanbridge.toml");
    std::fs::write(&file, route).unwrap();
    variables.retain(|(name, _)| !name.starts_with("TRELLO_LIST") && !name.starts_with("TRELLO_DONE"));
    variables.push(("KANBRIDGE_CONFIG".to_owned(), file.display().to_string()));
    let said = town.runs(&variables, &dry).await;
    told(
        &(said.out + &said.err),
        &format!("team/app#4  it is confidential: take all but its place off its card {}", card(4)),
    );
    assert_eq!((dump(&variables).await, town.trello.cards(&town.board.id)), (before, cards));
}

#[tokio::test]
async fn what_has_not_changed_since_a_day_is_not_imported() {
    let old = jiff::Timestamp::now() - Duration::from_secs(90 * 86_400);
    let at = std::sync::Arc::new(std::sync::Mutex::new(old));
    let now = std::sync::Arc::clone(&at);
    let clock = Clock::new(move || *now.lock().unwrap());
    let town = Town::with(Options { clock, ..Options::default() }).await;
    town.gitlab.by("root").opens(town.project, "Old", "").unwrap();
    *at.lock().unwrap() = jiff::Timestamp::now();
    town.gitlab.by("root").opens(town.project, "New", "").unwrap();
    let since = (jiff::Zoned::now().date() - jiff::Span::new().days(7)).to_string();
    let import = ["import", "--project", "team/app", "--since", &since];
    let said = town.runs(&town.whole(), &[&import[..], &["--dry-run"]].concat()).await;
    assert!(said.out.contains("team/app#2  create") && !said.out.contains("team/app#1"), "{}{}", said.out, said.err);
    assert_eq!(town.runs(&town.whole(), &import).await.code, Some(0));
    let names: Vec<String> = town.trello.cards(&town.board.id).into_iter().map(|card| card.name).collect();
    assert_eq!(names, ["[ ISSUE 2 ] New"]);
}

/// Every row that an import could write.
async fn dump(variables: &Variables) -> String {
    use sqlx::Connection;
    let (_, url) = variables.iter().rfind(|(name, _)| name == "DATABASE_URL").unwrap();
    let mut database = sqlx::SqliteConnection::connect(url).await.unwrap();
    let mut all = String::new();
    for table in ["link", "queue", "observation", "pin", "cursor", "board_card", "delivery"] {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY 1, 2")));
        let rows = rows.fetch_all(&mut database).await.unwrap();
        for row in rows {
            use sqlx::Row;
            for column in 0..row.len() {
                let value = sqlx::ValueRef::is_null(&row.try_get_raw(column).unwrap());
                let text = row.try_get_unchecked::<String, _>(column).unwrap_or_default();
                all.push_str(&format!("{table} {value} {text}\n"));
            }
        }
    }
    all
}

#[tokio::test]
async fn an_import_that_is_stopped_goes_on_when_it_is_run_again() {
    let (town, mut variables) = town(60).await;
    variables.retain(|(name, _)| name != "TRELLO_CALLS_PER_10_SECONDS");
    variables.push(("TRELLO_CALLS_PER_10_SECONDS".to_owned(), "200".to_owned()));
    let mut process = kanbridge(&town.folder.0, &variables);
    let mut process =
        process.args(["import", "--project", "team/app"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut calls = town.trello.counted();
    calls.wait_for(|count| *count > 20).await.unwrap();
    let interrupt = format!("kill -INT {}", process.id().unwrap());
    assert!(tokio::process::Command::new("sh").args(["-c", &interrupt]).status().await.unwrap().success());
    let mut said = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut last = String::new();
    while let Some(line) = said.next_line().await.unwrap() {
        last = line;
    }
    assert!(!process.wait().await.unwrap().success() && last.contains("stopped; "), "{last}");
    let cards = town.trello.cards(&town.board.id).len();
    assert!((1..60).contains(&cards), "{cards}");
    let said = town.runs(&variables, &["import", "--project", "team/app", "--json"]).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    let whole: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((whole["listed"].as_i64(), whole["left"].as_i64()), (Some(60), Some(0)), "{whole}");
    assert_eq!(town.trello.cards(&town.board.id).len(), 60);
}

#[tokio::test]
async fn beside_a_running_bridge_it_only_marks_and_watches() {
    let (town, variables) = town(5).await;
    let mut bridge = Bridge::start(&town.folder.0, &variables).await;
    let said = town.runs(&variables, &["import", "--project", "team/app", "--since", "2020-01-01"]).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("another kanbridge works on the queue"), "{}", said.err);
    assert_eq!(town.trello.cards(&town.board.id).len(), 5);
    assert!(bridge.until(Duration::ZERO, || true).await);
    bridge.kill().await;
}

#[tokio::test]
async fn without_a_token_or_a_project_it_says_what_is_missing() {
    let (town, variables) = town(0).await;
    let said = town.runs(&town.whole_but("GITLAB_TOKEN", ""), &["import"]).await;
    assert!(said.code == Some(1) && said.err.contains("GITLAB_TOKEN"), "{}", said.err);
    let said = town.runs(&variables, &["import"]).await;
    assert!(said.code == Some(1) && said.err.contains("--project"), "{}", said.err);
    let said = town.runs(&variables, &["import", "--project", "team/none"]).await;
    assert!(said.code == Some(1) && said.err.contains("no project team/none"), "{}", said.err);
}
