//! Pacing ahead of a neighbour's budget, so that it is never provoked to refuse. Calls are handed out one by one at
//! even distances (the "generic cell rate algorithm"): an allowance of 100 per 10 s spent in one burst runs into
//! every kind of window, spent evenly it runs into none.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How fast calls may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The distance between two calls.
    pub interval: Duration,
    /// How long a caller waits for its place at most; whoever would wait longer is told so at once.
    pub patience: Duration,
}

/// The line is too long, or the neighbour asked for a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFar {
    /// When it makes sense to ask again.
    pub wait: Duration,
}

/// What a caller may come too late without those behind it being held back for it: timers are a little late each time.
/// No more, since a process that stood still for a second must not spend that second's calls at once.
const LATENESS: Duration = Duration::from_millis(50);

#[derive(Debug)]
struct State {
    interval: Duration,
    /// Nobody goes before this.
    paused: Instant,
    /// Callers in the line.
    waiting: u32,
}

/// The line in front of one budget.
#[derive(Debug)]
pub struct Pacer {
    pace: Pace,
    state: Mutex<State>,
    /// The next free place. Who holds it is the first in the line; the others come in the order of their asking.
    turnstile: tokio::sync::Mutex<Instant>,
    /// Those behind for whom no person waits: one of them at a time stands at the turnstile, so that whoever goes first
    /// has at most that one before it.
    others: tokio::sync::Mutex<()>,
}

/// One caller in the line, until it goes or gives up.
struct InLine<'a>(&'a Pacer);

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

impl Pacer {
    /// A line with nobody in it.
    pub fn new(pace: Pace) -> Self {
        let now = Instant::now();
        let state = Mutex::new(State { interval: pace.interval, paused: now, waiting: 0 });
        Pacer { pace, state, turnstile: tokio::sync::Mutex::new(now), others: tokio::sync::Mutex::default() }
    }

    /// Waits for a place in the line.
    ///
    /// # Errors
    /// [`TooFar`] when the wait would exceed the caller's patience; no place is taken then.
    pub async fn ready(&self) -> Result<(), TooFar> {
        let asked = Instant::now();
        let _in_line = self.join_line(asked)?;
        let _others = self.others.lock().await;
        self.pass(asked).await;
        Ok(())
    }

    /// Waits for a place before all who wait in [`Pacer::ready`]: a person waits for this call.
    ///
    /// # Errors
    /// [`TooFar`] when the neighbour asked for a pause beyond the caller's patience.
    pub async fn ready_first(&self) -> Result<(), TooFar> {
        let asked = Instant::now();
        let wait = self.lock().paused.saturating_duration_since(asked);
        if wait > self.pace.patience {
            return Err(TooFar { wait });
        }
        self.pass(asked).await;
        Ok(())
    }

    async fn pass(&self, asked: Instant) {
        let mut next = self.turnstile.lock().await;
        loop {
            // A pause that is called meanwhile holds for those who already stand in the line.
            let place = self.lock().paused.max(*next);
            if place <= Instant::now() {
                let now = Instant::now();
                // Who had to wait may have come late to its place; who did not wait has nothing to make up for.
                let from = if place > asked { place.max(now - LATENESS) } else { now };
                *next = from + self.lock().interval;
                return;
            }
            sleep_until(place).await;
        }
    }

    fn join_line(&self, now: Instant) -> Result<InLine<'_>, TooFar> {
        let mut state = self.lock();
        let wait = state.paused.saturating_duration_since(now) + state.interval * state.waiting;
        if wait > self.pace.patience {
            return Err(TooFar { wait });
        }
        state.waiting += 1;
        Ok(InLine(self))
    }

    /// Lets nobody go for `span`.
    pub fn pause(&self, span: Duration) {
        let mut state = self.lock();
        state.paused = state.paused.max(Instant::now() + span);
    }

    /// Believes the neighbour where it allows less than we assumed: the distance becomes `interval`, or what was
    /// configured where that is longer.
    pub fn slow_down(&self, interval: Duration) {
        self.lock().interval = interval.max(self.pace.interval);
    }

    /// The distance between two calls at present.
    pub fn interval(&self) -> Duration {
        self.lock().interval
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // The state is whole at every moment, so a panic elsewhere while it was held does no harm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: Duration = Duration::from_millis(100);

    fn pacer() -> Pacer {
        Pacer::new(Pace { interval: TENTH, patience: Duration::from_secs(5) })
    }

    async fn went(pacer: &Pacer, from: Instant) -> u128 {
        pacer.ready().await.unwrap();
        from.elapsed().as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_go_at_even_distances_and_idle_time_is_not_saved_up() {
        let (pacer, from) = (pacer(), Instant::now());
        assert_eq!([went(&pacer, from).await, went(&pacer, from).await, went(&pacer, from).await], [0, 100, 200]);
        tokio::time::advance(Duration::from_secs(10)).await;
        let later = Instant::now();
        assert_eq!([went(&pacer, later).await, went(&pacer, later).await], [0, 100]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_also_for_those_in_the_line() {
        let (pacer, from) = (pacer(), Instant::now());
        pacer.ready().await.unwrap();
        let (waited, ()) = tokio::join!(went(&pacer, from), async { pacer.pause(Duration::from_secs(3)) });
        assert_eq!(waited, 3_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_s_call_goes_before_a_line_of_others() {
        let (pacer, from) = (pacer(), Instant::now());
        pacer.ready().await.unwrap();
        let line = futures_util::future::join_all((0..20).map(|_| went(&pacer, from)));
        let first = async {
            tokio::time::sleep(TENTH / 2).await;
            pacer.ready_first().await.unwrap();
            from.elapsed().as_millis()
        };
        let (line, first) = tokio::join!(line, first);
        assert_eq!(first, 200, "one stood at the turnstile already");
        assert_eq!((line[0], line[1], line[19]), (100, 300, 2_100));
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_too_long_is_told_and_takes_no_place() {
        let pacer = pacer();
        pacer.pause(Duration::from_secs(10));
        assert_eq!(pacer.ready().await, Err(TooFar { wait: Duration::from_secs(10) }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_smaller_allowance_is_believed_and_a_larger_one_is_not() {
        let (pacer, from) = (pacer(), Instant::now());
        pacer.slow_down(Duration::from_secs(1));
        pacer.ready().await.unwrap();
        assert_eq!(went(&pacer, from).await, 1_000);
        pacer.slow_down(Duration::from_millis(1));
        assert_eq!(went(&pacer, from).await, 2_000, "this place was already taken at the slower pace");
        assert_eq!(went(&pacer, from).await, 2_100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_stood_still_does_not_catch_up_in_a_burst() {
        let (pacer, from) = (pacer(), Instant::now());
        pacer.ready().await.unwrap();
        let (first, second, third) = tokio::join!(went(&pacer, from), went(&pacer, from), async {
            tokio::time::advance(Duration::from_secs(2)).await;
            went(&pacer, from).await
        });
        assert_eq!((first, second, third), (2_000, 2_050, 2_150), "only the lateness of a timer is made up for");
    }
}
