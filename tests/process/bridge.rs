//! A real process of the binary, with a real database file, against the look-alike of Trello.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use kanbridge::sandbox::trello::{Allowance, BoardView, Options, Trello};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

pub(crate) const SECRET: &str = "a-long-random-secret";

/// A folder of its own; gone when dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("kanbridge-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Another test's affair if it cannot be removed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The look-alike with one board, allowing more than anybody asks for.
pub(crate) async fn trello(latency: Duration) -> (Trello, BoardView) {
    let allowance = Allowance::BOUNDLESS;
    let trello = Trello::start(Options { allowance, latency, ..Options::default() }).await.unwrap();
    let board = trello.add_board("Heating", &["To do"]);
    (trello, board)
}

/// The four variables and what goes with them here.
pub(crate) fn variables(folder: &Path, trello: &Trello, board: &BoardView) -> Vec<(String, String)> {
    [
        ("GITLAB_WEBHOOK_SECRET", SECRET.to_owned()),
        ("TRELLO_API_KEY", "sandbox-key".to_owned()),
        ("TRELLO_API_TOKEN", "sandbox-token".to_owned()),
        ("TRELLO_LIST_ID", board.lists[0].clone()),
        ("TRELLO_API_URL", trello.url()),
        ("TRELLO_CALLS_PER_10_SECONDS", "10000".to_owned()),
        ("DATABASE_URL", format!("sqlite:{}", folder.join("kanbridge.db").display())),
        ("LISTEN", "127.0.0.1:0".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// The binary with these variables and no others of its own, in `folder`.
pub(crate) fn kanbridge(folder: &Path, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kanbridge"));
    command.env_clear().envs(variables.iter().cloned()).current_dir(folder).kill_on_drop(true);
    command
}

/// A running `kanbridge serve`.
pub(crate) struct Bridge {
    pub(crate) address: String,
    pub(crate) process: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Bridge {
    /// Starts it and waits for its word that it is ready.
    pub(crate) async fn start(folder: &Path, variables: &[(String, String)]) -> Self {
        let mut process = kanbridge(folder, variables).arg("serve").stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        while let Some(line) = log.next_line().await.unwrap() {
            if let Some((_, rest)) = line.split_once("address=").filter(|_| line.contains("is ready")) {
                let address = rest.split(' ').next().unwrap().to_owned();
                return Bridge { address, process, log };
            }
            said.push(line);
        }
        panic!("it ended before it was ready:\n{}", said.join("\n"));
    }

    /// The next line of its log, or nothing within a second.
    pub(crate) async fn next_line(&mut self) -> Option<String> {
        let line = tokio::time::timeout(Duration::from_secs(1), self.log.next_line()).await;
        line.ok().and_then(Result::unwrap)
    }

    /// The next line of its log, however long that takes.
    pub(crate) async fn next_line_whenever(&mut self) -> Option<String> {
        self.log.next_line().await.unwrap()
    }

    /// Reads the log until `done` says so, at most for `most`.
    pub(crate) async fn until(&mut self, most: Duration, mut done: impl FnMut() -> bool) -> bool {
        let started = std::time::Instant::now();
        while started.elapsed() < most {
            if done() {
                return true;
            }
            self.next_line().await;
        }
        done()
    }

    /// SIGKILL: no goodbye of any kind.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

/// Sends the hook of an issue that opens; the status, or nothing when no answer came.
pub(crate) async fn open(client: &reqwest::Client, url: &str, iid: i64) -> Option<u16> {
    let request = client.post(url).header("x-gitlab-token", SECRET).header("x-gitlab-event", "Issue Hook");
    let answer = request.body(issue(iid).to_string()).send().await.ok()?;
    Some(answer.status().as_u16())
}

/// Sends the hook of a note on an issue; its number is the issue's.
pub(crate) async fn say(client: &reqwest::Client, url: &str, iid: i64) -> Option<u16> {
    let issue = issue(iid);
    let hook = json!({
        "object_kind": "note", "event_type": "note", "user": { "id": 11, "name": "Ana", "username": "ana" },
        "project_id": 42, "project": issue["project"], "issue": issue["object_attributes"],
        "object_attributes": {
            "id": iid, "note": format!("Word {iid}."), "noteable_type": "Issue", "project_id": 42, "author_id": 11,
            "system": false, "action": "create", "created_at": "2026-05-28T06:00:01.120Z",
            "updated_at": "2026-05-28T06:00:01.120Z",
        },
    });
    let request = client.post(url).header("x-gitlab-token", SECRET).header("x-gitlab-event", "Note Hook");
    let answer = request.body(hook.to_string()).send().await.ok()?;
    Some(answer.status().as_u16())
}

pub(crate) fn issue(iid: i64) -> Value {
    json!({
        "object_kind": "issue",
        "project": { "id": 42, "web_url": "https://gitlab.example.com/team/app", "path_with_namespace": "team/app" },
        "object_attributes": {
            "id": 9000 + iid, "iid": iid, "project_id": 42, "title": format!("Issue {iid}"), "description": "Text.",
            "state": "opened", "action": "open", "confidential": false, "updated_at": "2026-05-28T06:00:00.120Z",
            "url": format!("https://gitlab.example.com/team/app/-/issues/{iid}"),
        },
        "labels": [],
    })
}

/// The numbers of the notes that have copies, one for each copy.
pub(crate) fn copies(trello: &Trello, board: &BoardView) -> Vec<i64> {
    let number = |text: &str| text.split_once("Word ")?.1.split_once('.')?.0.parse().ok();
    let comments = trello.cards(&board.id).into_iter().flat_map(|card| card.comments);
    let mut numbers: Vec<i64> = comments.map(|comment| number(&comment.text).unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// The numbers of the issues that have cards, one for each card.
pub(crate) fn numbers(trello: &Trello, board: &BoardView) -> Vec<i64> {
    let names = trello.card_names(&board.id);
    let mut numbers: Vec<i64> = names.iter().map(|name| kanbridge::sync::face::issue_number(name).unwrap()).collect();
    numbers.sort_unstable();
    numbers
}
