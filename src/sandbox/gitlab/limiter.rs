//! GitLab's limit on a user's calls in a minute. Self-managed instances come without one
//! (<https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/>).

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);

/// Tests and resends of a hook that a user has in a minute.
const TESTS: usize = 5;

#[derive(Debug)]
pub(super) struct Limiter {
    most: Option<u32>,
    /// When the minute began, and the calls in it.
    calls: Option<(Instant, u32)>,
    tests: HashMap<(i64, &'static str), VecDeque<Instant>>,
}

/// What the limiter says of one call.
pub(super) struct Ruling {
    pub(super) allowed: bool,
    pub(super) headers: Vec<(String, String)>,
}

impl Limiter {
    pub(super) fn new(most: Option<u32>) -> Self {
        Limiter { most, calls: None, tests: HashMap::new() }
    }

    /// Allows this many calls in a minute from now on.
    pub(super) fn change(&mut self, most: Option<u32>) {
        (self.most, self.calls) = (most, None);
    }

    /// Rules on a call made now; `time` is what the headers say now is.
    pub(super) fn rule(&mut self, now: Instant, time: Timestamp) -> Ruling {
        let Some(most) = self.most else {
            return Ruling { allowed: true, headers: Vec::new() };
        };
        let (start, count) = match self.calls {
            Some((start, count)) if now.duration_since(start) < MINUTE => (start, count + 1),
            _ => (now, 1),
        };
        self.calls = Some((start, count));
        let allowed = count <= most;
        let left = MINUTE.saturating_sub(now.duration_since(start));
        let reset = time + left;
        let mut headers = vec![
            ("RateLimit-Limit".to_owned(), most.to_string()),
            ("RateLimit-Name".to_owned(), "throttle_authenticated_api".to_owned()),
            ("RateLimit-Observed".to_owned(), count.to_string()),
            ("RateLimit-Remaining".to_owned(), most.saturating_sub(count).to_string()),
            ("RateLimit-Reset".to_owned(), reset.as_second().to_string()),
        ];
        if !allowed {
            let date = reset.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            headers.push(("Retry-After".to_owned(), left.as_secs().max(1).to_string()));
            headers.push(("RateLimit-ResetTime".to_owned(), date));
        }
        Ruling { allowed, headers }
    }

    /// Whether a hook of this project may be tested, or sent to again, once more.
    pub(super) fn tests(&mut self, project: i64, what: &'static str, now: Instant) -> bool {
        let past = self.tests.entry((project, what)).or_default();
        while past.front().is_some_and(|at| now.duration_since(*at) >= MINUTE) {
            past.pop_front();
        }
        past.push_back(now);
        past.len() <= TESTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_s_calls_are_counted_and_told() {
        let (mut limiter, start) = (Limiter::new(Some(2)), Instant::now());
        let told = |ruling: &Ruling, name: &str| {
            ruling.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
        };
        let rule =
            |limiter: &mut Limiter, after| limiter.rule(start + Duration::from_secs(after), Timestamp::UNIX_EPOCH);
        assert!(rule(&mut limiter, 0).allowed && rule(&mut limiter, 1).allowed);
        let third = rule(&mut limiter, 15);
        assert!(!third.allowed);
        assert_eq!(told(&third, "Retry-After").as_deref(), Some("45"));
        assert_eq!(told(&third, "RateLimit-Remaining").as_deref(), Some("0"));
        assert_eq!(told(&third, "RateLimit-ResetTime").as_deref(), Some("Thu, 01 Jan 1970 00:00:45 GMT"));
        assert!(rule(&mut limiter, 60).allowed, "a new minute");
    }
}
