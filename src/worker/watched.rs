//! The ends of turns, told to who watches. While nobody does, a turn costs nothing more.

use std::time::{Duration, Instant};

use tokio::sync::broadcast;

use crate::model::Key;
use crate::store::Finish;
use crate::trello::{CallMade, watch_calls};

/// Ends that a slow watcher may be behind before it misses some.
const BEHIND: usize = 256;

/// A turn that ended.
#[derive(Clone, Debug)]
pub struct TurnEnd {
    /// What it was about.
    pub key: Key,
    /// How it ended; `None` when it lost its lease, or its end could not be written down.
    pub finish: Option<Finish>,
    /// From the lease to the end.
    pub took: Duration,
    /// The calls that it made, in order.
    pub calls: Vec<CallMade>,
}

/// Tells the ends of turns.
#[derive(Clone, Debug)]
pub(super) struct Ends(broadcast::Sender<TurnEnd>);

impl Default for Ends {
    fn default() -> Self {
        Ends(broadcast::Sender::new(BEHIND))
    }
}

impl Ends {
    pub(super) fn watch(&self) -> broadcast::Receiver<TurnEnd> {
        self.0.subscribe()
    }

    /// Runs a turn to its end, and tells how it ended.
    pub(super) async fn of(&self, key: Key, turn: impl Future<Output = Option<Finish>>) {
        if self.0.receiver_count() == 0 {
            turn.await;
            return;
        }
        let started = Instant::now();
        let (finish, calls) = watch_calls(turn).await;
        // Who watched may have left meanwhile.
        let _ = self.0.send(TurnEnd { key, finish, took: started.elapsed(), calls });
    }
}
