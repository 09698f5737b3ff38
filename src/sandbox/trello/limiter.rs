//! Trello's rate limiter: 100 calls per 10 s and token, 300 per key, 375 per member, and a hundred per quarter of an
//! hour about members; and who collects more than 200 refusals in one window is locked out until it ends. Counted in
//! sliding windows, the strictest kind: who passes here passes a limiter with fixed windows or a bucket too.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// What is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls in a window for one token.
    pub token: usize,
    /// Calls in a window for one key.
    pub key: usize,
    /// Calls in a window for one member, with all their tokens.
    pub member: usize,
    /// Calls to `/members/…` in ninety windows for one token.
    pub about_members: usize,
    /// The window.
    pub window: Duration,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance { token: 100, key: 300, member: 375, about_members: 100, window: Duration::from_secs(10) }
    }
}

impl Allowance {
    /// So much that nobody comes to its end.
    pub const BOUNDLESS: Allowance = Allowance {
        token: 100_000,
        key: 300_000,
        member: 300_000,
        about_members: 100_000,
        window: Duration::from_secs(10),
    };
}

/// Refusals in a window that lock a key out.
const PROVOKED: usize = 200;
/// Windows in the quarter of an hour in which calls about members are counted.
const LONG: u32 = 90;

#[derive(Debug)]
pub(super) struct Limiter {
    allowance: Allowance,
    calls: HashMap<String, VecDeque<Instant>>,
}

/// What the limiter says of one call.
#[derive(Debug)]
pub(super) struct Ruling {
    /// Why the call is refused: Trello's name for it.
    pub(super) refused: Option<&'static str>,
    headers: Vec<(String, String)>,
}

impl Ruling {
    pub(super) fn headers(self) -> Vec<(String, String)> {
        self.headers
    }
}

/// One count that a call falls under.
struct Count {
    /// What it is called in headers; some are in none.
    header: Option<&'static str>,
    of: String,
    most: usize,
    window: Duration,
    error: &'static str,
}

impl Limiter {
    pub(super) fn new(allowance: Allowance) -> Self {
        Limiter { allowance, calls: HashMap::new() }
    }

    /// Rules on a call made now with `token`, which is `member`'s. The look-alike knows one key.
    pub(super) fn rule(&mut self, now: Instant, token: &str, member: &str, about_members: bool) -> Ruling {
        let counts = self.counts(token, member, about_members);
        for count in &counts {
            self.forget(&count.of, now, count.window);
        }
        self.forget("refusals", now, self.allowance.window);
        let full = |count: &&Count| self.made(&count.of) >= count.most;
        let locked = (self.made("refusals") > PROVOKED).then_some("API_KEY_LIMIT_EXCEEDED");
        let refused = counts.iter().find(full).map(|count| count.error).or(locked);
        let taken: Vec<&str> = match refused {
            Some(_) => vec!["refusals"],
            None => counts.iter().map(|count| count.of.as_str()).collect(),
        };
        for of in taken {
            self.calls.entry(of.to_owned()).or_default().push_back(now);
        }
        Ruling { refused, headers: counts.iter().flat_map(|count| self.headers(count)).collect() }
    }

    fn counts(&self, token: &str, member: &str, about_members: bool) -> Vec<Count> {
        let Allowance { token: of_token, key, member: of_member, about_members: of_members, window } = self.allowance;
        let count = |header, of: String, most, error| Count { header: Some(header), of, most, window, error };
        let mut counts = vec![
            count("api-key", "key".to_owned(), key, "API_KEY_LIMIT_EXCEEDED"),
            count("api-token", format!("token {token}"), of_token, "API_TOKEN_LIMIT_EXCEEDED"),
            count("member", format!("member {member}"), of_member, "API_TOKEN_LIMIT_EXCEEDED"),
        ];
        if about_members {
            let (of, window) = (format!("members {token}"), window * LONG);
            let error = "API_TOKEN_LIMIT_EXCEEDED";
            counts.push(Count { header: None, of, most: of_members, window, error });
        }
        counts
    }

    fn made(&self, of: &str) -> usize {
        self.calls.get(of).map_or(0, VecDeque::len)
    }

    fn forget(&mut self, of: &str, now: Instant, window: Duration) {
        let Some(past) = self.calls.get_mut(of) else { return };
        while past.front().is_some_and(|at| now.duration_since(*at) >= window) {
            past.pop_front();
        }
    }

    fn headers(&self, count: &Count) -> Vec<(String, String)> {
        let Some(header) = count.header else { return Vec::new() };
        let left = count.most.saturating_sub(self.made(&count.of));
        [
            ("interval-ms", count.window.as_millis().to_string()),
            ("max", count.most.to_string()),
            ("remaining", left.to_string()),
        ]
        .map(|(what, value)| (format!("x-rate-limit-{header}-{what}"), value))
        .into()
    }
}
