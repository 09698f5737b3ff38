//! How much may be said in a room and how fast. Servers count what they heard in the last so many seconds, and a burst
//! is welcome as long as it fits; so what is kept is the moments of the last messages, and one more goes when the
//! server's window, wherever it begins, has room for it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Room, RoomKind};

const MINUTE: Duration = Duration::from_secs(60);

/// So many messages in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Messages.
    pub burst: u32,
    /// Any stretch of this length.
    pub per: Duration,
}

impl Pace {
    const fn new(burst: u32, seconds: u64) -> Self {
        Pace { burst, per: Duration::from_secs(seconds) }
    }

    fn per_message(self) -> Duration {
        self.per / self.burst.max(1)
    }
}

/// What a room allows: all of these at once. An operator's number takes the place of the server's minute; what a server
/// takes in a second or two stays, unless the server is one that operators run themselves and set as they like.
pub(super) fn paces(room: &Room) -> Vec<Pace> {
    of_kind(room.kind, room.per_minute)
}

fn of_kind(kind: RoomKind, per_minute: Option<u32>) -> Vec<Pace> {
    let mut paces = usual(kind);
    let is_own = matches!(kind, RoomKind::Mattermost | RoomKind::Matrix | RoomKind::Webhook);
    if let Some(most) = per_minute {
        paces.retain(|pace| pace.per < MINUTE && !is_own);
        paces.push(Pace { burst: most.max(1), per: MINUTE });
        if kind == RoomKind::Webhook {
            // Whoever it is: those that count a minute take one message a second and place (Google Chat, Telegram).
            paces.push(Pace::new((most / 60).max(1), 1));
        }
    }
    paces
}

/// What one of `rooms` rooms with the same token may say, where the server counts by token: 500 in five minutes
/// (<https://www.hipchat.com/docs/apiv2/rate_limiting>).
pub(super) fn share(kind: RoomKind, rooms: u32) -> Option<Pace> {
    let of_token = Pace::new(500, 300);
    (kind == RoomKind::Hipchat).then(|| Pace { burst: (of_token.burst / rooms.max(1)).max(1), ..of_token })
}

fn usual(kind: RoomKind) -> Vec<Pace> {
    match kind {
        // 30 a minute and room, <https://www.hipchat.com/docs/apiv2/rate_limiting>.
        RoomKind::Hipchat => vec![Pace::new(30, 60)],
        // The default of every workspace: 10 calls a minute and hook.
        RoomKind::Rocketchat => vec![Pace::new(10, 60)],
        RoomKind::Slack => vec![Pace::new(1, 1)],
        // The second is found nowhere in the documents and by everybody who says a lot.
        RoomKind::Discord => vec![Pace::new(5, 2), Pace::new(30, 60)],
        RoomKind::Teams => vec![Pace::new(4, 1)],
        // Theirs to decide, and to say.
        RoomKind::Mattermost | RoomKind::Matrix | RoomKind::Webhook => vec![Pace::new(10, 1)],
    }
}

/// The pace of the long run.
pub(super) fn slowest(paces: &[Pace]) -> Pace {
    paces.iter().copied().max_by_key(|pace| pace.per_message()).unwrap_or(Pace::new(1, 1))
}

/// What a room has been told of late.
#[derive(Debug)]
pub(super) struct Allowance {
    paces: Vec<Pace>,
    /// When the last messages were heard at the latest, in order; as many as the largest burst.
    heard: VecDeque<Instant>,
    /// Nothing goes before this.
    paused: Instant,
}

impl Allowance {
    pub(super) fn new(paces: Vec<Pace>) -> Self {
        Allowance { paces, heard: VecDeque::new(), paused: Instant::now() }
    }

    /// How long the next message has to wait.
    pub(super) fn wait(&self) -> Duration {
        let free = |pace: &Pace| {
            let before = self.heard.len().checked_sub(pace.burst.max(1) as usize)?;
            self.heard.get(before).map(|heard| *heard + pace.per)
        };
        let free = self.paces.iter().filter_map(free).max();
        let now = Instant::now();
        free.map_or(self.paused, |free| free.max(self.paused)).saturating_duration_since(now)
    }

    /// A message goes now. Until it was answered nobody knows when it was heard, so [`Allowance::answered`] follows.
    pub(super) fn goes(&mut self) {
        self.heard.push_back(Instant::now());
        let most = self.paces.iter().map(|pace| pace.burst.max(1) as usize).max().unwrap_or(1);
        while self.heard.len() > most {
            self.heard.pop_front();
        }
    }

    /// The last message was heard by now.
    pub(super) fn answered(&mut self) {
        if let Some(last) = self.heard.back_mut() {
            *last = Instant::now();
        }
    }

    /// The server wants to hear nothing for `span`.
    pub(super) fn pause(&mut self, span: Duration) {
        self.paused = self.paused.max(Instant::now() + span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(allowance: &mut Allowance) {
        assert_eq!(allowance.wait(), Duration::ZERO);
        allowance.goes();
        allowance.answered();
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_next_when_the_first_is_forgotten() {
        let mut allowance = Allowance::new(vec![Pace::new(3, 60)]);
        say(&mut allowance);
        tokio::time::advance(Duration::from_secs(20)).await;
        say(&mut allowance);
        say(&mut allowance);
        assert_eq!(allowance.wait(), Duration::from_secs(40));
        tokio::time::advance(Duration::from_secs(40)).await;
        say(&mut allowance);
        assert_eq!(allowance.wait(), Duration::from_secs(20), "the second is forgotten 20 s after the first");
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_counts_from_the_answer_since_nobody_knows_when_a_message_was_heard() {
        let mut allowance = Allowance::new(vec![Pace::new(1, 10)]);
        allowance.goes();
        tokio::time::advance(Duration::from_secs(4)).await;
        allowance.answered();
        assert_eq!(allowance.wait(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn all_windows_and_a_pause_hold_together() {
        let mut allowance = Allowance::new(vec![Pace::new(2, 2), Pace::new(3, 60)]);
        say(&mut allowance);
        say(&mut allowance);
        assert_eq!(allowance.wait(), Duration::from_secs(2));
        tokio::time::advance(Duration::from_secs(2)).await;
        say(&mut allowance);
        assert_eq!(allowance.wait(), Duration::from_secs(58));
        allowance.pause(Duration::from_secs(90));
        assert_eq!(allowance.wait(), Duration::from_secs(90));
    }

    #[test]
    fn rooms_with_one_token_share_what_it_may_say() {
        assert_eq!(share(RoomKind::Hipchat, 5), Some(Pace::new(100, 300)));
        assert_eq!(share(RoomKind::Slack, 5), None);
    }

    #[test]
    fn a_webhook_s_minute_is_spread_over_its_seconds() {
        assert_eq!(of_kind(RoomKind::Webhook, Some(50)), [Pace::new(50, 60), Pace::new(1, 1)]);
        assert_eq!(of_kind(RoomKind::Webhook, Some(600)), [Pace::new(600, 60), Pace::new(10, 1)]);
        assert_eq!(of_kind(RoomKind::Webhook, None), [Pace::new(10, 1)]);
    }

    #[test]
    fn the_pace_of_the_long_run_is_the_slowest() {
        assert_eq!(slowest(&[Pace::new(5, 2), Pace::new(30, 60)]), Pace::new(30, 60));
    }
}
