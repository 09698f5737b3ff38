//! Sending: every request by itself, without order and without a second try, as GitLab's background jobs do it. A
//! story may hold requests back and let them go shuffled, doubled or thinned out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use super::{Parcel, blocked};
use crate::sandbox::gitlab::{Courier, State, lock};

/// A request that was sent to a hook, and how it was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id in the log of recent events.
    pub id: i64,
    /// The hook that it went to.
    pub hook: i64,
    /// Where it went.
    pub url: String,
    /// The switch that let it through: `issues_events`.
    pub trigger: &'static str,
    /// `X-Gitlab-Event`.
    pub event: &'static str,
    /// Its headers, without secrets.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Value,
    /// The status of the answer, or why there was none.
    pub answer: Result<u16, String>,
    /// The answer's body, cut at 8 KB as GitLab's log cuts it.
    pub answered: String,
    /// How long the answer took.
    pub took: Duration,
    /// When it was sent.
    pub at: Timestamp,
}

impl Delivery {
    /// 2xx and 3xx count as a success.
    pub fn succeeded(&self) -> bool {
        matches!(self.answer, Ok(200..=399))
    }
}

/// How many requests were sent and answered or given up, how many are under way, how many are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sent, and answered or given up.
    pub done: usize,
    /// Under way, or waiting for those before them.
    pub under_way: usize,
    /// Held back until the story lets them go.
    pub held: usize,
}

/// How requests that were held are let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shuffle {
    /// Names the order; `None` keeps the one in which things happened.
    pub seed: Option<u64>,
    /// Of a hundred requests, so many are sent twice.
    pub doubled: u64,
    /// Of a hundred requests, so many are lost.
    pub lost: u64,
}

/// Rows that the log keeps; GitLab's keeps those of two days.
const KEPT: usize = 10_000;

/// What was sent, what waits.
#[derive(Debug)]
pub(crate) struct Post {
    /// One at a time, in the order in which things happened.
    pub(crate) in_turn: bool,
    pub(crate) holds: bool,
    held: Vec<Parcel>,
    queue: VecDeque<Parcel>,
    /// Whether somebody works the queue off.
    works: bool,
    /// What was sent, the newest last; a row may be sent again.
    log: VecDeque<(Parcel, Delivery)>,
    pub(crate) tally: watch::Sender<Tally>,
}

impl Post {
    pub(crate) fn new(in_turn: bool) -> Self {
        Post {
            in_turn,
            holds: false,
            held: Vec::new(),
            queue: VecDeque::new(),
            works: false,
            log: VecDeque::new(),
            tally: watch::Sender::new(Tally::default()),
        }
    }

    pub(crate) fn log(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.log.iter().map(|(_, delivery)| delivery)
    }

    /// The request of a row in the log, to be sent again.
    pub(crate) fn parcel(&self, delivery: i64) -> Option<&Parcel> {
        self.log.iter().find(|(_, row)| row.id == delivery).map(|(parcel, _)| parcel)
    }

    fn write_down(&mut self, parcel: Parcel, delivery: Delivery) {
        self.log.push_back((parcel, delivery));
        if self.log.len() > KEPT {
            self.log.pop_front();
        }
        self.tally.send_modify(|tally| tally.done += 1);
    }

    /// Stops holding; gives what was held as `shuffle` leaves it.
    pub(crate) fn let_go(&mut self, shuffle: Shuffle) -> Vec<Parcel> {
        let mut dice = Dice(shuffle.seed.unwrap_or_default());
        let mut gone = Vec::new();
        for parcel in std::mem::take(&mut self.held) {
            let copies = match dice.roll(100) {
                roll if roll < shuffle.lost => 0,
                roll if roll < shuffle.lost + shuffle.doubled => 2,
                _ => 1,
            };
            gone.extend(std::iter::repeat_n(parcel, copies));
        }
        if shuffle.seed.is_some() {
            for at in (1..gone.len()).rev() {
                gone.swap(at, dice.roll(at as u64 + 1) as usize);
            }
        }
        self.tally.send_modify(|tally| tally.held = 0);
        gone
    }
}

