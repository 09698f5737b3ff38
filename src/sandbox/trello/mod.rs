//! A look-alike of Trello's API: boards, lists, labels, cards, members, checklists, comments, the activity feed and
//! webhooks, the rate limiter, the recorded error bodies, and faults on demand. One file per kind of thing: what it is,
//! how it is written, and the calls about it.

mod actions;
mod api;
mod boards;
mod card;
mod card_changes;
mod cards;
mod checklists;
mod courier;
mod display;
mod exchange;
mod feed;
mod hands;
mod items;
mod labels;
mod limiter;
mod limits;
mod lists;
mod members;
mod params;
mod parts;
mod server;
mod tokens;
mod views;
mod webhooks;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub use super::calls::Call;
pub use super::faults::Fault;
pub use courier::Delivered;
pub use exchange::Exchange;
pub use hands::{Done, Hand};
pub use limiter::Allowance;
pub use views::{BoardView, CardView, CommentView, ListView};

use super::calls::Calls;
use super::faults::Faults;
use courier::{Delivery, Desk};
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
    /// The key's secret, with which deliveries to webhooks are signed.
    pub secret: String,
    /// The username of the member whose token it is.
    pub member: String,
    /// What it allows.
    pub allowance: Allowance,
    /// How long each answer takes.
    pub latency: Duration,
    /// The pauses before a delivery that failed is tried again; Trello makes three.
    pub webhook_retries: Vec<Duration>,
    /// How long a receiver may take over a delivery.
    pub webhook_timeout: Duration,
    /// When its time begins; without it, now.
    pub starts_at: Option<jiff::Timestamp>,
    /// Keep what was asked and answered, for those who check it.
    pub keep_exchanges: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            key: "sandbox-key".to_owned(),
            token: "sandbox-token".to_owned(),
            secret: "sandbox-secret".to_owned(),
            member: "kanbridge".to_owned(),
            allowance: Allowance::default(),
            latency: Duration::ZERO,
            webhook_retries: [30, 60, 120].map(Duration::from_secs).to_vec(),
            webhook_timeout: Duration::from_secs(30),
            starts_at: None,
            keep_exchanges: false,
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
    exchanges: Option<Vec<Exchange>>,
    deliveries: Vec<Delivered>,
    bag: mpsc::UnboundedSender<Delivery>,
    changes: watch::Sender<u64>,
}

/// The look-alike, serving until it is dropped.
#[derive(Debug)]
pub struct Trello {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    server: JoinHandle<()>,
    courier: JoinHandle<()>,
}

impl Drop for Trello {
    fn drop(&mut self) {
        self.server.abort();
        self.courier.abort();
    }
}

