//! Look-alikes of the chat servers: each kind of room at its own address, with its own form of body, limits, pace and
//! refusals. What is said is kept in order, and judged: whom it would have called, and what was not escaped.

mod checks;
mod forms;
mod marks;
mod server;
mod signature;
mod talk;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub use super::calls::Call;
pub use super::faults::Fault;

use super::calls::Calls;
use super::faults::Faults;
use server::Heard;

/// The chat servers that there are look-alikes of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HipChat, API version 2.
    Hipchat,
    /// An incoming webhook of Rocket.Chat.
    Rocketchat,
    /// An incoming webhook of Slack.
    Slack,
    /// An incoming webhook of Mattermost.
    Mattermost,
    /// A webhook of Discord.
    Discord,
    /// A workflow of Microsoft Teams.
    Teams,
    /// A Matrix room.
    Matrix,
    /// A program that takes JSON, and checks its signature where the room has a signing key.
    Webhook,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 8] = [
        Kind::Hipchat,
        Kind::Rocketchat,
        Kind::Slack,
        Kind::Mattermost,
        Kind::Discord,
        Kind::Teams,
        Kind::Matrix,
        Kind::Webhook,
    ];
}

/// How the look-alikes behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// Refuse what comes faster than the servers allow.
    pub paced: bool,
    /// How long each answer takes.
    pub latency: Duration,
    /// How far a signature's time may be from now; `None`: any time is good.
    pub tolerance: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Options { paced: true, latency: Duration::ZERO, tolerance: Some(Duration::from_secs(300)) }
    }
}

/// A room, as its owner sees it.
#[derive(Clone, Debug)]
pub struct RoomView {
    /// Its name.
    pub name: String,
    /// The server that it is on.
    pub kind: Kind,
    /// The address to speak to it; of HipChat and Matrix the server's.
    pub url: String,
    /// The token that HipChat and Matrix want.
    pub token: Option<String>,
    /// The room on the server, for HipChat and Matrix.
    pub room: Option<String>,
    /// An alias of a Matrix room.
    pub alias: Option<String>,
}

/// Something that was said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The body as it came.
    pub body: Value,
    /// What people read of it.
    pub text: String,
    /// Who typed it; `None`: an integration said it.
    pub by: Option<String>,
    /// Whom it would have called, as it is written.
    pub pings: Vec<String>,
    /// What was not escaped, or wrongly.
    pub mistakes: Vec<String>,
    /// The id that came with it: Matrix's transaction, or a webhook's id.
    pub id: Option<String>,
}

#[derive(Debug)]
struct Room {
    view: RoomView,
    said: Vec<Said>,
    /// Matrix's memory: which event a transaction made.
    transactions: HashMap<String, String>,
    /// When it was last spoken to.
    heard: VecDeque<Instant>,
    /// Refusals to come: wait so long.
    busy: VecDeque<Duration>,
    closed: bool,
    signing_key: Option<String>,
    outgoing: Option<talk::Outgoing>,
}

/// Everything behind one lock.
#[derive(Debug)]
struct State {
    options: Options,
    rooms: Vec<Room>,
    faults: Faults<(usize, Heard)>,
    calls: Calls,
    changes: watch::Sender<u64>,
}

/// The look-alikes, serving until they are dropped.
#[derive(Debug)]
pub struct Chat {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Chat {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Chat {
    /// Serves on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await?, options)
    }

    /// Serves on `listener`.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn start_on(listener: TcpListener, options: Options) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let state = State {
            options,
            rooms: Vec::new(),
            faults: Faults::default(),
            calls: Calls::default(),
            changes: watch::Sender::new(0),
        };
        let state = Arc::new(Mutex::new(state));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&state)));
        Ok(Chat { state, address, server })
    }

    /// Where the servers are; HipChat's and Matrix's rooms are below it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a room, or gives the one of this name.
    pub fn room(&self, kind: Kind, name: &str) -> RoomView {
        let mut state = self.lock();
        if let Some(room) = state.rooms.iter().find(|room| room.view.name == name) {
            return room.view.clone();
        }
        let view = forms::view(&self.url(), kind, name);
        state.rooms.push(Room {
            view: view.clone(),
            said: Vec::new(),
            transactions: HashMap::new(),
            heard: VecDeque::new(),
            busy: VecDeque::new(),
            closed: false,
            signing_key: None,
            outgoing: None,
        });
        view
    }

    /// Wants what is posted to a webhook to be signed with this key (`whsec_…`).
    pub fn wants_signature(&self, name: &str, key: &str) {
        self.with(name, |room| room.signing_key = Some(key.to_owned()));
    }

    /// What was said in a room, in order.
    pub fn said(&self, name: &str) -> Vec<Said> {
        let state = self.lock();
        state.rooms.iter().find(|room| room.view.name == name).map(|room| room.said.clone()).unwrap_or_default()
    }

    /// Lets the next call to a room fail.
    pub fn fail_next(&self, name: &str, fault: Fault) {
        self.lock().faults.add(name, fault);
    }

    /// Lets the next call to a room be refused with "wait so long", as its server says it.
    pub fn busy_next(&self, name: &str, wait: Duration) {
        self.with(name, |room| room.busy.push_back(wait));
    }

    /// Closes a room for good, or opens it again.
    pub fn close(&self, name: &str, closed: bool) {
        self.with(name, |room| room.closed = closed);
    }

    /// Does the work of calls that failed with [`Fault::ApplyLater`].
    pub fn apply_held_work(&self) {
        let mut state = self.lock();
        for (room, heard) in state.faults.take_held() {
            server::hear(&mut state, room, &heard);
        }
    }

    /// The calls so far, by room: `POST dev`.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.list()
    }

    /// Tells the number of calls so far, and each time that it grows.
    pub fn counted(&self) -> watch::Receiver<usize> {
        self.lock().calls.counted()
    }

    /// Tells each time that something was said.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.lock().changes.subscribe()
    }

    fn with(&self, name: &str, change: impl FnOnce(&mut Room)) {
        if let Some(room) = self.lock().rooms.iter_mut().find(|room| room.view.name == name) {
            change(room);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
