//! The world of a story: a bridge, the look-alike of Trello, and a GitLab that sends hooks. Its verbs are those of the
//! people in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use kanbridge::cli::{Bridge, Running};
use kanbridge::clock::Clock;
use kanbridge::config::{self, Config, Environment};
use kanbridge::gitlab;
use kanbridge::model::{AccountName, Discretion, Issue, IssueRef, Key, Micros};
use kanbridge::sandbox::trello::{Allowance, BoardView, CardView, Exchange, Options, Trello};
use kanbridge::store::{Observation, Store};
use kanbridge::sync::discretion::Confidential;
use kanbridge::sync::facets::Facets;
use kanbridge::sync::merges::MergeRules;
use kanbridge::sync::rules::{Column, Direction, Fields, Holds, ProjectPattern, Route, Winner};
use kanbridge::worker::Worker;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::database::Database;

pub(crate) const SECRET: &str = "a-long-random-secret";
/// 2026-05-28 06:00:00 UTC.
pub(crate) const MORNING: i64 = 1_779_948_000;

pub(crate) struct World {
    pub(crate) trello: Trello,
    pub(crate) board: BoardView,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) worker: Worker,
    running: Option<Running>,
    client: reqwest::Client,
    _database: Database,
}

/// Where stories leave what was said between the bridge and Trello, for Trello's document to judge; else nowhere.
fn exchanges() -> Option<PathBuf> {
    std::env::var_os("KANBRIDGE_TEST_EXCHANGES").map(PathBuf::from)
}

impl Drop for World {
    fn drop(&mut self) {
        let Some(folder) = exchanges() else { return };
        let line = |exchange: Exchange| {
            let mut line = json!(exchange);
            line["ours"] = json!(true);
            format!("{line}\n")
        };
        let lines: String = self.trello.take_exchanges().into_iter().map(line).collect();
        let file = folder.join(format!("{}.jsonl", uuid::Uuid::now_v7()));
        std::fs::write(file, lines).unwrap();
    }
}

impl World {
    /// A bridge as four variables make it, with one board.
    pub(crate) async fn on(database: Database) -> Self {
        let keep_exchanges = exchanges().is_some();
        // Its own pace is for the stories about pace: the bridge believes what the answers say of it, and waits.
        let options = Options { keep_exchanges, allowance: Allowance::BOUNDLESS, ..Options::default() };
        let trello = Trello::start(options).await.unwrap();
        let board = trello.add_board("Heating", &["To do", "Doing", "Done"]);
        let config = four_variables(&database.url, &trello, &board.lists[0]);
        Self::with(database, trello, board, config).await
    }

    pub(crate) async fn with(database: Database, trello: Trello, board: BoardView, mut config: Config) -> Self {
        // Faster than people are patient; the ratios are those of production.
        config.limits.trello_calls = 100_000;
        config.limits.call_timeout = Duration::from_millis(300);
        let clock = Clock::manual(Micros(MORNING * 1_000_000));
        let (running, store, worker) = start(&config, &clock).await;
        let client = reqwest::Client::new();
        let running = Some(running);
        World { trello, board, clock, config, store, worker, running, client, _database: database }
    }

    /// Stops the bridge and starts it again on the same database, with what `change` makes of its configuration.
    pub(crate) async fn restarts(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        self.running.take().unwrap().stop().await.unwrap();
        let (running, store, worker) = start(&self.config, &self.clock).await;
        (self.running, self.store, self.worker) = (Some(running), store, worker);
    }

    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.running.as_ref().unwrap().address
    }

    /// GitLab sends a hook as it is; gives status and answer.
    pub(crate) async fn sends(&self, event: &str, body: &Value) -> (u16, Value) {
        self.sends_with(event, body.to_string(), &[("x-gitlab-token", SECRET)]).await
    }

    pub(crate) async fn sends_with(&self, event: &str, body: String, headers: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("http://{}/webhooks/gitlab", self.address());
        let mut request = self.client.post(url).header("x-gitlab-event", event).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Somebody posts to the door of what scripts keep; gives status and answer, null where there is none.
    pub(crate) async fn orders(&self, body: &str, token: Option<&str>) -> (u16, Value) {
        let url = format!("http://{}/integrations/storage", self.address());
        let mut request = self.client.post(url).body(body.to_owned());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }

    /// Somebody opens an issue, and GitLab's hook is taken.
    pub(crate) async fn opens(&self, iid: i64, title: &str) {
        let (status, answer) = self.sends("Issue Hook", &issue(iid, title)).await;
        assert_eq!((status, &answer["status"]), (200, &json!("accepted")), "{answer}");
    }

    /// The worker takes one turn; gives its key.
    pub(crate) async fn turn(&self) -> Option<Key> {
        loop {
            match self.worker.step().await.unwrap() {
                Some(Key::Prune) => {}
                other => return other,
            }
        }
    }

    /// The worker takes turns until nothing is due; gives their number.
    pub(crate) async fn turns(&self) -> usize {
        let mut turns = 0;
        while self.turn().await.is_some() {
            turns += 1;
            assert!(turns < 10_000, "the worker does not come to rest");
        }
        turns
    }

    /// Time passes, and the worker does what became due meanwhile.
    pub(crate) async fn later(&self, span: Duration) -> usize {
        self.clock.advance(span);
        self.turns().await
    }

    pub(crate) fn cards(&self) -> Vec<CardView> {
        self.trello.cards(&self.board.id)
    }

    /// How the key of an issue stands: why it failed or waits.
    pub(crate) async fn state(&self, iid: i64) -> Option<(bool, String)> {
        let state = self.store.key_state(&format!("issue/gitlab.example.com/42/{iid}")).await.unwrap()?;
        Some((state.failed_at.is_some(), state.reason.unwrap_or_default()))
    }

    /// The newest state of an issue that the bridge has seen.
    pub(crate) async fn known(&self, iid: i64) -> Issue {
        let id: IssueRef = format!("gitlab.example.com/42/{iid}").parse().unwrap();
        match self.store.observation(&id).await.unwrap().unwrap() {
            Observation::Read(issue) => *issue,
            Observation::Told { headers, body, .. } => {
                gitlab::read_kept(&headers, body.into(), &id.instance, &Discretion::default()).unwrap().issue.unwrap()
            }
        }
    }

    /// The calls to Trello since the last look, as routes, but for the daily look at the token.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.trello.calls().into_iter().map(|call| call.route);
        let calls = calls.filter(|route| route != "GET /tokens/{id}").collect();
        self.trello.forget_calls();
        calls
    }
}

