//! A look-alike of GitLab: issues, notes, labels, merge requests and members over its REST API, and the hooks that it
//! sends, signed as each era signed them. People's hands are in [`Person`]; what they do, hooks tell.

mod api;
mod clock;
mod hooks;
mod limiter;
mod people;
mod server;
mod views;
mod world;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use super::calls::Call;
pub use super::faults::Fault;
pub use clock::Clock;
pub use hooks::{AutoDisable, Delivery, Shuffle, Tally};
pub use people::{Hidden, NoSuch, Person};
pub use views::{HookView, IssueView, NewHook, NoteView};
pub use world::{Change, Invalid, Kind};

use super::calls::Calls;
use super::faults::Faults;
use api::{ApiRequest, Token};
use hooks::{Hook, Post};
use limiter::Limiter;
use world::World;

/// Which GitLab it looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Era {
    /// 17.3: hooks carry the secret token and nothing that names them.
    Plain,
    /// 18.5: with an `Idempotency-Key`.
    Keyed,
    /// 19.1: with `webhook-id` and `webhook-timestamp`, and signed where the hook has a signing token.
    #[default]
    Signed,
}

impl Era {
    fn version(self) -> &'static str {
        match self {
            Era::Plain => "17.3.7",
            Era::Keyed => "18.5.2",
            Era::Signed => "19.1.0",
        }
    }
}

/// What has been paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition {
    /// One assignee, no weight.
    Free,
    /// Several assignees, weights.
    #[default]
    Premium,
}

/// How the look-alike behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which version it looks like.
    pub era: Era,
    /// What has been paid for.
    pub edition: Edition,
    /// The API token of its root user.
    pub token: String,
    /// How long each answer takes.
    pub latency: Duration,
    /// Calls that a user has in a minute; `None`: as many as they like, as a self-managed instance is delivered.
    pub calls_per_minute: Option<u32>,
    /// The time.
    pub clock: Clock,
    /// The address by which it calls itself, in links and payloads; `None`: the one that it serves on.
    pub external_url: Option<String>,
    /// Whether hooks may go to the local network, as an administrator can allow.
    pub local_requests: bool,
    /// Which failures switch a hook off.
    pub auto_disable: AutoDisable,
    /// Whether hooks are sent one at a time and in order. GitLab promises nothing of the kind.
    pub in_turn: bool,
    /// How long a hook may take to answer.
    pub hook_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            era: Era::default(),
            edition: Edition::default(),
            token: "glpat-sandbox-token".to_owned(),
            latency: Duration::ZERO,
            calls_per_minute: None,
            clock: Clock::system(),
            external_url: None,
            local_requests: true,
            auto_disable: AutoDisable::default(),
            in_turn: false,
            hook_timeout: Duration::from_secs(10),
        }
    }
}

/// Everything behind one lock: the look-alike is for tests and demonstrations.
#[derive(Debug)]
struct State {
    options: Options,
    world: World,
    tokens: Vec<Token>,
    hooks: Vec<Hook>,
    post: Post,
    /// The hooks that each chain of recursive hooks has been to, by its event UUID.
    chains: HashMap<String, HashSet<i64>>,
    limiter: Limiter,
    faults: Faults<ApiRequest>,
    calls: Calls,
    changed: watch::Sender<usize>,
}

