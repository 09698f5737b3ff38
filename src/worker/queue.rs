//! Leasing keys, running their turns, finishing them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;

use super::trouble::TurnError;
use super::watched::{Ends, TurnEnd};
use super::{Hands, feed, filing, issue, listener, outbox, prune, retry, sweep, telling, watch, wish};
use crate::model::{Activity, BoardId, Key, TroubleKind};
use crate::relay::{Relay, Verdict};
use crate::scripts::Scripts;
use crate::store::{Finish, Leased, Store, StoreError};
use crate::trello::Trello;

/// A key that was leased this often without one finish brings the process down each time, or hangs it.
const POISON: i64 = 5;

/// A key that nobody marks is looked at again after this when it has failed.
const REST: Duration = Duration::from_secs(300);

/// Takes keys from the queue and runs their turns. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Worker {
    hands: Arc<Hands>,
    turns: usize,
    /// The last look at the queue succeeded.
    well: Arc<AtomicBool>,
    ends: Ends,
}

impl Worker {
    /// A worker with up to `turns` turns in hand at once.
    pub fn new(hands: Hands, turns: usize) -> Self {
        Worker { hands: Arc::new(hands), turns, well: Arc::new(AtomicBool::new(false)), ends: Ends::default() }
    }

    /// Whether the worker runs and reaches its queue.
    pub fn is_well(&self) -> bool {
        self.well.load(Ordering::Relaxed)
    }

    /// Trello as each account sees it. Whoever else calls it has to stand in the same line.
    pub fn accounts(&self) -> Vec<Trello> {
        self.hands.accounts.values().cloned().collect()
    }

    /// The team's scripts. Whoever else runs them has to stand in the same line.
    pub fn scripts(&self) -> Scripts {
        self.hands.scripts.clone()
    }

    /// Tells each turn that ends from now on.
    pub fn turns_ended(&self) -> broadcast::Receiver<TurnEnd> {
        self.ends.watch()
    }

