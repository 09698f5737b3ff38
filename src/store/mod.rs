//! Memory: domain verbs over SQLite or PostgreSQL. The one thing to know: what a door answers 2xx for has been
//! committed here first.
//!
//! The statements stand in `sql` and the verbs in `verbs/`, both once; `verbs/` is compiled for each engine.

mod error;
mod postgres;
mod rows;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use tokio::sync::Notify;

pub use activities::{
    Ask, Decision, Found, HOLD, Heard, Held, Judged, Kept, KeptActivity, OVERLAP, Outcome, Reach, Source,
};
pub use error::StoreError;
pub use outbox::{Said, Saying, Signals, Waiting};
pub use rows::{Backlog, Filing, Finish, IndexedCard, KeyState, Leased, Listed, Missing, Observation, Standing};
pub use storage::StorageBackup;
pub use watches::Wanted;
pub use writer::{Hold, Writer};

use crate::clock::Clock;
use crate::model::{
    BoardId, CardId, Delivery, Instance, Intake, Issue, IssueRef, IssueUrl, Key, Micros, Rank, Receipt,
};

/// How long a worker sleeps at most before it looks at the queue again: another process (a replica, or `deliveries
/// replay` on the command line) may have marked a key.
const POLL: Duration = Duration::from_secs(1);

/// How long a verb that others wait for may take. A server that has vanished from the network says nothing for many
/// minutes.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
enum Engine {
    Sqlite(sqlite::Engine),
    Postgres(postgres::Engine),
}

/// The store. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Arc<Engine>,
    marked: Arc<Notify>,
    /// A wish has ended.
    ended: Arc<Notify>,
}

/// Held by the one process that works on an SQLite file; released when dropped, or with the process.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "its lock lasts as long as it does")] Option<std::fs::File>);

macro_rules! on_engine {
    ($store:expr, $engine:ident => $call:expr) => {
        match &*$store.engine {
            Engine::Sqlite($engine) => $call.await,
            Engine::Postgres($engine) => $call.await,
        }
    };
}

// Behind the macro that they use.
mod activities;
mod comments;
mod merges;
mod outbox;
mod pairs;
mod repair;
mod storage;
mod watches;
mod wishes;

use merges::project_scope;
pub use wishes::{LinkedCard, NewWish};

impl Store {
    /// Opens the database and brings its schema up to date. `sqlite:FILE` is made where it is missing.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] with the cause and the cure; a schema newer than this binary is refused.
    pub async fn open(url: &str, clock: Clock) -> Result<Self, StoreError> {
        let engine = match url.split_once(':') {
            Some(("sqlite", _)) => Engine::Sqlite(sqlite::Engine::open(url, clock).await?),
            Some(("postgres" | "postgresql", _)) => Engine::Postgres(postgres::Engine::open(url, clock).await?),
            _ => {
                let sentence = "DATABASE_URL must start with `sqlite:` or `postgres:`";
                return Err(StoreError::Unusable(sentence.to_owned()));
            }
        };
        Ok(Store { engine: Arc::new(engine), marked: Arc::default(), ended: Arc::default() })
    }

    /// Claims the right to run turns. On SQLite one process at a time has it, and so every lease found there is a dead
    /// process's and is freed (at once, unless its key saw several deaths); on PostgreSQL replicas share, and leases run
    /// out by themselves.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when another process works on the file.
    pub async fn claim(&self) -> Result<Claim, StoreError> {
        let claim = self.try_claim().await?;
        claim.ok_or_else(|| match &*self.engine {
            Engine::Sqlite(engine) => engine.taken(),
            Engine::Postgres(_) => StoreError::Unusable("another kanbridge has the queue for itself".to_owned()),
        })
    }