/// What sending takes along.
#[derive(Clone, Debug)]
struct Courier {
    state: Arc<Mutex<State>>,
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

impl Courier {
    /// Lets hooks tell what has happened; `cause` is the chain of hooks that it happened in.
    fn tell(&self, state: &mut State, cause: Option<&str>) {
        // GitLab forgets a chain after half an hour; here, forgetting them all now and then is as good.
        const CHAINS: usize = 10_000;
        if state.chains.len() > CHAINS {
            state.chains.clear();
        }
        for event in std::mem::take(&mut state.world.events) {
            state.changed.send_modify(|count| *count += 1);
            let now = state.world.clock.now();
            let wants = |hook: &&Hook| {
                hook.project == event.project
                    && hook.triggers.contains(&event.trigger)
                    && hook.health.status(now) == "executable"
            };
            let hooks: Vec<Hook> = state.hooks.iter().filter(wants).cloned().collect();
            for hook in hooks {
                let parcel = hooks::parcel(&hook, event.trigger, &event.body, cause);
                // A hook that is in the chain already is not called again; nor is any past the chain's hundredth.
                let chain = state.chains.entry(parcel.event_uuid.clone()).or_default();
                if chain.len() < 100 && chain.insert(hook.id) {
                    hooks::post(state, self, parcel);
                }
            }
        }
    }
}

/// The look-alike, serving until it is dropped.
#[derive(Debug)]
pub struct GitLab {
    courier: Courier,
    address: SocketAddr,
    server: JoinHandle<()>,
    root: i64,
}

impl Drop for GitLab {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl GitLab {
    /// Serves on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        GitLab::start_on(TcpListener::bind("127.0.0.1:0").await?, options)
    }

    /// Serves where `listener` listens. Runs on the runtime that it is called on.
    ///
    /// # Errors
    /// When there is no such place, or no client to send hooks with.
    pub fn start_on(listener: TcpListener, options: Options) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let base = options.external_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let base = base.trim_end_matches('/').to_owned();
        let mut world = World::new(options.clock.clone(), options.era, options.edition, base);
        let root = world.add_user("root", "Administrator");
        let tokens = vec![Token::new(&options.token, root, &["api"])];
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(options.hook_timeout)
            .no_proxy()
            .build()
            .map_err(std::io::Error::other)?;
        let state = State {
            world,
            tokens,
            hooks: Vec::new(),
            post: Post::new(options.in_turn),
            chains: HashMap::new(),
            limiter: Limiter::new(options.calls_per_minute),
            faults: Faults::default(),
            calls: Calls::default(),
            changed: watch::Sender::new(0),
            options,
        };
        let state = Arc::new(Mutex::new(state));
        let courier = Courier { state, client, runtime: tokio::runtime::Handle::current() };
        let server = tokio::spawn(server::serve(listener, courier.clone()));
        Ok(GitLab { courier, address, server, root })
    }

    /// Scheme, host and port that it serves on.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets the next call of `route` fail: `POST /projects/{id}/issues`, `PUT /projects/{id}/issues/{id}`.
    pub fn fail_next(&self, route: &str, fault: Fault) {
        self.lock().faults.add(route, fault);
    }

    /// Applies the work of calls that failed with [`Fault::ApplyLater`].
    pub fn apply_held_work(&self) {
        let mut state = self.lock();
        for request in state.faults.take_held() {
            // Whoever asked has gone; what it did shows in the world.
            let _ = api::carry_out(&mut state, &request);
            self.courier.tell(&mut state, request.cause.as_deref());
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

    /// Tells a number that grows with everything that changes: issues, notes, merge requests, what hooks were answered.
    pub fn changes(&self) -> watch::Receiver<usize> {
        self.lock().changed.subscribe()
    }

    /// What was sent to hooks, the oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lock().post.log().cloned().collect()
    }

    /// Tells how many requests to hooks were sent, are under way, are held.
    pub fn tally(&self) -> watch::Receiver<Tally> {
        self.lock().post.tally.subscribe()
    }

    /// Waits until no request to a hook is under way.
    pub async fn settled(&self) {
        let mut tally = self.tally();
        // The sender lives as long as this look-alike does.
        let _ = tally.wait_for(|tally| tally.under_way == 0).await;
    }

    /// Holds requests to hooks back from now on.
    pub fn hold(&self) {
        self.lock().post.holds = true;
    }

    /// Sends what was held, as `shuffle` says, and holds no more.
    pub fn let_go(&self, shuffle: Shuffle) {
        let mut state = self.lock();
        state.post.holds = false;
        for parcel in state.post.let_go(shuffle) {
            hooks::post(&mut state, &self.courier, parcel);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.courier.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
