//! The one clock. It is handed in, so that a story can let half a minute pass in no time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::Micros;

/// Tells the time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now` until [`Clock::advance`] moves it.
    pub fn manual(now: Micros) -> Self {
        Clock::Manual(Arc::new(AtomicI64::new(now.0)))
    }

    /// The time now.
    pub fn now(&self) -> Micros {
        match self {
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
                Micros::default() + since
            }
            Clock::Manual(now) => Micros(now.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock on. The system's clock moves by itself.
    pub fn advance(&self, span: Duration) {
        if let Clock::Manual(now) = self {
            now.store((Micros(now.load(Ordering::SeqCst)) + span).0, Ordering::SeqCst);
        }
    }
}
