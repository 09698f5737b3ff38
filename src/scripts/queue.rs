//! Whose turn it is: at most so many runs at once, and one at a time of each script. Both are given in the order in
//! which they were asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug)]
pub(super) struct Queue {
    /// One for each run that may be under way or wait.
    held: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// One permit for each script that has been called.
    single: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A place in the queue that has come up; given back when dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "held until dropped")]
pub(super) struct Place {
    held: OwnedSemaphorePermit,
    running: OwnedSemaphorePermit,
    single: Option<OwnedSemaphorePermit>,
}

impl Queue {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Queue { held: semaphore(at_once + waiting), running: semaphore(at_once), single: Mutex::default() }
    }

    /// Waits for a place; `None`: too many wait already.
    pub(super) async fn enter(&self, name: &str, overlap: bool) -> Option<Place> {
        let held = Arc::clone(&self.held).try_acquire_owned().ok()?;
        // The script's own turn first: a run that waits for its like keeps nobody else out. No semaphore is ever closed.
        let single = match (!overlap).then(|| self.single(name)) {
            Some(single) => Some(single.acquire_owned().await.ok()?),
            None => None,
        };
        let running = Arc::clone(&self.running).acquire_owned().await.ok()?;
        Some(Place { held, running, single })
    }

    fn single(&self, name: &str) -> Arc<Semaphore> {
        let mut single = self.single.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(single.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}