impl Trello {
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
    /// When the listener has no address, or no client for webhooks can be made.
    pub fn start_on(listener: TcpListener, options: Options) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let client = courier::client(options.webhook_timeout)?;
        let (bag, deliveries) = mpsc::unbounded_channel();
        let state = Arc::new(Mutex::new(State::new(options, bag)));
        let desk = Desk { state: Arc::clone(&state), client };
        let courier = tokio::spawn(courier::run(desk.clone(), deliveries));
        let server = tokio::spawn(server::serve(listener, desk));
        Ok(Trello { state, address, server, courier })
    }

    /// The API's base URL, with the version.
    pub fn url(&self) -> String {
        format!("http://{}/1", self.address)
    }

    /// Makes a board with these lists, by the token's owner, and gives their ids.
    pub fn add_board(&self, name: &str, lists: &[&str]) -> BoardView {
        self.owner().add_board(name, lists)
    }

    /// Makes a card by the token's owner's hands; gives its id. What is not there is asked for in vain, in silence, by
    /// this and the next verbs: they arrange stories.
    pub fn add_card(&self, list: &str, name: &str, description: &str) -> String {
        self.owner().add_card(list, name, description).unwrap_or_default()
    }

    /// Makes a label by hand.
    pub fn add_label(&self, board: &str, name: &str) -> String {
        self.owner().add_label(board, name, None).unwrap_or_default()
    }

    /// Changes a list by hand.
    pub fn change_list(&self, list: &str, name: &str, closed: bool) {
        let _ = self.owner().change_list(list, name, closed);
    }

    /// Closes or reopens a board by hand.
    pub fn close_board(&self, board: &str, closed: bool) {
        let _ = self.owner().close_board(board, closed);
    }

    /// Archives a card by hand.
    pub fn archive_card(&self, card: &str) {
        let _ = self.owner().archive_card(card, true);
    }

    /// Deletes a label by hand, from its board and all cards.
    pub fn delete_label(&self, label: &str) {
        let _ = self.owner().delete_label(label);
    }

    fn owner(&self) -> Hand<'_> {
        let owner = self.lock().options.member.clone();
        self.by(&owner)
    }

    /// Knows another token of the same member from now on: the old one is revoked, and its webhooks go with it.
    pub fn change_token(&self, token: &str) {
        let mut state = self.lock();
        let old = std::mem::replace(&mut state.options.token, token.to_owned());
        let owner = state.options.member.clone();
        state.work(|world| {
            let member = world.member_named(&owner, &owner);
            world.tokens.retain(|known| known.value != old);
            world.add_token(token, &member, None, true);
        });
    }

    /// Lets the token expire at this time, and write or only read until then.
    pub fn limit_token(&self, expires: Option<jiff::Timestamp>, writes: bool) {
        let mut state = self.lock();
        let token = state.options.token.clone();
        for known in state.world.tokens.iter_mut().filter(|known| known.value == token) {
            (known.expires, known.writes) = (expires, writes);
        }
    }

    /// Knows one more token, of another member (made if need be), without end.
    pub fn add_token(&self, token: &str, username: &str) {
        let mut state = self.lock();
        let member = state.world.member_named(username, username);
        state.world.add_token(token, &member, None, true);
    }

    /// Lets the next call of `route` (as in [`Call::route`]) fail.
    pub fn fail_next(&self, route: &str, fault: Fault) {
        self.lock().faults.add(route, fault);
    }

    /// Applies the work of calls that failed with [`Fault::ApplyLater`].
    pub fn apply_held_work(&self) {
        server::carry_out_late(&self.state);
    }

    /// Lets time pass here, faster than it does elsewhere.
    pub fn pass(&self, span: Duration) {
        self.lock().world.pass(jiff::SignedDuration::try_from(span).unwrap_or_default());
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

    /// Tells each time that something on a board, a webhook or a delivery is not as it was.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.lock().changes.subscribe()
    }

    /// How the deliveries to webhooks went, the last thousand in order.
    pub fn deliveries(&self) -> Vec<Delivered> {
        self.lock().deliveries.clone()
    }

    /// What was asked and answered since the last look, if [`Options::keep_exchanges`] says so.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.lock().exchanges.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn new(options: Options, bag: mpsc::UnboundedSender<Delivery>) -> Self {
        let mut world = World::new(options.starts_at);
        let owner = world.member_named(&options.member, &options.member);
        world.add_token(&options.token, &owner, None, true);
        State {
            limiter: Limiter::new(options.allowance),
            exchanges: options.keep_exchanges.then(Vec::new),
            options,
            world,
            faults: Faults::default(),
            calls: Calls::default(),
            deliveries: Vec::new(),
            bag,
            changes: watch::Sender::new(0),
        }
    }

    /// Does something to the world, and lets everybody know who has to.
    fn work<T>(&mut self, work: impl FnOnce(&mut World) -> T) -> T {
        let result = work(&mut self.world);
        for delivery in std::mem::take(&mut self.world.outgoing) {
            // The courier ends only with the look-alike.
            let _ = self.bag.send(delivery);
        }
        if std::mem::take(&mut self.world.changed) {
            self.tell_change();
        }
        result
    }

    fn tell_change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