    /// What a relay of a board would say of activities, oldest first, in the circumstances of now. Writes and tells
    /// nothing.
    ///
    /// # Errors
    /// A sentence: what of Trello or the store could not be read.
    pub async fn preview<'a>(
        &self,
        board: &BoardId,
        relay: &Relay,
        activities: impl Iterator<Item = &'a Activity>,
    ) -> Result<Vec<(&'a Activity, Verdict)>, String> {
        telling::preview(&self.hands, board, relay, activities).await.map_err(|error| match error {
            TurnError::Neighbour(_, trouble) => trouble.sentence,
            TurnError::Store(error) => error.to_string(),
            TurnError::Hopeless(reason) => reason,
        })
    }

    /// Runs one turn of the key that has waited longest, if any is due. Gives its key.
    ///
    /// # Errors
    /// The store's, when it cannot even be asked.
    pub async fn step(&self) -> Result<Option<Key>, StoreError> {
        let Some(turn) = self.hands.store.lease(1, self.hands.spans.lease).await?.pop() else {
            return Ok(None);
        };
        let key = turn.key.clone();
        // On the heap, as the turns in it: who steps the worker holds this future in its own.
        self.ends.of(key.clone(), Box::pin(run_turn(&self.hands, turn))).await;
        Ok(Some(key))
    }

    /// Runs turns until `goodbye` says so, then finishes those in hand.
    pub async fn run(self, mut goodbye: Receiver<bool>) {
        let mut turns: JoinSet<()> = JoinSet::new();
        while !*goodbye.borrow() {
            reap(&mut turns);
            let free = self.turns.saturating_sub(turns.len());
            let looked = if free == 0 { Ok(0) } else { self.take(free, &mut turns).await };
            self.well.store(looked.is_ok(), Ordering::Relaxed);
            match looked {
                // Every slot is in use: the next look makes sense when one is free.
                Ok(taken) if taken == free => tokio::select! {
                    ended = turns.join_next() => told(ended),
                    _ = goodbye.changed() => {}
                },
                Ok(_) => tokio::select! {
                    waited = self.hands.store.wait_due() => self.complain(waited.err()).await,
                    _ = goodbye.changed() => {}
                },
                Err(error) => self.complain(Some(error)).await,
            }
        }
        while let Some(ended) = turns.join_next().await {
            told(Some(ended));
        }
    }

    async fn take(&self, free: usize, turns: &mut JoinSet<()>) -> Result<usize, StoreError> {
        let leased = self.hands.store.lease(free, self.hands.spans.lease).await?;
        let taken = leased.len();
        for turn in leased {
            let (hands, ends) = (Arc::clone(&self.hands), self.ends.clone());
            turns.spawn(async move { ends.of(turn.key.clone(), run_turn(&hands, turn)).await });
        }
        Ok(taken)
    }

    /// The database is away: say so and look again in a second.
    async fn complain(&self, error: Option<StoreError>) {
        if let Some(error) = error {
            tracing::error!(%error, "the queue cannot be read; looking again in a second");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

fn reap(turns: &mut JoinSet<()>) {
    while let Some(ended) = turns.try_join_next() {
        told(Some(ended));
    }
}

/// A turn that panicked keeps its lease until that runs out, and is counted as an attempt.
fn told(ended: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(error)) = ended {
        tracing::error!(%error, "a turn broke off; its key is tried again when its lease has run out");
    }
}

/// A key of an issue or a card that has failed waits for its next event, and a wish for being asked again. No event comes
/// for the others, which look by themselves: they go on looking, however seldom, and say so each time.
async fn given_up(hands: &Hands, turn: &Leased, reason: String) -> Option<Finish> {
    if matches!(turn.key, Key::Issue(_) | Key::Wish(_) | Key::Card(..)) {
        return Some(Finish::Failed { reason });
    }
    tracing::error!(key = %turn.key, reason, "failed; looking again in {} s", REST.as_secs());
    let at = hands.store.now().await.ok()? + REST;
    Some(Finish::Again { at, not_before: false, waits_for: None, reason })
}

/// Gives how the turn ended, where that could be written down.
async fn run_turn(hands: &Hands, turn: Leased) -> Option<Finish> {
    let finish = if turn.attempts > POISON {
        let reason =
            format!("{POISON} turns began and none ended; the log of their time says why. Replay to try again");
        Finish::Failed { reason }
    } else {
        match keep_lease(&hands.store, &turn, hands.spans.lease, visit(hands, &turn)).await {
            Ok(finish) => finish,
            Err(error) => after_error(hands, &turn, error).await?,
        }
    };
    let finish = match finish {
        Finish::Failed { reason } => given_up(hands, &turn, reason).await?,
        other => other,
    };
    if let Finish::Failed { reason } = &finish {
        tracing::error!(key = %turn.key, reason, "failed; waits for a new event or `kanbridge deliveries replay`");
    }
    match hands.store.finish(&turn, &finish).await {
        Ok(()) => return Some(finish),
        Err(StoreError::LeaseLost) => tracing::warn!(key = %turn.key, "the turn took longer than its lease"),
        // The lease runs out by itself, and the turn is repeated.
        Err(error) => tracing::error!(key = %turn.key, %error, "the end of a turn could not be written down"),
    }
    None
}

async fn visit(hands: &Hands, turn: &Leased) -> Result<Finish, TurnError> {
    match &turn.key {
        // On the heap: a turn is deep, and threads that step the worker may have small stacks.
        Key::Issue(issue) => Box::pin(issue::turn(hands, turn, issue)).await,
        Key::Board(account, board) => Box::pin(feed::turn(hands, account, board)).await,
        Key::Watch(account, model) => Box::pin(watch::turn(hands, account, model)).await,
        Key::Wish(id) => Box::pin(wish::turn(hands, turn, id)).await,
        Key::Outbox(room) => Box::pin(outbox::turn(hands, turn, room)).await,
        Key::Listener(script) => Box::pin(listener::turn(hands, turn, script)).await,
        Key::Card(account, card) => Box::pin(filing::turn(hands, turn, account, card)).await,
        Key::Sweep => Box::pin(sweep::turn(hands)).await,
        Key::Prune => prune::turn(hands).await,
    }
}

/// How a turn ends that failed; `None` when there is nothing to write down.
async fn after_error(hands: &Hands, turn: &Leased, error: TurnError) -> Option<Finish> {
    match error {
        TurnError::Neighbour(neighbour, trouble) => {
            tracing::warn!(key = %turn.key, tries = turn.tries + 1, %trouble, "a turn has to be tried again");
            match trouble.kind {
                TroubleKind::Down => hands.lost(&neighbour),
                // The line in front of the neighbour, or its wish to be left alone.
                TroubleKind::Wait(_) => {}
                TroubleKind::Refused | TroubleKind::UnknownId | TroubleKind::Gone => {
                    hands.heard(&neighbour).await;
                }
            }
            let now = hands.store.now().await.ok()?;
            let most_refusals = hands.spans.refusals;
            let past = retry::Past { tries: turn.tries, refusals: turn.refusals(), most_refusals };
            Some(retry::after(&trouble, &neighbour, past, now, jitter()))
        }
        TurnError::Store(StoreError::LeaseLost) => {
            tracing::warn!(key = %turn.key, "the turn's lease has passed to another");
            None
        }
        TurnError::Hopeless(reason) | TurnError::Store(StoreError::Refused(reason)) => Some(Finish::Failed { reason }),
        TurnError::Store(error) => {
            tracing::error!(key = %turn.key, %error, "a turn broke off; it is repeated");
            // Not the key's fault, and so no attempt to be counted. Where even that cannot be written, the lease runs out.
            let now = hands.store.now().await.ok()?;
            Some(Finish::Look { at: now + Duration::from_secs(5) })
        }
    }
}

/// Runs `work` and renews the lease every third of its span meanwhile. When the lease is lost, the work is broken off:
/// another has it in hand. Both go on side by side: the work may hold the one connection that writes, and would keep the
/// renewal waiting for ever if it stood still itself.
async fn keep_lease<T>(
    store: &Store,
    turn: &Leased,
    span: Duration,
    work: impl Future<Output = Result<T, TurnError>>,
) -> Result<T, TurnError> {
    let lost = async {
        loop {
            tokio::time::sleep(span / 3).await;
            match store.renew(turn, span).await {
                Err(StoreError::LeaseLost) => return StoreError::LeaseLost,
                Err(error) => tracing::warn!(key = %turn.key, %error, "a lease could not be renewed"),
                Ok(()) => {}
            }
        }
    };
    tokio::select! {
        done = work => done,
        lost = lost => Err(lost.into()),
    }
}

/// A number in 0..1. It spreads retries and decides nothing else, so the bits of a fresh id do.
fn jitter() -> f64 {
    let (_, low) = uuid::Uuid::now_v7().as_u64_pair();
    f64::from(u16::try_from(low & 0xffff).unwrap_or(0)) / 65_536.0
}
