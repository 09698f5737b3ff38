//! Assembling the bridge: what `serve` runs and what the stories step through.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{chat, integrations, outward};
use crate::chat::Chat;
use crate::clock::Clock;
use crate::commands::Commands;
use crate::config::{Account, Config, TrelloAccess};
use crate::gitlab::Verifier;
use crate::model::{Key, Rank};
use crate::relay::Relay;
use crate::store::{Claim, Store};
use crate::sync::discretion::discretion;
use crate::trello::Echo;
use crate::web::{
    BodyLimits, Doors, GitLabDoor, Health, RelayDoor, RelayedBoard, ServeLimits, StorageDoor, TrelloDoor,
    WatchingAccount, WorkerWell, serve,
};
use crate::worker::{Door, Hands, Neighbours, Plan, Spans, Worker};

/// After a start, boards are looked at before their watches: only then is it known what is followed under which name.
const SETTLED: Duration = Duration::from_secs(5);

/// Who has a board looked at is answered within this.
const WAIT_FOR_LOOK: Duration = Duration::from_secs(10);

/// A bridge, put together and not yet running.
#[derive(Debug)]
pub struct Bridge {
    /// Its memory.
    pub store: Store,
    /// Its hands.
    pub worker: Worker,
    doors: Doors,
    commands: Commands,
    limits: ServeLimits,
    claim: Claim,
}

/// A bridge that runs.
#[derive(Debug)]
pub struct Running {
    /// Where the doors are.
    pub address: SocketAddr,
    goodbye: watch::Sender<bool>,
    doors: JoinHandle<()>,
    worker: Option<JoinHandle<()>>,
    commands: Commands,
    patience: Duration,
    _claim: Claim,
}

impl Bridge {
    /// Opens the store, claims its queue and puts everything together.
    ///
    /// # Errors
    /// What cannot be used, and the cure.
    pub async fn assemble(config: Config, clock: Clock) -> Result<Self> {
        let store = Store::open(config.database_url.expose(), clock.clone()).await?;
        let claim = store.claim().await?;
        store.mark(&Key::Prune, Rank::Background, None).await.context("the queue cannot be written")?;
        for route in config.routes.iter().filter(|route| route.fields.any_from_trello()) {
            let key = Key::Board(route.account.clone(), Hands::board_name(route).to_owned());
            Self::look_at_once(&store, &key).await?;
        }
        for relay in &config.relays {
            Self::look_at_once(&store, &Key::Board(relay.account.clone(), relay.board.clone())).await?;
        }
        for room in &config.rooms {
            let key = Key::Outbox(room.name.clone());
            store.mark(&key, Rank::Live, None).await.context("the queue cannot be written")?;
        }
        if config.gitlab.token.is_some() {
            store.mark(&Key::Sweep, Rank::Background, None).await.context("the queue cannot be written")?;
        }
        let signed = config.accounts.iter().filter(|account| !account.secrets.is_empty());
        let door = Door {
            public_url: config.public_url.clone(),
            signed: signed.map(|account| account.name.clone()).collect(),
            watches: config.watches,
        };
        let soon = store.now().await? + SETTLED;
        for watch in store.watches().await? {
            store.mark(&Key::Watch(watch.account, watch.model), Rank::Live, Some(soon)).await?;
        }
        // What may be shown of them may be another than when the process was here last.
        store.mark_confidential().await.context("the queue cannot be written")?;
        let echo = echo(&store).await?;
        let worker = worker(&config, &store, &clock, Some(door)).await?;
        let doors = doors(&config, &store, &worker, clock, echo);
        let commands = doors.chat.commands.clone();
        let limits = ServeLimits {
            connections: config.limits.connections,
            head: config.limits.patience,
            goodbye: config.limits.goodbye,
        };
        Ok(Bridge { store, worker, doors, commands, limits, claim })
    }

    /// What happened while nobody looked is looked at now, however seldom that was done before.
    async fn look_at_once(store: &Store, board: &Key) -> Result<()> {
        store.hurry(board).await.context("the queue cannot be written")
    }

    /// Opens the doors on `listener`; nobody works on the queue but who steps the worker.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn open_doors(self, listener: TcpListener) -> Result<Running> {
        self.run(listener, false)
    }

    pub(super) fn run(self, listener: TcpListener, with_worker: bool) -> Result<Running> {
        let address = listener.local_addr().context("the listener has no address")?;
        let (goodbye, told) = watch::channel(false);
        let worker = with_worker.then(|| tokio::spawn(self.worker.run(told.clone())));
        let doors = tokio::spawn(serve(listener, self.doors.filter(), self.limits, told));
        let (commands, patience) = (self.commands, self.limits.goodbye);
        Ok(Running { address, goodbye, doors, worker, commands, patience, _claim: self.claim })
    }
}

/// Starts a whole bridge on `listener`.
///
/// # Errors
/// What cannot be used, and the cure.
pub async fn start(config: Config, listener: TcpListener, clock: Clock) -> Result<Running> {
    Bridge::assemble(config, clock).await?.run(listener, true)
}

