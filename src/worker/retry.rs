//! When to try again. Pure: trouble, past tries, the time and a dice roll go in, the next due time comes out.

use std::time::Duration;

use crate::model::{Micros, Trouble, TroubleKind};
use crate::store::Finish;

/// The first wait after a failure.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait while a neighbour is down.
const LONGEST: Duration = Duration::from_secs(60);

/// Failures in a row before this one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past {
    /// Of any kind.
    pub(super) tries: i64,
    /// Refusals.
    pub(super) refusals: i64,
    /// How many refusals a key gets before it has failed.
    pub(super) most_refusals: i64,
}

/// How a turn ends that ran into `trouble`. `jitter` is in 0..1 and keeps many keys from coming back at one moment.
pub(super) fn after(trouble: &Trouble, neighbour: &str, past: Past, now: Micros, jitter: f64) -> Finish {
    let reason = trouble.sentence.clone();
    match &trouble.kind {
        TroubleKind::Wait(span) => {
            let at = now + *span + FIRST.mul_f64(jitter);
            Finish::Again { at, not_before: true, waits_for: None, reason }
        }
        TroubleKind::Down => {
            let waits_for = Some(neighbour.to_owned());
            Finish::Again { at: now + backoff(past.tries, jitter), not_before: false, waits_for, reason }
        }
        TroubleKind::Refused | TroubleKind::UnknownId | TroubleKind::Gone
            if past.refusals + 1 >= past.most_refusals =>
        {
            Finish::Failed { reason }
        }
        TroubleKind::Refused | TroubleKind::UnknownId | TroubleKind::Gone => {
            Finish::Again { at: now + backoff(past.refusals, jitter), not_before: false, waits_for: None, reason }
        }
    }
}

/// 1 s, 2 s, 4 s … 60 s, each shortened by up to half.
fn backoff(tries: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from(tries.clamp(0, 6)).unwrap_or(6);
    (FIRST * 2u32.pow(doublings)).min(LONGEST).mul_f64(1.0 - jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Micros = Micros(1_000_000_000);

    fn past(tries: i64) -> Past {
        Past { tries, refusals: tries, most_refusals: 3 }
    }

    fn finish(kind: TroubleKind, tries: i64) -> Finish {
        after(&Trouble::undone(kind, "why"), "trello/default", past(tries), NOW, 0.0)
    }

    fn wait(finish: &Finish) -> Duration {
        match finish {
            Finish::Again { at, .. } => at.since(NOW),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_neighbour_that_is_down_is_asked_ever_more_seldom_and_never_given_up() {
        let seconds: Vec<u64> = (0..9).map(|tries| wait(&finish(TroubleKind::Down, tries)).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(matches!(finish(TroubleKind::Down, 1_000_000), Finish::Again { waits_for: Some(_), .. }));
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept() {
        let asked = finish(TroubleKind::Wait(Duration::from_secs(600)), 0);
        assert!(matches!(asked, Finish::Again { not_before: true, .. }));
        assert_eq!(wait(&asked), Duration::from_secs(600));
    }

    #[test]
    fn a_refusal_fails_the_key_after_its_retries() {
        for kind in [TroubleKind::Refused, TroubleKind::Gone, TroubleKind::UnknownId] {
            assert!(matches!(finish(kind.clone(), 1), Finish::Again { .. }), "{kind:?}");
            assert_eq!(finish(kind.clone(), 2), Finish::Failed { reason: "why".into() }, "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn no_wait_is_shorter_than_half_a_second_or_longer_than_a_minute(tries in any::<i64>(), jitter in 0.0..1.0f64) {
            let trouble = Trouble::undone(TroubleKind::Down, "");
            let span = wait(&after(&trouble, "x", past(tries), NOW, jitter));
            prop_assert!(span >= FIRST / 2 && span <= LONGEST);
        }
    }
}
