//! Configuration: environment, `.env` and `kanbridge.toml` become one validated value. All faults are found before
//! anything starts and are reported together, each with the place, what is wrong and what to do.

mod commands;
mod environment;
mod extras;
mod fault;
mod file;
mod here;
mod integrations;
mod read;
mod relays;
mod rooms;
mod variables;
mod watches;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use environment::Environment;
pub use fault::{Fault, Faults};
pub use file::board_of;
pub use integrations::read_integrations;
pub use read::{read, read_outward, read_trello};
pub use variables::{VARIABLES, Variable};

use crate::model::{AccountName, Instance, Integration, Room, RoomName, Secret, SigningKey};
use crate::relay::Relay;
use crate::sync::rules::Route;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the doors listen.
    pub listen: SocketAddr,
    /// How the neighbours reach the doors, where that was told.
    pub public_url: Option<url::Url>,
    /// `sqlite:FILE` or `postgres:…`; may hold a password.
    pub database_url: Secret,
    /// GitLab's side.
    pub gitlab: GitLab,
    /// Trello's API with its version.
    pub trello_url: url::Url,
    /// Trello's credentials, by name.
    pub accounts: Vec<Account>,
    /// Boards whose activity is followed are watched by themselves, where the public address and the secret are known.
    pub watches: bool,
    /// Which project's issues live where, in written order.
    pub routes: Vec<Route>,
    /// Where something can be said.
    pub rooms: Vec<Room>,
    /// Where in the file each room stands that is not the environment's.
    pub room_places: BTreeMap<RoomName, String>,
    /// Which boards' activity is told in which of them.
    pub relays: Vec<Relay>,
    /// A team's own scripts.
    pub integrations: Integrations,
    /// Lets operators in, where they want to be let in.
    pub admin_token: Option<Secret>,
    /// How outward connections are made.
    pub outward: Outward,
    /// Paces, spans and caps.
    pub limits: Limits,
    /// How to log.
    pub log: Log,
    /// What is odd without being wrong; told once at start.
    pub notes: Vec<String>,
}

/// GitLab's side.
#[derive(Clone, Debug)]
pub struct GitLab {
    /// Accepted values of `X-Gitlab-Token`. Without any, and without signing keys, nobody is let in: this kanbridge only
    /// relays.
    pub secrets: Vec<Secret>,
    /// Accepted signing keys. With any, unsigned requests are refused.
    pub signing_keys: Vec<SigningKey>,
    /// Where it is; in a folder of its host where the URL has a path.
    pub url: url::Url,
    /// The instance that this is; also that of payloads which do not name theirs.
    pub instance: Instance,
    /// For its API.
    pub token: Option<Secret>,
}

/// What it takes to call Trello, and no more.
#[derive(Clone, Debug)]
pub struct TrelloAccess {
    /// Trello's API with its version.
    pub url: url::Url,
    /// The credentials, by name.
    pub accounts: Vec<Account>,
    /// How outward connections are made.
    pub outward: Outward,
    /// Paces, spans and caps.
    pub limits: Limits,
}

impl From<Config> for TrelloAccess {
    fn from(config: Config) -> Self {
        TrelloAccess {
            url: config.trello_url,
            accounts: config.accounts,
            outward: config.outward,
            limits: config.limits,
        }
    }
}

/// One set of Trello credentials.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name; the environment's is `default`.
    pub name: AccountName,
    /// The API key.
    pub key: Secret,
    /// The token.
    pub token: Secret,
    /// The secrets with which Trello may sign what its webhooks send; none: no board can be watched.
    pub secrets: Vec<Secret>,
}

/// A team's own scripts.
#[derive(Clone, Debug)]
pub struct Integrations {
    /// Where they are.
    pub folder: PathBuf,
    /// The binary that scripts are started with: kanbridge itself.
    pub launcher: PathBuf,
    /// The Python 3 for those that define `run_integration`.
    pub python: OsString,
    /// Where the storage door saves to and loads from.
    pub storage: PathBuf,
    /// How long a run may take.
    pub timeout: Duration,
    /// What is said of single ones.
    pub known: Vec<Integration>,
}

/// How outward connections are made.
#[derive(Clone, Debug, Default)]
pub struct Outward {
    /// Further certificate authorities, as PEM text.
    pub authorities: Option<String>,
    /// Proxy URL for https addresses.
    pub https_proxy: Option<Secret>,
    /// Proxy URL for http addresses.
    pub http_proxy: Option<Secret>,
    /// Hosts that are reached directly.
    pub no_proxy: Option<String>,
}

/// Paces, spans and caps. The defaults are the design's; what operators may set has a variable.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls to Trello per 10 s and account. Trello allows a token 100.
    pub trello_calls: u32,
    /// An outward call gives up after this.
    pub call_timeout: Duration,
    /// Turns in hand at once.
    pub turns: usize,
    /// A turn holds its key this long without renewing.
    pub lease: Duration,
    /// After this, a card whose creation got no answer will not appear any more. Counted from the intent: the call starts
    /// within 2 s of it, has left within its own time-out, and Trello gives up on a request at 30 s.
    pub settle: Duration,
    /// A board's lists and labels are read anew after this, when a card is to be made.
    pub board_memory: Duration,
    /// Between two looks at a board's feed.
    pub poll: Duration,
    /// Between two looks at Trello's list of webhooks.
    pub watch: Duration,
    /// Between two sweeps of GitLab's issues and hooks.
    pub sweep: Duration,
    /// Trello answers a refusal this often before a key has failed.
    pub refusals: i64,
    /// The longest body a door takes: GitLab sends at most 25 MB.
    pub body: usize,
    /// Bytes of bodies that may be in memory at once.
    pub bytes_in_flight: usize,
    /// Connections at once.
    pub connections: usize,
    /// A request head, and then each body, must have come within this.
    pub patience: Duration,
    /// What somebody asks in chat is answered within this: chat servers wait 3 s.
    pub answer: Duration,
    /// Shutdown waits this long for requests and turns in hand.
    pub goodbye: Duration,
    /// Deliveries are kept this long.
    pub history: Duration,
    /// And at most this many bytes of them.
    pub history_bytes: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            trello_calls: 98,
            call_timeout: Duration::from_secs(15),
            turns: 16,
            lease: Duration::from_secs(20),
            settle: Duration::from_secs(50),
            board_memory: Duration::from_secs(15 * 60),
            poll: Duration::from_secs(30),
            watch: Duration::from_secs(600),
            sweep: Duration::from_secs(600),
            refusals: 3,
            body: 25 << 20,
            bytes_in_flight: 64 << 20,
            connections: 1024,
            patience: Duration::from_secs(30),
            answer: Duration::from_millis(2_500),
            goodbye: Duration::from_secs(20),
            history: Duration::from_secs(30 * 86_400),
            history_bytes: 1 << 30,
        }
    }
}

/// How to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// One JSON object a line instead of text.
    pub json: bool,
    /// What to log, in the syntax of `RUST_LOG`.
    pub filter: String,
}
