//! The calls that a look-alike took, for tests that count and pages that show.

use std::time::Instant;

use tokio::sync::watch;

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Method and path with ids replaced: `POST /cards`, `GET /boards/{id}/cards`.
    pub route: String,
    /// The status that it was, or would have been, answered with.
    pub status: u16,
    /// When it was ruled on.
    pub at: Instant,
}

/// The calls so far, and their number over all that were forgotten.
#[derive(Debug)]
pub(super) struct Calls {
    list: Vec<Call>,
    counted: watch::Sender<usize>,
}

impl Default for Calls {
    fn default() -> Self {
        Calls { list: Vec::new(), counted: watch::Sender::new(0) }
    }
}

impl Calls {
    pub(super) fn add(&mut self, call: Call) {
        self.list.push(call);
        self.counted.send_modify(|count| *count += 1);
    }

    pub(super) fn list(&self) -> Vec<Call> {
        self.list.clone()
    }

    pub(super) fn counted(&self) -> watch::Receiver<usize> {
        self.counted.subscribe()
    }

    pub(super) fn forget(&mut self) {
        self.list.clear();
    }
}
