//! A look-alike of Trello's API: boards, lists, labels, cards, the rate limiter, the recorded error bodies, and faults
//! on demand.

mod api;
mod limiter;
mod params;
mod server;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use super::calls::Call;
pub use super::faults::Fault;
pub use limiter::Allowance;
pub use world::{BoardView, CardView};

use super::calls::Calls;
use super::faults::Faults;
use limiter::Limiter;
use params::ApiRequest;
use world::World;

/// How the look-alike behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The API key that it knows.
    pub key: String,
    /// The token that it knows.
    pub token: String,
    /// What it allows.
    pub allowance: Allowance,
    /// How long each answer takes.
    pub latency: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            key: "sandbox-key".to_owned(),
            token: "sandbox-token".to_owned(),
            allowance: Allowance::default(),
            latency: Duration::ZERO,
        }
    }
}

/// Everything behind one lock: the look-alike is for tests and demonstrations.
#[derive(Debug)]
struct State {
    options: Options,
    world: World,
    limiter: Limiter,
    faults: Faults<ApiRequest>,
    calls: Calls,
}

/// The look-alike, serving until it is dropped.
#[derive(Debug)]
pub struct Trello {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Trello {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Trello {
    /// Serves on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let limiter = Limiter::new(options.allowance);
        let (world, faults, calls) = (World::default(), Faults::default(), Calls::default());
        let state = Arc::new(Mutex::new(State { options, world, limiter, faults, calls }));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&state)));
        Ok(Trello { state, address, server })
    }

    /// The API's base URL, with the version.
    pub fn url(&self) -> String {
        format!("http://{}/1", self.address)
    }

    /// Makes a board with these lists and gives their ids.
    pub fn add_board(&self, name: &str, lists: &[&str]) -> BoardView {
        self.lock().world.add_board(name, lists)
    }

    /// Makes a card by hand, as a person would.
    pub fn add_card(&self, list: &str, name: &str, description: &str) -> String {
        self.lock().world.add_card(list, name, description)
    }

    /// Makes a label by hand.
    pub fn add_label(&self, board: &str, name: &str) -> String {
        self.lock().world.add_label(board, name, None)
    }

    /// Changes a list by hand.
    pub fn change_list(&self, list: &str, name: &str, closed: bool) {
        self.lock().world.change_list(list, name, closed);
    }

    /// Closes or reopens a board by hand.
    pub fn close_board(&self, board: &str, closed: bool) {
        self.lock().world.close_board(board, closed);
    }

    /// Archives a card by hand.
    pub fn archive_card(&self, card: &str) {
        self.lock().world.archive_card(card);
    }

    /// Deletes a label by hand, from its board and all cards.
    pub fn delete_label(&self, label: &str) {
        self.lock().world.delete_label(label);
    }

    /// All cards of a board, in the order they were made.
    pub fn cards(&self, board: &str) -> Vec<CardView> {
        self.lock().world.cards(board)
    }

    /// The names of a board's labels, in the order they were made.
    pub fn labels(&self, board: &str) -> Vec<String> {
        self.lock().world.labels(board)
    }

    /// Knows another token from now on: the old one is revoked.
    pub fn change_token(&self, token: &str) {
        token.clone_into(&mut self.lock().options.token);
    }

    /// Lets the next call of `route` (as in [`Call::route`]) fail.
    pub fn fail_next(&self, route: &str, fault: Fault) {
        self.lock().faults.add(route, fault);
    }

    /// Applies the work of calls that failed with [`Fault::ApplyLater`].
    pub fn apply_held_work(&self) {
        let mut state = self.lock();
        for request in state.faults.take_held() {
            api::answer(&mut state.world, &request);
        }
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.list()
    }

    /// Tells the number of calls so far, and each time that it grows; forgotten calls count.
    pub fn counted(&self) -> watch::Receiver<usize> {
        self.lock().calls.counted()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.lock().calls.forget();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
