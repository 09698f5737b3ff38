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

#[derive(Debug)]
struct State {
    interval: Duration,
    /// The next free place in the line.
    next: Instant,
    /// Nobody goes before this.
    paused: Instant,
}

/// The line in front of one budget.
#[derive(Debug)]
pub struct Pacer {
    pace: Pace,
    state: Mutex<State>,
}

impl Pacer {
    /// A line with nobody in it.
    pub fn new(pace: Pace) -> Self {
        let now = Instant::now();
        Pacer { pace, state: Mutex::new(State { interval: pace.interval, next: now, paused: now }) }
    }

    /// Waits for a place in the line.
    ///
    /// # Errors
    /// [`TooFar`] when the wait would exceed the caller's patience; no place is taken then.
    pub async fn ready(&self) -> Result<(), TooFar> {
        loop {
            let place = self.take(Instant::now())?;
            sleep_until(place).await;
            // A pause that was called meanwhile holds for those who already stood in the line.
            if self.lock().paused <= place {
                return Ok(());
            }
        }
    }

    fn take(&self, now: Instant) -> Result<Instant, TooFar> {
        let mut state = self.lock();
        let place = state.next.max(state.paused).max(now);
        let wait = place - now;
        if wait > self.pace.patience {
            return Err(TooFar { wait });
        }
        state.next = place + state.interval;
        Ok(place)
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
}
