//! What happens on twenty boards told in five rooms, while Trello and the chat servers refuse, fall silent and drop
//! connections: nothing is lost, nothing is told twice where a room can know it, and each board is told in order. Prints
//! how many messages a second that makes, and what the process held of memory at most.
//!
//! `cargo bench --bench relay`, with fewer actions `cargo bench --bench relay -- 1000`, and without faults
//! `cargo bench --bench relay -- calm`. The look-alikes answer at once and set no pace, so what is measured is ours, and
//! the waiting that the faults make us do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a measurement")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kanbridge::sandbox::chat::{self, Chat, Kind, Said};
use kanbridge::sandbox::trello::{self, Allowance, BoardView, Fault, Trello};

const BOARDS: usize = 20;
const ACTIONS: usize = 10_000;
const ROOMS: [(Kind, &str); 5] = [
    (Kind::Matrix, "matrix"),
    (Kind::Hipchat, "hipchat"),
    (Kind::Rocketchat, "rocketchat"),
    (Kind::Mattermost, "mattermost"),
    (Kind::Webhook, "webhook"),
];
/// So many messages lie between two faults of some room.
const BETWEEN: u64 = 250;
/// Longer than the waits that all faults make.
const PATIENCE: Duration = Duration::from_secs(600);
const FEED: &str = "GET /boards/{id}/actions";

/// What is done to a room, in turn.
const FAULTS: [Option<Fault>; 6] = [
    None,
    Some(Fault::Answer(500, "Internal Server Error")),
    Some(Fault::DropAfter),
    Some(Fault::Answer(503, "Service Unavailable")),
    Some(Fault::DropBefore),
    Some(Fault::DropAfter),
];

/// The bridge between the look-alikes.
struct Bridge(Child);

impl Bridge {
    fn start(folder: &Path, trello: &Trello) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_kanbridge"))
            .arg("serve")
            .env_clear()
            .current_dir(folder)
            .env("TRELLO_API_KEY", "sandbox-key")
            .env("TRELLO_API_TOKEN", "sandbox-token")
            .env("TRELLO_API_URL", trello.url())
            .env("TRELLO_CALLS_PER_10_SECONDS", "10000")
            .env("TRELLO_POLL_SECONDS", "5")
            .env("KANBRIDGE_CONFIG", folder.join("kanbridge.toml"))
            .env("DATABASE_URL", format!("sqlite:{}", folder.join("relay.db").display()))
            .env("LISTEN", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let is_ready = log.by_ref().map(Result::unwrap).any(|line| {
            said.push(line);
            said.last().is_some_and(|line| line.contains("is ready"))
        });
        assert!(is_ready, "{}", said.join("\n"));
        // Somebody has to read on, or the bridge would stop at a full pipe.
        std::thread::spawn(move || log.for_each(drop));
        Bridge(process)
    }