/// Numbers that look like chance and are the same for the same seed (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) % sides
    }
}

/// Takes a request: holds it, or sends it on its way.
pub(crate) fn post(state: &mut State, courier: &Courier, parcel: Parcel) {
    let post = &mut state.post;
    if post.holds {
        post.held.push(parcel);
        post.tally.send_modify(|tally| tally.held += 1);
        return;
    }
    post.tally.send_modify(|tally| tally.under_way += 1);
    let courier = courier.clone();
    if !post.in_turn {
        let runtime = courier.runtime.clone();
        runtime.spawn(async move {
            send(&courier, parcel).await;
            arrived(&courier);
        });
        return;
    }
    post.queue.push_back(parcel);
    if !std::mem::replace(&mut post.works, true) {
        let runtime = courier.runtime.clone();
        runtime.spawn(async move {
            while let Some(parcel) = next(&courier) {
                send(&courier, parcel).await;
                arrived(&courier);
            }
        });
    }
}

/// The next request in turn; whoever finds none stops looking.
fn next(courier: &Courier) -> Option<Parcel> {
    let post = &mut lock(&courier.state).post;
    let next = post.queue.pop_front();
    post.works = next.is_some();
    next
}

fn arrived(courier: &Courier) {
    lock(&courier.state).post.tally.send_modify(|tally| tally.under_way -= 1);
}

/// Sends a request and writes down how it went.
pub(crate) async fn send(courier: &Courier, parcel: Parcel) -> Delivery {
    let (headers, at, refused) = {
        let state = lock(&courier.state);
        let at = state.world.clock.now();
        let refused = if state.options.local_requests { None } else { blocked(&parcel.url) };
        (parcel.headers(state.world.era, &state.world.base, at), at, refused)
    };
    let start = Instant::now();
    let (answer, answered) = match refused {
        Some(why) => (Err(why.to_owned()), String::new()),
        None => knock(courier, &parcel, &headers).await,
    };
    let hidden = ["x-gitlab-token"];
    let shown = |(name, value): (String, String)| {
        let hide = hidden.iter().any(|hidden| name.eq_ignore_ascii_case(hidden));
        (name, if hide { "[REDACTED]".to_owned() } else { value })
    };
    let delivery = Delivery {
        id: 0,
        hook: parcel.hook,
        url: parcel.url.clone(),
        trigger: parcel.trigger,
        event: parcel.event(),
        headers: headers.into_iter().map(shown).collect(),
        body: serde_json::from_slice(&parcel.body).unwrap_or_default(),
        answer,
        answered,
        took: start.elapsed(),
        at,
    };
    write_down(&mut lock(&courier.state), parcel, delivery)
}

async fn knock(courier: &Courier, parcel: &Parcel, headers: &[(String, String)]) -> (Result<u16, String>, String) {
    /// What GitLab's log keeps of an answer, in bytes.
    const LONGEST: usize = 8 * 1024;
    let mut request = courier.client.post(&parcel.url).body(parcel.body.clone());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match request.send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let body = answer.bytes().await.unwrap_or_default();
            (Ok(status), String::from_utf8_lossy(&body[..body.len().min(LONGEST)]).into_owned())
        }
        Err(error) => (Err(in_words(&error.without_url())), String::new()),
    }
}

/// An error with its causes.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

fn write_down(state: &mut State, parcel: Parcel, mut delivery: Delivery) -> Delivery {
    delivery.id = state.world.fresh_id();
    let now = state.world.clock.now();
    let rule = state.options.auto_disable;
    if let Some(hook) = state.hooks.iter_mut().find(|hook| hook.id == parcel.hook) {
        match &delivery.answer {
            Ok(200..=399) => hook.health.succeeded(),
            Ok(status) => hook.health.failed(rule, Some(*status), now),
            Err(_) => hook.health.failed(rule, None, now),
        }
    }
    state.post.write_down(parcel, delivery.clone());
    state.changed.send_modify(|count| *count += 1);
    delivery
}