async fn start(config: &Config, clock: &Clock) -> (Running, Store, Worker) {
    let bridge = Bridge::assemble(config.clone(), clock.clone()).await.unwrap();
    let (store, worker) = (bridge.store.clone(), bridge.worker.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (bridge.open_doors(listener).unwrap(), store, worker)
}

/// The configuration that the README's four variables make, against the look-alike.
pub(crate) fn four_variables(database: &str, trello: &Trello, list: &str) -> Config {
    let url = trello.url();
    let environment = Environment::from_pairs([
        ("GITLAB_WEBHOOK_SECRET", SECRET),
        ("TRELLO_API_KEY", "sandbox-key"),
        ("TRELLO_API_TOKEN", "sandbox-token"),
        ("TRELLO_LIST_ID", list),
        ("TRELLO_API_URL", url.as_str()),
        ("DATABASE_URL", database),
    ]);
    config::read(&environment, None).unwrap()
}

/// An issue hook as GitLab 19 sends it when an issue is opened.
pub(crate) fn issue(iid: i64, title: &str) -> Value {
    json!({
        "object_kind": "issue", "event_type": "issue",
        "user": { "id": 11, "name": "Ana", "username": "ana", "avatar_url": null, "email": "[REDACTED]" },
        "project": {
            "id": 42, "name": "app", "description": "", "web_url": "https://gitlab.example.com/team/app",
            "path_with_namespace": "team/app", "default_branch": "main", "visibility_level": 0,
        },
        "object_attributes": {
            "id": 9000 + iid, "iid": iid, "project_id": 42, "author_id": 11, "type": "Issue", "title": title,
            "description": format!("The text of {title}."), "state": "opened", "state_id": 1, "action": "open",
            "confidential": false, "created_at": "2026-05-28T06:00:00.120Z", "updated_at": "2026-05-28T06:00:00.120Z",
            "closed_at": null, "due_date": null, "assignee_ids": [], "labels": [],
            "url": format!("https://gitlab.example.com/team/app/-/issues/{iid}"),
        },
        "labels": [], "changes": {},
    })
}

/// The same issue after a change, `seconds` later.
pub(crate) fn updated(mut hook: Value, seconds: i64, action: &str) -> Value {
    let at = jiff::Timestamp::from_second(MORNING + seconds).unwrap();
    hook["object_attributes"]["updated_at"] = json!(format!("{at:.3}"));
    hook["object_attributes"]["action"] = json!(action);
    hook
}

/// The same issue, closed.
pub(crate) fn closed(hook: Value, seconds: i64) -> Value {
    let mut hook = updated(hook, seconds, "close");
    hook["object_attributes"]["state"] = json!("closed");
    hook["object_attributes"]["state_id"] = json!(2);
    hook
}

/// A one-way route from `team/app` to a column for each kind of issue.
pub(crate) fn three_columns(board: &str) -> Route {
    let column = |list: &str, holds| Column { list: list.into(), holds };
    Route {
        project: ProjectPattern::Path("team/app".into()),
        account: AccountName("default".into()),
        board: Some(board.to_owned()),
        columns: vec![
            column("To do", Holds::Opened),
            column("Doing", Holds::Label("doing".into())),
            column("Done", Holds::Closed),
        ],
        fields: Fields::all(Direction::Gitlab),
        winner: Winner::Gitlab,
        people: BTreeMap::new(),
        create_issues: false,
        confidential: Confidential::default(),
        facets: Facets::default(),
        merges: MergeRules::default(),
    }
}