    /// A line of what the kernel knows of it, in MB.
    fn megabytes(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kilobytes: u32 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        f64::from(kilobytes) / 1024.0
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The boards, the rooms, and what has been done to them.
struct Town {
    trello: Trello,
    boards: Vec<BoardView>,
    chat: Chat,
    folder: PathBuf,
}

impl Town {
    async fn new() -> Self {
        let allowance = Allowance::BOUNDLESS;
        let trello = Trello::start(trello::Options { allowance, ..trello::Options::default() }).await.unwrap();
        let chat = Chat::start(chat::Options { paced: false, ..chat::Options::default() }).await.unwrap();
        let boards = (0..BOARDS).map(|at| trello.add_board(&format!("Board {at}"), &["To do"])).collect();
        let folder = std::env::temp_dir().join(format!("kanbridge-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let town = Town { trello, boards, chat, folder };
        std::fs::write(town.folder.join("kanbridge.toml"), town.file()).unwrap();
        town
    }

    fn file(&self) -> String {
        let mut file = String::new();
        for (kind, name) in ROOMS {
            let view = self.chat.room(kind, name);
            let url = &view.url;
            writeln!(file, "[[room]]\nname = \"{name}\"\nkind = \"{name}\"\nurl = \"{url}\"\nper_minute = 60000")
                .unwrap();
            for (key, value) in [("token", &view.token), ("room", &view.room)] {
                value.iter().for_each(|value| writeln!(file, "{key} = \"{value}\"").unwrap());
            }
        }
        let rooms = ROOMS.map(|(_, name)| name);
        for board in &self.boards {
            writeln!(file, "[[relay]]\nboard = \"{}\"\nrooms = {rooms:?}", board.short_link).unwrap();
        }
        file
    }

    fn looks(&self) -> usize {
        self.trello.calls().iter().filter(|call| call.route == FEED).count()
    }

    /// Until the feeds have been looked at so often since now.
    async fn looked(&self, more: usize) {
        let (mut calls, before) = (self.trello.counted(), self.looks());
        while self.looks() < before + more {
            calls.changed().await.unwrap();
        }
    }

    /// One action on a board: of three, one is a card and two are words on it. Its name is in what is told of it.
    fn act(&self, board: usize, number: usize, card: &mut String) {
        let (zoe, name) = (self.trello.by("zoe"), format!("b{board}n{number}e"));
        match number % 3 {
            0 => *card = zoe.add_card(&self.boards[board].lists[0], &name, "").unwrap(),
            _ => drop(zoe.comment(card, &name).unwrap()),
        }
    }

    /// Some room fails next, and now and then Trello.
    fn fails(&self, turn: usize) {
        let (room, round) = (ROOMS[turn % ROOMS.len()].1, turn / ROOMS.len());
        match &FAULTS[round % FAULTS.len()] {
            Some(fault) => self.chat.fail_next(room, fault.clone()),
            None => self.chat.busy_next(room, Duration::from_secs(1)),
        }
        if let Some(Some(fault)) = FAULTS.get(turn % 20) {
            self.trello.fail_next(FEED, fault.clone());
        }
    }

    /// Each room and Trello once fall silent, and each room once more when it has heard.
    fn falls_silent(&self) {
        for (_, room) in ROOMS {
            self.chat.fail_next(room, Fault::TimeoutBefore);
            self.chat.fail_next(room, Fault::TimeoutAfter);
        }
        self.trello.fail_next(FEED, Fault::Answer(429, "Rate limit exceeded"));
        self.trello.fail_next(FEED, Fault::TimeoutBefore);
        self.trello.fail_next(FEED, Fault::TimeoutAfter);
    }
}

/// The board and the number of the action that a message tells of: a comment's message names its card too, which is
/// older.
fn told(said: &Said) -> (usize, usize) {
    let words = said.body.to_string();
    let parts = words.split(|c: char| !c.is_alphanumeric());
    let named = parts.filter_map(|word| {
        let (board, number) = word.strip_prefix('b')?.strip_suffix('e')?.split_once('n')?;
        Some((board.parse().ok()?, number.parse().ok()?))
    });
    named.max().unwrap_or_else(|| panic!("{words} tells of nothing"))
}

/// Whether a room has heard everything, in order; else what is wrong. Gives how often it heard something again.
fn judge(name: &str, kind: Kind, said: &[Said], actions: usize) -> Result<usize, String> {
    let mut known: BTreeMap<(usize, usize), Option<String>> = BTreeMap::new();
    let mut last = [None; BOARDS];
    let mut again = 0;
    for said in said {
        let action = told(said);
        let id = known.get(&action).cloned();
        if let Some(id) = id {
            again += 1;
            assert!(kind != Kind::Matrix, "{name} heard {action:?} twice");
            assert!(kind != Kind::Webhook || id == said.id, "{name} heard {action:?} again by another id");
            continue;
        }
        assert!(last[action.0] < Some(action.1), "{name} heard {action:?} after {:?}", last[action.0]);
        last[action.0] = Some(action.1);
        known.insert(action, said.id.clone());
    }
    let all: BTreeSet<_> = (0..actions).map(|at| (at % BOARDS, at / BOARDS)).collect();
    let missing: Vec<_> = all.into_iter().filter(|action| !known.contains_key(action)).take(20).collect();
    assert!(known.len() <= actions, "{name} heard of what never was");
    match missing.is_empty() {
        true => Ok(again),
        false => Err(format!("{name} has heard {} of {actions}, and not {missing:?} …", known.len())),
    }
}

#[tokio::main]
async fn main() {
    let actions = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(ACTIONS);
    let is_calm = std::env::args().any(|argument| argument == "calm");
    let town = Town::new().await;
    let bridge = Bridge::start(&town.folder, &town.trello);
    // The first look begins now, and with the second it is written down.
    town.looked(2 * BOARDS).await;
    let idle = bridge.megabytes("VmRSS");

    if !is_calm {
        town.falls_silent();
    }
    let mut heard = town.chat.changes();
    let began = Instant::now();
    let mut cards = vec![String::new(); BOARDS];
    for at in 0..actions {
        town.act(at % BOARDS, at / BOARDS, &mut cards[at % BOARDS]);
    }
    let made = began.elapsed();

    let wanted = u64::try_from(actions * ROOMS.len()).unwrap();
    let (mut faults, mut ended) = (0, Instant::now());
    let again = loop {
        let count = *heard.borrow_and_update();
        while !is_calm && u64::try_from(faults).unwrap() < (count / BETWEEN).min(wanted / BETWEEN - 1) {
            town.fails(faults);
            faults += 1;
        }
        let quiet = match tokio::time::timeout(Duration::from_secs(1), heard.changed()).await {
            Ok(changed) => {
                changed.unwrap();
                ended = Instant::now();
                false
            }
            Err(_) => true,
        };
        if !quiet || *heard.borrow() < wanted {
            assert!(began.elapsed() < PATIENCE, "{} of {wanted} messages in {PATIENCE:?}", *heard.borrow());
            continue;
        }
        let judged = ROOMS.map(|(kind, name)| judge(name, kind, &town.chat.said(name), actions));
        match judged.into_iter().collect::<Result<Vec<usize>, String>>() {
            Ok(again) => break again,
            Err(missing) => assert!(began.elapsed() < PATIENCE, "{missing}"),
        }
    };
    // Whatever is still to come comes with the next looks.
    town.looked(2 * BOARDS).await;
    let said: usize = ROOMS.iter().map(|(_, name)| town.chat.said(name).len()).sum();
    assert_eq!(said, actions * ROOMS.len() + again.iter().sum::<usize>(), "something more was told");

    let took = ended.duration_since(began);
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = (actions * ROOMS.len()) as f64 / took.as_secs_f64();
    println!("{actions} actions on {BOARDS} boards (made within {made:.1?}), each told in {} rooms", ROOMS.len());
    let silences = if is_calm { 0 } else { 2 * ROOMS.len() };
    println!("faults             {faults} of rooms, and {silences} times a room fell silent");
    println!("lost               none; order kept in each room and board");
    println!(
        "told again         {}",
        ROOMS.iter().zip(&again).map(|((_, name), again)| format!("{name} {again}")).collect::<Vec<_>>().join(", ")
    );
    println!("messages           {rate:.0} a second, all within {:.0} s", took.as_secs_f64());
    println!("memory             {:.1} MB at most, {idle:.1} MB before", bridge.megabytes("VmHWM"));
    drop(bridge);
    std::fs::remove_dir_all(&town.folder).unwrap();
}
