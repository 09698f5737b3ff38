//! A running `kanbridge demo`.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Longer than anything here takes, and short enough to wait for when something hangs.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Demo {
    /// Where its page is, as it says itself.
    pub(crate) url: String,
    process: Child,
    /// Everything that it writes goes in here.
    folder: PathBuf,
    client: reqwest::Client,
}

impl Demo {
    /// Starts it as `kanbridge demo` does, with no environment and on any port.
    pub(crate) async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("kanbridge-test-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kanbridge"));
        command.args(["demo", "--port", "0", "--no-open"]).env_clear().env("TMPDIR", &folder).current_dir(&folder);
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = said.next_line().await.unwrap().expect("it says where its page is");
        Demo { url, process, folder, client: reqwest::Client::new() }
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    /// Sends what the page sends for a gesture; gives status and answer.
    pub(crate) async fn gesture(&self, body: &str, content_type: &str) -> (u16, Value) {
        let request = self.client.post(format!("{}gestures", self.url)).header("content-type", content_type);
        let answer = request.body(body.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub(crate) async fn events(&self) -> Events {
        Events { answer: self.get("events").await, unread: Vec::new() }
    }

    /// Ctrl-C: it ends at once, well, and without leaving anything behind.
    pub(crate) async fn ends(&mut self) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
        let ended = tokio::time::timeout(PATIENCE, self.process.wait()).await.expect("it ends").unwrap();
        assert!(ended.success(), "{ended}");
        let left: Vec<_> = std::fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Another test's affair if it cannot be removed.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The events that one page hears.
pub(crate) struct Events {
    answer: reqwest::Response,
    unread: Vec<u8>,
}

impl Events {
    /// The next event: its name and what it tells.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            while let Some(end) = self.unread.windows(2).position(|two| two == b"\n\n") {
                let event = String::from_utf8(self.unread.drain(..end + 2).collect()).unwrap();
                let field = |name: &str| {
                    let lines = event.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                    lines.map(str::trim_start).collect::<String>()
                };
                let data = field("data");
                if !data.is_empty() {
                    return (field("event"), serde_json::from_str(&data).unwrap());
                }
            }
            let more = tokio::time::timeout(PATIENCE, self.answer.chunk()).await.expect("something happens");
            self.unread.extend(more.unwrap().expect("the events go on"));
        }
    }

    /// The first event of this name that is as `wanted`.
    pub(crate) async fn until(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let look = async {
            loop {
                let (event, told) = self.next().await;
                if event == name && wanted(&told) {
                    return told;
                }
            }
        };
        tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("no such `{name}`"))
    }
}
