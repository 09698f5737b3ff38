//! The page's live events. Each holds a whole part of the state, and goes out when that part is another than the last
//! one that this page was sent: whoever connects, or comes back, has everything at once, and nothing can be missed.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use tokio::sync::watch;
use warp::reply::{Reply, Response};
use warp::sse::Event;

use super::Page;
use super::view::{self, PARTS};

/// A browser that lost the connection comes back after this.
const COME_BACK: Duration = Duration::from_secs(1);

/// One page that listens.
struct Listener {
    page: Arc<Page>,
    /// What the page was last sent, part by part.
    sent: [String; PARTS.len()],
    ready: VecDeque<Event>,
    changed: watch::Receiver<usize>,
    goodbye: watch::Receiver<bool>,
    _place: Place,
}

/// A place among the viewers, given back when the page leaves.
struct Place(watch::Sender<usize>);

impl Place {
    fn take(viewers: &watch::Sender<usize>) -> Self {
        viewers.send_modify(|count| *count += 1);
        Place(viewers.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Answers with events until the page leaves or the demo ends.
pub(super) fn reply(page: Arc<Page>, goodbye: watch::Receiver<bool>) -> Response {
    let listener = Listener {
        sent: Default::default(),
        ready: VecDeque::from([Event::default().retry(COME_BACK)]),
        changed: page.changed.subscribe(),
        goodbye,
        _place: Place::take(&page.viewers),
        page,
    };
    let events = stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    warp::sse::reply(warp::sse::keep_alive().stream(events)).into_response()
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            // Seen first and looked at then: a change in between is looked at again.
            self.changed.mark_unchanged();
            self.look();
            if self.ready.is_empty() && !self.wait().await {
                return None;
            }
        }
    }

    fn look(&mut self) {
        for ((name, sent), now) in PARTS.iter().zip(&mut self.sent).zip(view::parts(&self.page)) {
            if *sent != now {
                self.ready.push_back(Event::default().event(*name).data(now.clone()));
                *sent = now;
            }
        }
    }

    /// Waits until something has changed; `false` when the demo ends.
    async fn wait(&mut self) -> bool {
        tokio::select! {
            _ = self.goodbye.wait_for(|over| *over) => false,
            changed = self.changed.changed() => changed.is_ok(),
        }
    }
}
