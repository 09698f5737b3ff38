//! Trello's rate limiter: 100 calls per 10 s and token, 300 per key, and who collects more than 200 refusals in one
//! window is locked out until it ends. Counted in sliding windows, the strictest kind: who passes here passes a limiter
//! with fixed windows or a bucket too.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls in a window for one token.
    pub token: usize,
    /// Calls in a window for one key.
    pub key: usize,
    /// The window.
    pub window: Duration,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance { token: 100, key: 300, window: Duration::from_secs(10) }
    }
}

/// Refusals in a window that lock a key out.
const PROVOKED: usize = 200;

#[derive(Debug)]
pub(super) struct Limiter {
    allowance: Allowance,
    calls: VecDeque<Instant>,
    refusals: VecDeque<Instant>,
}

/// What the limiter says of one call.
pub(super) struct Ruling {
    pub(super) allowed: bool,
    headers: Vec<(String, String)>,
}

impl Ruling {
    pub(super) fn headers(self) -> Vec<(String, String)> {
        self.headers
    }
}

impl Limiter {
    pub(super) fn new(allowance: Allowance) -> Self {
        Limiter { allowance, calls: VecDeque::new(), refusals: VecDeque::new() }
    }

    /// Rules on a call made now. The look-alike knows one token and one key, so one count serves both.
    pub(super) fn rule(&mut self, now: Instant) -> Ruling {
        let window = self.allowance.window;
        for past in [&mut self.calls, &mut self.refusals] {
            while past.front().is_some_and(|at| now.duration_since(*at) >= window) {
                past.pop_front();
            }
        }
        let most = self.allowance.token.min(self.allowance.key);
        let allowed = self.calls.len() < most && self.refusals.len() <= PROVOKED;
        if allowed {
            self.calls.push_back(now)
        } else {
            self.refusals.push_back(now)
        }
        Ruling { allowed, headers: self.headers() }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let interval = self.allowance.window.as_millis();
        let budget = |of: &str, most: usize| {
            let left = most.saturating_sub(self.calls.len());
            [("interval-ms", interval.to_string()), ("max", most.to_string()), ("remaining", left.to_string())]
                .map(|(what, value)| (format!("x-rate-limit-{of}-{what}"), value))
        };
        [budget("api-key", self.allowance.key), budget("api-token", self.allowance.token)]
            .into_iter()
            .flatten()
            .collect()
    }
}
