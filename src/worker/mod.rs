//! The hands: they take keys from the queue, one turn per key at a time, and do what the core says.
//!
//! Every turn ends with "done", "look again at T" or "failed"; `retry` decides which, from what happened.

mod arrivals;
mod boards;
mod comments;
mod downstream;
mod feed;
mod filing;
mod gone;
mod hiding;
mod hooks;
mod import;
mod issue;
mod known;
mod listener;
mod making;
mod merges;
mod milestones;
mod moving;
mod names;
mod outbox;
mod pair;
mod preview;
mod prune;
mod queue;
mod redacting;
mod retry;
mod signals;
mod sweep;
mod telling;
mod tokens;
mod trouble;
mod twins;
mod upstream;
mod watch;
mod watched;
mod watching;
mod wish;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

pub use boards::{board_scope, list_scope};
pub use import::{Asked, ImportError, Tally, import_page};
pub use known::{Known, Sight, known, sight};
pub use preview::{Outcome, Preview};
pub use queue::Worker;
pub use tokens::{SOON, days_left};
pub use watched::TurnEnd;
pub use watching::{Healed, WatchError, heal, unwatch};
pub use wish::TELL_AFTER;

use crate::chat::Chat;
use crate::clock::Clock;
use crate::gitlab::GitLab;
use crate::model::{AccountName, Discretion, Instance, RoomName};
use crate::relay::Relay;
use crate::scripts::Scripts;
use crate::store::Store;
use crate::sync::discretion::discretion;
use crate::sync::rules::Route;
use crate::trello::Trello;
use boards::Boards;
use watch::Webhooks;

/// Spans that turns go by; the design's values are the defaults of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Spans {
    /// A turn holds its key this long without renewing.
    pub lease: Duration,
    /// After this, a card whose creation got no answer will not appear any more.
    pub settle: Duration,
    /// A board's lists and labels are read anew after this, when a card is to be made.
    pub board_memory: Duration,
    /// Between two looks at a board's feed.
    pub poll: Duration,
    /// Between two sweeps.
    pub sweep: Duration,
    /// Between two looks at Trello's list of webhooks.
    pub watch: Duration,
    /// Deliveries and activities are kept this long.
    pub history: Duration,
    /// And at most this many bytes of them.
    pub history_bytes: i64,
    /// A neighbour refuses this often before a key has failed.
    pub refusals: i64,
}

/// The name that keys wait for while GitLab's API is down.
const GITLAB: &str = "gitlab";

/// Whom the worker calls.
#[derive(Debug)]
pub struct Neighbours {
    /// Trello, as every account that a route names sees it.
    pub accounts: Vec<Trello>,
    /// GitLab's API, where there is a token for it.
    pub gitlab: Option<GitLab>,
    /// The instance that its issues are of.
    pub instance: Instance,
    /// The rooms.
    pub rooms: Vec<Chat>,
    /// The team's scripts.
    pub scripts: Scripts,
    /// Where GitLab's and Trello's hooks lead to, if this process has its doors open.
    pub door: Option<Door>,
}

/// What goes where.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Which project's issues live where.
    pub routes: Vec<Route>,
    /// Which boards' activity is told in which rooms.
    pub relays: Vec<Relay>,
}

/// Our doors, as seen from GitLab and Trello.
#[derive(Clone, Debug)]
pub struct Door {
    /// How they reach us, where that was told.
    pub public_url: Option<url::Url>,
    /// The accounts whose deliveries can be verified: their secret is known.
    pub signed: HashSet<AccountName>,
    /// Boards that are followed are watched without a person's asking.
    pub watches: bool,
}

/// What every turn needs.
#[derive(Debug)]
pub struct Hands {
    store: Store,
    clock: Clock,
    routes: Vec<Route>,
    relays: Vec<Relay>,
    rooms: HashMap<RoomName, Chat>,
    scripts: Scripts,
    /// One for each script that may hear something at this moment.
    listening: Semaphore,
    accounts: HashMap<AccountName, Trello>,
    /// The ids of the members whose tokens the accounts have, as far as they were asked for.
    members: tokio::sync::Mutex<HashMap<AccountName, String>>,
    gitlab: Option<GitLab>,
    instance: Instance,
    /// What may be kept of confidential issues.
    discretion: Discretion,
    door: Option<Door>,
    boards: Boards,
    webhooks: Webhooks,
    spans: Spans,
    /// Neighbours that gave no answer when last asked, or were not asked yet.
    silent: Mutex<HashSet<String>>,
}

impl Hands {
    /// The neighbours hold every account and every room that the plan names.
    pub fn new(store: Store, clock: Clock, plan: Plan, neighbours: Neighbours, spans: Spans) -> Self {
        let Neighbours { accounts, gitlab, instance, rooms, scripts, door } = neighbours;
        let Plan { routes, relays } = plan;
        let mut silent: HashSet<String> = accounts.iter().map(boards::neighbour).collect();
        silent.insert(GITLAB.to_owned());
        let silent = Mutex::new(silent);
        let accounts = accounts.into_iter().map(|trello| (trello.account().clone(), trello)).collect();
        let rooms = rooms.into_iter().map(|chat| (chat.room().name.clone(), chat)).collect();
        let discretion = discretion(&routes);
        Hands {
            store,
            clock,
            routes,
            relays,
            rooms,
            scripts,
            listening: Semaphore::new(listener::AT_ONCE),
            accounts,
            members: tokio::sync::Mutex::default(),
            gitlab,
            instance,
            discretion,
            door,
            boards: Boards::default(),
            webhooks: Webhooks::default(),
            spans,
            silent,
        }
    }

    /// How the key of a route's board names it.
    pub fn board_name(route: &Route) -> &str {
        boards::Place::of_route(route).name()
    }

    /// A neighbour answered. What waits for it need not wait any longer.
    async fn heard(&self, neighbour: &str) {
        if !self.silent.lock().unwrap_or_else(PoisonError::into_inner).remove(neighbour) {
            return;
        }
        match self.store.wake(neighbour).await {
            Ok(0) => {}
            Ok(woken) => tracing::info!(neighbour, woken, "it answers again; what waited for it is due now"),
            // They come by themselves within a minute.
            Err(error) => tracing::warn!(neighbour, %error, "what waits for it could not be woken"),
        }
    }

    /// A neighbour gave no answer.
    fn lost(&self, neighbour: &str) {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner).insert(neighbour.to_owned());
    }
}