    /// The same, giving `None` when another process works on the file.
    ///
    /// # Errors
    /// When the lock cannot be used.
    pub async fn try_claim(&self) -> Result<Option<Claim>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(engine) => {
                let Some(lock) = engine.lock()? else { return Ok(None) };
                engine.free_leases().await?;
                Ok(Some(Claim(Some(lock))))
            }
            Engine::Postgres(_) => Ok(Some(Claim(None))),
        }
    }

    /// Starts the group-commit task that the doors write through.
    pub fn writer(&self) -> Writer {
        Writer::start(self.clone())
    }

    /// The time by which leases are counted: the server's on PostgreSQL.
    pub async fn now(&self) -> Result<Micros, StoreError> {
        on_engine!(self, engine => engine.now())
    }

    /// Writes `batch` down (deliveries, observations, marks) in one commit; the receipts come in its order. Of a
    /// request that was written down before only the repetition is counted, and its key is marked all the same.
    pub async fn accept(&self, batch: &[Intake]) -> Result<Vec<Receipt>, StoreError> {
        let receipts = in_time(async { on_engine!(self, engine => engine.accept(batch)) }).await?;
        self.marked.notify_one();
        Ok(receipts)
    }

    /// Marks `key`: due at `at` (`None`: now), or earlier where it already was.
    pub async fn mark(&self, key: &Key, rank: Rank, at: Option<Micros>) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.mark(key, rank, at))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Writes a state of an issue down that was seen before, unless what is known is as new, and marks its key.
    pub async fn observe_again(&self, issue: &Issue) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.observe_again(issue))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Writes a state of an issue down that was just read, unless a newer one is known. Marks nothing.
    pub async fn observe(&self, issue: &Issue) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.observe_now(issue))
    }

    /// Takes a page of a listing in, in one commit: states, marks, and how far the listing came.
    pub async fn take_in(&self, page: &Listed) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.take_in(page))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Whether an import asked for this issue's card, closed as it may be.
    pub async fn is_asked(&self, issue: &IssueRef) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.is_asked(issue))
    }

    /// How many changes sweeps have found that no hook had told.
    pub async fn recovered(&self) -> Result<i64, StoreError> {
        on_engine!(self, engine => engine.recovered())
    }

    /// Counts what was found though no hook had told it; gives how much that is by now.
    pub async fn add_recovered(&self, more: usize) -> Result<i64, StoreError> {
        on_engine!(self, engine => engine.add_recovered(more))
    }

    /// The projects of an instance whose issues have links, by number.
    pub async fn projects(&self, instance: &Instance) -> Result<Vec<i64>, StoreError> {
        on_engine!(self, engine => engine.projects(instance))
    }

    /// When the first link of a project was made.
    pub async fn first_link(&self, instance: &Instance, project: i64) -> Result<Option<Micros>, StoreError> {
        on_engine!(self, engine => engine.first_link(instance, project))
    }

    /// Takes up to `most` due keys into hand for `span`.
    pub async fn lease(&self, most: usize, span: Duration) -> Result<Vec<Leased>, StoreError> {
        in_time(async { on_engine!(self, engine => engine.lease(most, span)) }).await
    }

    /// Keeps a key in hand for another `span`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when it has passed to another.
    pub async fn renew(&self, turn: &Leased, span: Duration) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.renew(turn, span))
    }

    /// Ends a turn. A key that was marked during its turn has exactly one more.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn finish(&self, turn: &Leased, how: &Finish) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.finish(turn, how))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Makes the keys due that wait for `neighbour`, which answers again. Gives their number.
    pub async fn wake(&self, neighbour: &str) -> Result<u64, StoreError> {
        let woken = on_engine!(self, engine => engine.wake(neighbour))?;
        self.marked.notify_one();
        Ok(woken)
    }

    /// Returns when a key may have become due: marked here, due by the clock, or a second later in any case.
    pub async fn wait_due(&self) -> Result<(), StoreError> {
        let wait = match on_engine!(self, engine => engine.next_due())? {
            Some(due) => due.since(self.now().await?).min(POLL),
            None => POLL,
        };
        // What was marked between the look and the wait left a permit, so nothing is overslept.
        let _ = tokio::time::timeout(wait, self.marked.notified()).await;
        Ok(())
    }

    /// How a key stands in the queue; `None` when there is nothing to do for it.
    pub async fn key_state(&self, key: &str) -> Result<Option<KeyState>, StoreError> {
        on_engine!(self, engine => engine.key_state(key))
    }

    /// How many issues of a rank still wait for their turns.
    pub async fn backlog(&self, rank: Rank) -> Result<Backlog, StoreError> {
        on_engine!(self, engine => engine.backlog(rank))
    }

    /// The keys that have failed, as they are written, and why.
    pub async fn failed(&self) -> Result<Vec<(String, String)>, StoreError> {
        on_engine!(self, engine => engine.failed())
    }

    /// The issues among them.
    pub async fn failed_issues(&self) -> Result<Vec<(IssueRef, String)>, StoreError> {
        let issue = |(key, reason): (String, String)| match key.parse() {
            Ok(Key::Issue(issue)) => Some((issue, reason)),
            _ => None,
        };
        Ok(self.failed().await?.into_iter().filter_map(issue).collect())
    }

    /// Whether several processes may run turns at once.
    pub fn is_shared(&self) -> bool {
        matches!(&*self.engine, Engine::Postgres(_))
    }

    /// How many keys have failed and wait for a new event or a replay.
    pub async fn count_failed(&self) -> Result<i64, StoreError> {
        on_engine!(self, engine => engine.count_failed())
    }

    /// The id that a name stood for when it was first needed.
    pub async fn pin(&self, scope: &str, name: &str) -> Result<Option<String>, StoreError> {
        on_engine!(self, engine => engine.pin(scope, name))
    }

    /// What tells the kanbridge of this store from all others: a name that nobody else knows, made up once.
    pub async fn identity(&self) -> Result<String, StoreError> {
        on_engine!(self, engine => engine.identity())
    }

    /// Pins a name to an id.
    pub async fn set_pin(&self, scope: &str, name: &str, id: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.set_pin(scope, name, id))
    }

    /// How far something has been read.
    pub async fn cursor(&self, scope: &str) -> Result<Option<String>, StoreError> {
        on_engine!(self, engine => engine.cursor(scope))
    }

    /// Adds what was just read of a board's cards to the index.
    pub async fn add_cards(&self, board: &BoardId, cards: &[IndexedCard]) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.add_cards(board, cards))
    }

    /// Drops a card from the index that is no longer there.
    pub async fn forget_card(&self, board: &BoardId, card: &CardId) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.forget_card(board, card))
    }

    /// The best card on `board` to be an issue's: one with its mark, else a foreign one that links to it.
    pub async fn find_card(
        &self,
        board: &BoardId,
        issue: &IssueRef,
        url: Option<&IssueUrl>,
    ) -> Result<Option<IndexedCard>, StoreError> {
        on_engine!(self, engine => engine.find_card(board, issue, url))
    }

    /// The newest deliveries, newest first; those that were ignored only when asked for.
    pub async fn deliveries(&self, most: i64, ignored_too: bool) -> Result<Vec<Delivery>, StoreError> {
        on_engine!(self, engine => engine.deliveries(most, ignored_too))
    }

    /// One delivery.
    pub async fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        on_engine!(self, engine => engine.delivery(id))
    }

    /// Removes up to `step` deliveries that came before `before` or exceed `most_bytes` in all. Gives their number.
    pub async fn prune(&self, before: Micros, most_bytes: i64, step: i64) -> Result<u64, StoreError> {
        on_engine!(self, engine => engine.prune(before, most_bytes, step))
    }

    /// Tells whether the database takes writes at this moment, by making one: a roll-back would prove nothing of the disk.
    pub async fn probe(&self) -> Result<(), StoreError> {
        in_time(async { on_engine!(self, engine => engine.probe()) }).await
    }
}

async fn in_time<T>(verb: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let late = |_| StoreError::Away(format!("no answer within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, verb).await.map_err(late)?
}

async fn migrate<DB>(migrations: &Migrator, pool: &sqlx::Pool<DB>) -> Result<(), StoreError>
where
    DB: sqlx::Database,
    DB::Connection: Migrate,
{
    migrations.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::Unusable(format!(
            "the database's schema (step {version}) is newer than this kanbridge; start the newer version again, or \
             restore a backup made before the upgrade"
        )),
        other => StoreError::Unusable(format!("the database's schema cannot be brought up to date: {other}")),
    })
}
