//! Why a turn did not come to its end.

use crate::model::Trouble;
use crate::store::StoreError;

/// Why a turn did not come to its end.
#[derive(Debug)]
pub(super) enum TurnError {
    /// A neighbour's failure, and which neighbour: the name that keys wait for.
    Neighbour(String, Trouble),
    /// The store's failure.
    Store(StoreError),
    /// Nothing that another try would mend.
    Hopeless(String),
}

impl From<StoreError> for TurnError {
    fn from(error: StoreError) -> Self {
        TurnError::Store(error)
    }
}
