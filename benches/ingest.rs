//! Durable ingest against a bare warp handler that reads the same body and answers 200: same run, same client, each
//! server in a process of its own, in turns. What counts is the ratio: machines differ, and all share this one.
//!
//! `cargo bench --bench ingest`; `KANBRIDGE_TEST_POSTGRES` names a PostgreSQL server, without it SQLite alone is
//! measured. The bridge is its doors and its store; the worker, whose work Trello's allowance bounds to ten calls a
//! second, does not run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a measurement")]

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kanbridge::cli::Bridge;
use kanbridge::clock::Clock;
use kanbridge::config::{self, Environment};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use warp::Filter;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(4);
const BODY: usize = 4096;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.iter().position(|argument| argument == "--serve") {
        Some(at) => runtime.block_on(serve(&arguments[at + 1], &arguments[at + 2])),
        None => runtime.block_on(measure()),
    }
}

/// Serves until standard input ends, which it does when the measuring process is gone.
async fn serve(kind: &str, database: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    if kind == "bare" {
        let read = warp::post().and(warp::body::bytes()).map(|body: bytes::Bytes| format!("{}", body.len()));
        tokio::spawn(warp::serve(read).incoming(listener).run());
        ended.await.unwrap().unwrap();
        return;
    }
    let environment = Environment::from_pairs([
        ("GITLAB_WEBHOOK_SECRET", "secret"),
        ("TRELLO_API_KEY", "key"),
        ("TRELLO_API_TOKEN", "token"),
        ("TRELLO_LIST_ID", "5e93bac014d40e501ee46b8d"),
        ("DATABASE_URL", database),
    ]);
    let config = config::read(&environment, None).unwrap();
    let bridge = Bridge::assemble(config, Clock::System).await.unwrap();
    let running = bridge.open_doors(listener).unwrap();
    ended.await.unwrap().unwrap();
    running.stop().await.unwrap();
}

struct Server {
    name: &'static str,
    process: Child,
    address: SocketAddr,
    rounds: Vec<Round>,
}

struct Round {
    rate: f64,
    median: Duration,
    slowest: Duration,
    cpu: Duration,
}

impl Server {
    fn start(name: &'static str, database: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--serve", name, database]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Server { name, process, address: line.trim().parse().unwrap(), rounds: Vec::new() }
    }

    /// A line of `/proc/PID/status` in megabytes.
    fn megabytes(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// Time on a processor so far, in user and system mode together; ticks of 10 ms on Linux.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    async fn round(&mut self, number: &Arc<AtomicU64>) {
        let before = self.cpu();
        let began = Instant::now();
        let clients = (0..CONNECTIONS).map(|_| tokio::spawn(client(self.address, Arc::clone(number), began + SPAN)));
        let mut took: Vec<Duration> = Vec::new();
        for client in clients.collect::<Vec<_>>() {
            took.extend(client.await.unwrap());
        }
        let span = began.elapsed();
        took.sort_unstable();
        let count = u32::try_from(took.len()).unwrap();
        self.rounds.push(Round {
            rate: f64::from(count) / span.as_secs_f64(),
            median: took[took.len() / 2],
            slowest: took[took.len() * 99 / 100],
            cpu: (self.cpu() - before) / count,
        });
    }

    fn middle<T: PartialOrd + Copy>(&self, of: impl Fn(&Round) -> T) -> T {
        let mut all: Vec<T> = self.rounds.iter().map(of).collect();
        all.sort_by(|a, b| a.partial_cmp(b).unwrap());
        all[all.len() / 2]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

/// One keep-alive connection: sends, waits for the answer, and sends again. Gives how long each took.
async fn client(address: SocketAddr, number: Arc<AtomicU64>, until: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut took = Vec::new();
    let mut answer = vec![0; 4096];
    while Instant::now() < until {
        let request = request(number.fetch_add(1, Ordering::Relaxed));
        let began = Instant::now();
        stream.write_all(&request).await.unwrap();
        let mut read = 0;
        while !complete(&answer[..read]) {
            let more = stream.read(&mut answer[read..]).await.unwrap();
            assert!(more > 0, "the server hung up");
            read += more;
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
        took.push(began.elapsed());
    }
    took
}

/// The hook of an issue of its own, about 4 KB.
fn request(number: u64) -> Vec<u8> {
    let head = format!(
        r#"{{"object_kind":"issue","event_type":"issue","project":{{"id":42,"web_url":"https://gitlab.example.com/team/app","path_with_namespace":"team/app"}},"object_attributes":{{"id":{number},"iid":{},"project_id":42,"title":"Boiler is cold","state":"opened","action":"open","confidential":false,"updated_at":"2026-05-28T06:00:00.120Z","url":"https://gitlab.example.com/team/app/-/issues/{number}","description":""#,
        number + 1
    );
    let tail = r##""},"labels":[{"title":"cellar","color":"#428bca"}],"assignees":[{"username":"ana"}],"changes":{}}"##;
    let text = "x".repeat(BODY - head.len() - tail.len());
    let headers = format!(
        "POST /webhooks/gitlab HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nX-Gitlab-Token: secret\r\n\
         X-Gitlab-Event: Issue Hook\r\nWebhook-Id: {number:032x}\r\nContent-Length: {BODY}\r\n\r\n"
    );
    [headers.as_bytes(), head.as_bytes(), text.as_bytes(), tail.as_bytes()].concat()
}

/// Whether a whole answer has been read: head, and as much body as it announces.
fn complete(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(|length| length.parse::<usize>());
    length.is_some_and(|length| body.len() >= length.unwrap())
}

async fn measure() {
    let folder = std::env::temp_dir().join(format!("kanbridge-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut servers = vec![
        Server::start("bare", "-"),
        Server::start("sqlite", &format!("sqlite:{}", folder.join("ingest.db").display())),
    ];
    if let Ok(url) = std::env::var("KANBRIDGE_TEST_POSTGRES") {
        servers.push(Server::start("postgres", &fresh_database(&url).await));
    }
    let number = Arc::new(AtomicU64::new(0));
    for _ in 0..ROUNDS {
        for server in &mut servers {
            server.round(&number).await;
        }
    }
    println!("{CONNECTIONS} connections, {BODY} byte issues, medians of {ROUNDS} rounds of {SPAN:?} in turns");
    println!("server     requests/s   of bare   p50 ms   p99 ms   CPU µs/request   memory MB (peak)");
    let bare = servers[0].middle(|round| round.rate);
    for server in &servers {
        println!(
            "{:<9} {:>11.0} {:>9.3} {:>8.2} {:>8.2} {:>16.1} {:>10} ({})",
            server.name,
            server.middle(|round| round.rate),
            server.middle(|round| round.rate) / bare,
            server.middle(|round| round.median).as_secs_f64() * 1e3,
            server.middle(|round| round.slowest).as_secs_f64() * 1e3,
            server.middle(|round| round.cpu).as_secs_f64() * 1e6,
            server.megabytes("VmRSS"),
            server.megabytes("VmHWM"),
        );
    }
    drop(servers);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A database of this run's own on the server of `url`; left behind, since a measurement may be looked into.
async fn fresh_database(url: &str) -> String {
    use sqlx::{Connection, Executor};
    let name = format!("kanbridge_bench_{}", uuid::Uuid::now_v7().simple());
    let mut admin = sqlx::PgConnection::connect(url).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut own = url::Url::parse(url).unwrap();
    own.set_path(&name);
    own.into()
}
