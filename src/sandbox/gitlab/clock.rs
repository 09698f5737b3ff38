//! The look-alike's time, handed in so that a story can let it stand or pass, and the forms in which GitLab writes it.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Clock::new(Timestamp::now)
    }

    /// A clock that asks `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// `2026-05-28T06:14:44.830Z`: the API always, hooks since about 19.
pub(super) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// `2015-05-17 17:06:40 UTC`: hooks of real events up to about 18.
pub(super) fn spaced(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A time that fractions of a second follow in fixed width, so that text sorts as time does.
pub(super) fn sortable(at: Timestamp) -> String {
    format!("{at:.6}")
}
