//! When GitLab stops sending to a hook that fails, and for how long
//! (<https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks>).

use std::time::Duration;

use jiff::Timestamp;

/// Which failures switch a hook off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoDisable {
    /// None: a self-managed instance as it is delivered.
    Never,
    /// From the fourth failure in a row for a while, at the fortieth for good: GitLab.com, and 17.11 and later.
    #[default]
    BackOff,
    /// The same, and a 4xx for good at once: some versions before 17.11.
    ClientErrorsAtOnce,
}

/// How often a hook failed in a row, and what came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    failures: u32,
    disabled_until: Option<Timestamp>,
    disabled: bool,
}

/// Failures without a consequence.
const FORGIVEN: u32 = 3;
/// The failure after which a hook stays off.
const LAST: u32 = 40;
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

impl Health {
    /// As the API names it.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match self.disabled_until {
            _ if self.disabled => "disabled",
            Some(until) if until > now => "temporarily_disabled",
            _ => "executable",
        }
    }

    pub(crate) fn disabled_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.disabled_until.filter(|until| *until > now && !self.disabled)
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Health::default();
    }

    /// Takes a failure; `status` is that of the answer, if there was one.
    pub(crate) fn failed(&mut self, rule: AutoDisable, status: Option<u16>, now: Timestamp) {
        if rule == AutoDisable::Never {
            return;
        }
        self.failures += 1;
        let client_error = status.is_some_and(|status| (400..500).contains(&status));
        if self.failures >= LAST || (rule == AutoDisable::ClientErrorsAtOnce && client_error) {
            self.disabled = true;
        } else if self.failures > FORGIVEN {
            let doublings = (self.failures - FORGIVEN - 1).min(16);
            self.disabled_until = Some(now + (FIRST_PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn after(failures: u32, rule: AutoDisable, status: Option<u16>) -> Health {
        let mut health = Health::default();
        (0..failures).for_each(|_| health.failed(rule, status, START));
        health
    }

    #[test]
    fn the_fourth_failure_pauses_a_hook_and_the_fortieth_ends_it() {
        let pause = |failures| {
            let until = after(failures, AutoDisable::BackOff, None).disabled_until(START);
            until.map(|until| until.as_second())
        };
        assert_eq!((pause(3), pause(4), pause(5), pause(7)), (None, Some(60), Some(120), Some(480)));
        assert_eq!(pause(39), Some(86_400), "never longer than a day");
        assert_eq!(after(39, AutoDisable::BackOff, Some(400)).status(START), "temporarily_disabled");
        assert_eq!(after(40, AutoDisable::BackOff, Some(400)).status(START), "disabled");
    }

    #[test]
    fn a_success_forgets_and_a_pause_ends_by_itself() {
        let mut health = after(4, AutoDisable::BackOff, None);
        assert_eq!(health.status(START + Duration::from_secs(59)), "temporarily_disabled");
        assert_eq!(health.status(START + Duration::from_secs(60)), "executable");
        health.succeeded();
        health.failed(AutoDisable::BackOff, None, START);
        assert_eq!(health.status(START), "executable");
    }

    #[test]
    fn older_versions_ended_a_hook_at_its_first_4xx() {
        assert_eq!(after(1, AutoDisable::ClientErrorsAtOnce, Some(404)).status(START), "disabled");
        assert_eq!(after(1, AutoDisable::ClientErrorsAtOnce, Some(500)).status(START), "executable");
        assert_eq!(after(99, AutoDisable::Never, Some(404)).status(START), "executable");
    }
}
