//! A team's own scripts: found by name in a folder at every call, run with a clean environment and within limits, and
//! heard. The one thing to know: nothing that a script does may hold the bridge up. It runs as a process of its own, in
//! a process group of its own, never through a shell; reading from it and waiting for it both stand under one time
//! limit, and the whole group is killed when it is over.
//!
//! A script that keeps something is run between reading its storage and writing it back:
//!
//! ```text
//! let turn = scripts.enter(&script).await?;          // waits for its turn: runs of one script do not overlap
//! let kept = store.storage(&script.name).await?;
//! let output = turn.run(&Input { storage: kept.document.clone(), .. }).await?;
//! if let Some(after) = &output.storage { store.keep_storage(&script.name, &kept, after).await?; }
//! ```

mod answer;
mod confined;
mod diary;
mod ears;
mod folder;
mod head;
mod process;
mod queue;
mod run;
mod said;
mod tokens;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::model::{BadName, Integration, RoomName};

pub use confined::{Confinement, confine};
pub use folder::{Aside, Kind, Script};
pub use run::Turn;

/// What scripts are run with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where they are; it need not be there.
    pub folder: PathBuf,
    /// The binary that confines itself and becomes the script: kanbridge itself, `/proc/self/exe`.
    pub launcher: PathBuf,
    /// The Python 3 for scripts that define `run_integration`.
    pub python: OsString,
    /// Where programs are looked for, by scripts and for them.
    pub path: OsString,
    /// What is said of single scripts.
    pub integrations: Vec<Integration>,
    /// What every run is held to.
    pub limits: Limits,
}

impl Setup {
    /// The scripts of `folder`, run by this very program with the usual limits and the `PATH` that it has itself.
    pub fn new(folder: PathBuf, integrations: Vec<Integration>) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let (launcher, python) = (PathBuf::from("/proc/self/exe"), OsString::from("python3"));
        Setup { folder, launcher, python, path, integrations, limits: Limits::default() }
    }
}

/// What every run is held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a run may take.
    pub time: Duration,
    /// How much memory each process of a run may have, in bytes: what it may write to and shares with nobody.
    pub memory: u64,
    /// How long a file that it writes may become, in bytes.
    pub file: u64,
    /// How long an answer may be, in bytes; what is longer is cut.
    pub reply: usize,
    /// How long a storage may be as JSON, in bytes.
    pub storage: usize,
    /// How long the question may be as JSON, in bytes, beside the storage.
    pub question: usize,
    /// Runs at once, of whatever scripts.
    pub at_once: usize,
    /// Runs that wait for their turn.
    pub waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            time: Duration::from_secs(10),
            memory: 512 << 20,
            file: 64 << 20,
            reply: 256 << 10,
            storage: 1 << 20,
            question: 1 << 20,
            at_once: 4,
            waiting: 200,
        }
    }
}

/// A team's scripts.
#[derive(Clone, Debug)]
pub struct Scripts {
    setup: std::sync::Arc<Setup>,
    queue: std::sync::Arc<queue::Queue>,
}

/// What a script is asked.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The word that it was called by.
    pub command: String,
    /// What was said after that word.
    pub query: String,
    /// The room that it was called from; its token belongs to it.
    pub room: Option<RoomName>,
    /// That room's id on the chat server; tokens may be given by it as well.
    pub room_id: Option<String>,
    /// Who called it.
    pub person: Option<String>,
    /// What the chat server sent, in the form of HipChat's `room_message`.
    pub notification: Value,
    /// What it has kept.
    pub storage: Map<String, Value>,
    /// What it hears: the action as Trello gave it, or a change that the bridge made (`"type": "change"`); `None` for a
    /// command.
    pub event: Option<Value>,
}

/// What a script answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// What is to be said in the room; `None`: nothing.
    pub reply: Option<String>,
    /// What it keeps from now on, where that has changed.
    pub storage: Option<Map<String, Value>>,
}

/// A run that came to nothing. What went wrong in the script stands in the log only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptTrouble {
    /// For the room.
    pub sentence: String,
    /// What the log's lines about this run are marked with.
    pub log_ref: String,
}

impl fmt::Display for ScriptTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for ScriptTrouble {}

impl Scripts {
    /// The scripts of a folder. Nothing is read before it is needed.
    pub fn new(setup: Setup) -> Self {
        let queue = queue::Queue::new(setup.limits.at_once, setup.limits.waiting);
        Scripts { setup: setup.into(), queue: queue.into() }
    }

    /// All scripts that are there now, by name.
    pub fn list(&self) -> Vec<Script> {
        folder::look(&self.setup.folder).0
    }

    /// The files that are there now and are no scripts, with the reason.
    pub fn aside(&self) -> Vec<Aside> {
        folder::look(&self.setup.folder).1
    }

    /// The script that answers to `name`.
    ///
    /// # Errors
    /// [`BadName`] where no script could have that name.
    pub fn find(&self, name: &str) -> Result<Option<Script>, BadName> {
        folder::find(&self.setup.folder, name)
    }

    /// The scripts that listen, each with the kinds that it hears (`createCard`, `updateCard:idList`, `all`, `changes`).
    pub fn listeners(&self) -> Vec<(Script, Vec<String>)> {
        let scripts = self.list().into_iter().filter(|script| !script.hears.is_empty());
        scripts.map(|script| (script.clone(), script.hears)).collect()
    }

    /// Waits until it is the script's turn: runs wait in the order in which they came. Runs of one script do not
    /// overlap unless it says so; what is done while the turn is held, nobody else does for this script here.
    ///
    /// # Errors
    /// When too many wait already.
    pub async fn enter(&self, script: &Script) -> Result<Turn, ScriptTrouble> {
        let overlap = script.overlap || self.integration(&script.name).is_some_and(|said| said.overlap);
        let log_ref = run::log_ref();
        match self.queue.enter(&script.name, overlap).await {
            Some(place) => Ok(Turn::new(self.setup.clone(), script.clone(), log_ref, place)),
            None => {
                tracing::warn!(script = script.name, log_ref, "too many runs wait already; this one was turned away");
                let sentence = format!("`{}` has too much to do; try again in a while", script.name);
                Err(ScriptTrouble { sentence, log_ref })
            }
        }
    }

    /// A whole run, for those whose storage nobody keeps.
    ///
    /// # Errors
    /// What can be said of the failure in the room; the rest is in the log.
    pub async fn run(&self, script: &Script, input: &Input) -> Result<Output, ScriptTrouble> {
        self.enter(script).await?.run(input).await
    }

    fn integration(&self, name: &str) -> Option<&Integration> {
        self.setup.integrations.iter().find(|said| said.name == name)
    }
}

/// Tokens as a script gets them: names to texts, rooms to names to texts.
type TokenTable = BTreeMap<String, Value>;