impl Running {
    /// Ends it: no new requests, the questions and the turns in hand to their end, all within the time for goodbyes.
    ///
    /// # Errors
    /// When a part had already ended by itself.
    pub async fn stop(self) -> Result<()> {
        // Both parts may have ended already; then nobody listens.
        let _ = self.goodbye.send(true);
        self.doors.await.map_err(|error| anyhow!("the doors broke off: {error}"))?;
        if tokio::time::timeout(self.patience, self.commands.finish()).await.is_err() {
            tracing::warn!("some questions from chat were not answered in time; who asked was told to ask again then");
        }
        let Some(worker) = self.worker else { return Ok(()) };
        match tokio::time::timeout(self.patience, worker).await {
            Ok(ended) => ended.map_err(|error| anyhow!("the worker broke off: {error}")),
            Err(_) => {
                tracing::warn!("some turns did not end in time; they go on after the next start");
                Ok(())
            }
        }
    }

    /// Returns when a part ended that should not have, saying which.
    pub async fn broke(&mut self) -> &'static str {
        let worker = async {
            match &mut self.worker {
                Some(worker) => drop(worker.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = &mut self.doors => "the doors",
            () = worker => "the worker",
        }
    }
}

/// The hands alone; `door` is where hooks lead to, if this process opens it.
pub(super) async fn worker(config: &Config, store: &Store, clock: &Clock, door: Option<Door>) -> Result<Worker> {
    let accounts = outward::accounts(&TrelloAccess::from(config.clone()))?;
    let echo = echo(store).await?;
    let accounts = accounts.into_iter().map(|trello| trello.known_by(echo.clone())).collect();
    let (gitlab, instance) = (outward::gitlab(config)?, config.gitlab.instance.clone());
    let rooms = outward::rooms(config)?;
    for note in rooms.iter().flat_map(Chat::notes) {
        tracing::warn!("{note}");
    }
    let scripts = integrations::scripts(&config.integrations);
    let neighbours = Neighbours { accounts, gitlab, instance, rooms, scripts, door };
    let plan = Plan { routes: config.routes.clone(), relays: config.relays.clone() };
    let hands = Hands::new(store.clone(), clock.clone(), plan, neighbours, spans(config));
    Ok(Worker::new(hands, config.limits.turns))
}

/// What our own writes are known by.
async fn echo(store: &Store) -> Result<Option<Echo>> {
    Ok(Echo::of(&store.identity().await.context("the database cannot be used")?))
}

fn spans(config: &Config) -> Spans {
    Spans {
        lease: config.limits.lease,
        settle: config.limits.settle,
        board_memory: config.limits.board_memory,
        poll: config.limits.poll,
        sweep: config.limits.sweep,
        watch: config.limits.watch,
        history: config.limits.history,
        history_bytes: config.limits.history_bytes,
        refusals: config.limits.refusals,
    }
}

fn doors(config: &Config, store: &Store, worker: &Worker, clock: Clock, echo: Option<Echo>) -> Doors {
    let limits = BodyLimits::new(config.limits.body, config.limits.patience, config.limits.bytes_in_flight);
    let gitlab = GitLabDoor {
        verifier: Verifier { secrets: config.gitlab.secrets.clone(), signing_keys: config.gitlab.signing_keys.clone() },
        instance: config.gitlab.instance.clone(),
        discretion: discretion(&config.routes),
        writer: store.writer(),
        limits: limits.clone(),
        clock: clock.clone(),
    };
    let chat = chat::door(config, store, worker, clock);
    let worker = worker.clone();
    let health = Health { store: store.clone(), worker: WorkerWell(Arc::new(move || worker.is_well())) };
    let trello = TrelloDoor { echo, ..trello_door(config, store, &gitlab) };
    let storage = config.admin_token.clone().map(|token| {
        let (folder, store) = (config.integrations.storage.clone(), store.clone());
        Arc::new(StorageDoor { token, folder, store, limits })
    });
    Doors {
        gitlab: Arc::new(gitlab),
        trello: Arc::new(trello),
        chat: Arc::new(chat),
        relay: Arc::new(relay_door(config, store)),
        health: Arc::new(health),
        storage,
    }
}

/// What it takes in goes the same way as GitLab's, and out of the same room.
fn trello_door(config: &Config, store: &Store, gitlab: &GitLabDoor) -> TrelloDoor {
    let watching = |account: &Account| WatchingAccount { name: account.name.clone(), secrets: account.secrets.clone() };
    TrelloDoor {
        accounts: config.accounts.iter().map(watching).collect(),
        store: store.clone(),
        writer: gitlab.writer.clone(),
        limits: gitlab.limits.clone(),
        echo: None,
    }
}

fn relay_door(config: &Config, store: &Store) -> RelayDoor {
    let board = |relay: &Relay| RelayedBoard {
        account: relay.account.clone(),
        name: relay.board.clone(),
        rooms: relay.rooms.clone(),
    };
    RelayDoor {
        token: config.admin_token.clone(),
        boards: config.relays.iter().map(board).collect(),
        store: store.clone(),
        patience: WAIT_FOR_LOOK,
    }
}
