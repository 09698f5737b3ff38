//! What the bridge adds: from GitLab's hook to the call that makes the card, on an idle bridge that knows its board;
//! the time from its start until it is ready; and what it holds of memory when it is idle.
//!
//! `cargo bench --bench first_card`. The look-alike of Trello answers at once, so what is measured is ours.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a measurement")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kanbridge::sandbox::trello::{Allowance, Options, Trello};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const STARTS: usize = 15;
const CARDS: i64 = 300;

struct Bridge {
    process: Child,
    address: String,
    ready_after: Duration,
}

impl Bridge {
    fn start(database: &str, trello: &Trello, list: &str) -> Self {
        let began = Instant::now();
        let mut process = Command::new(env!("CARGO_BIN_EXE_kanbridge"))
            .arg("serve")
            .env_clear()
            .env("GITLAB_WEBHOOK_SECRET", "secret")
            .env("TRELLO_API_KEY", "sandbox-key")
            .env("TRELLO_API_TOKEN", "sandbox-token")
            .env("TRELLO_LIST_ID", list)
            .env("TRELLO_API_URL", trello.url())
            .env("TRELLO_CALLS_PER_10_SECONDS", "10000")
            .env("DATABASE_URL", database)
            .env("LISTEN", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let ready = log.by_ref().map(Result::unwrap).find(|line| line.contains("is ready")).unwrap();
        let ready_after = began.elapsed();
        let address = ready.split("address=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        // Somebody has to read on, or the bridge would stop at a full pipe.
        std::thread::spawn(move || log.for_each(drop));
        Bridge { process, address, ready_after }
    }

    fn kilobytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::main]
async fn main() {
    let allowance = Allowance::BOUNDLESS;
    let trello = Trello::start(Options { allowance, ..Options::default() }).await.unwrap();
    let board = trello.add_board("Heating", &["To do"]);
    let folder = std::env::temp_dir().join(format!("kanbridge-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = format!("sqlite:{}", folder.join("cards.db").display());

    let start = || Bridge::start(&database, &trello, &board.lists[0]);
    let mut starts: Vec<Duration> = (0..STARTS).map(|_| start().ready_after).collect();
    starts.sort_unstable();

    let bridge = start();
    let idle = bridge.kilobytes();
    let mut counted = trello.counted();
    let mut stream = TcpStream::connect(&bridge.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    // The first card makes the board known and is not counted.
    open(&mut stream, 1).await;
    while trello.cards(&board.id).is_empty() {
        counted.changed().await.unwrap();
    }
    let mut added = Vec::new();
    for iid in 2..2 + CARDS {
        let calls = *counted.borrow_and_update();
        let began = Instant::now();
        open(&mut stream, iid).await;
        while *counted.borrow() == calls {
            counted.changed().await.unwrap();
        }
        added.push(began.elapsed());
    }
    added.sort_unstable();
    let milliseconds = |span: Duration| span.as_secs_f64() * 1e3;
    println!(
        "start to ready     {:.0} ms (median of {STARTS}, slowest {:.0})",
        milliseconds(starts[STARTS / 2]),
        milliseconds(starts[STARTS - 1])
    );
    println!("idle memory        {:.1} MB; after {CARDS} cards {:.1} MB", kb(idle), kb(bridge.kilobytes()));
    println!(
        "hook to the card   {:.1} ms (p50), {:.1} ms (p99) of ours",
        milliseconds(added[added.len() / 2]),
        milliseconds(added[added.len() * 99 / 100])
    );
    drop(bridge);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn kb(kilobytes: u64) -> f64 {
    f64::from(u32::try_from(kilobytes).unwrap()) / 1024.0
}

async fn open(stream: &mut TcpStream, iid: i64) {
    let body = format!(
        r#"{{"object_kind":"issue","object_attributes":{{"iid":{iid},"project_id":42,"title":"Boiler is cold","state":"opened","updated_at":"2026-05-28T06:00:00.120Z","url":"https://gitlab.example.com/team/app/-/issues/{iid}"}}}}"#
    );
    let head = format!(
        "POST /issue HTTP/1.1\r\nHost: bench\r\nX-Gitlab-Token: secret\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = [0; 2048];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
}
