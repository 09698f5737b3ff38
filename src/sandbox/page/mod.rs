//! The demo's page: GitLab's issues, Trello's board, a chat room, and what travelled below. It looks at the
//! look-alikes, lends a person hands on them, and hears from outside what the bridge does: it knows no more of the
//! bridge than anybody who watches.

mod assets;
mod events;
mod hands;
mod room;
mod travel;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use travel::{Called, Turn};

use super::chat::Chat;
use super::gitlab::GitLab;
use super::story::Project;
use super::trello::Trello;
use travel::Travel;

/// The longest gesture that the page sends; an issue's text is by far the longest part.
const LONGEST_GESTURE: u64 = 256 << 10;

/// What the page shows.
#[derive(Debug)]
pub struct Stage {
    /// The side on which people write issues.
    pub gitlab: Arc<GitLab>,
    /// The project that they write them in.
    pub project: Project,
    /// The side on which the cards appear.
    pub trello: Arc<Trello>,
    /// The id of the board that they appear on.
    pub board: String,
    /// The chat server.
    pub chat: Arc<Chat>,
    /// The room in which the board is told of.
    pub room: String,
}

/// The page.
#[derive(Debug)]
pub struct Page {
    stage: Stage,
    travel: Mutex<Travel>,
    /// Grows with everything that the page shows.
    changed: watch::Sender<usize>,
    viewers: watch::Sender<usize>,
}

impl Page {
    /// A page that shows `stage`.
    pub fn new(stage: Stage) -> Arc<Self> {
        let (changed, viewers) = (watch::Sender::new(0), watch::Sender::new(0));
        Arc::new(Page { stage, travel: Mutex::default(), changed, viewers })
    }

    /// What it shows.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Its files, its events, its person's gestures; events end with `goodbye`.
    pub fn filter(self: Arc<Self>, goodbye: watch::Receiver<bool>) -> BoxedFilter<(Response,)> {
        let (listened, acted) = (Arc::clone(&self), self);
        let events = warp::path!("events").and(warp::get());
        let events = events.map(move || events::reply(Arc::clone(&listened), goodbye.clone()));
        // Only JSON is taken: other sites can send forms here from a browser, and no JSON.
        let body = warp::body::content_length_limit(LONGEST_GESTURE).and(warp::body::json());
        let gestures = warp::path!("gestures").and(warp::post()).and(body);
        let gestures = gestures.then(move |gesture| hands::reply(Arc::clone(&acted), gesture));
        let files = warp::path::tail().and(warp::get()).map(|tail: warp::path::Tail| assets::file(tail.as_str()));
        events.or(gestures).unify().or(files).unify().recover(hands::refuse).unify().boxed()
    }

    /// Keeps the page in step with the look-alikes, for as long as it is polled.
    pub async fn follow(&self) {
        let Stage { gitlab, trello, chat, .. } = &self.stage;
        let (mut gitlab, mut trello, mut chat) = (gitlab.changes(), trello.changes(), chat.changes());
        let mut seen = None;
        loop {
            gitlab.mark_unchanged();
            trello.mark_unchanged();
            chat.mark_unchanged();
            self.take_deliveries(&mut seen);
            self.changed.send_modify(|count| *count += 1);
            tokio::select! {
                Ok(()) = gitlab.changed() => {}
                Ok(()) = trello.changed() => {}
                Ok(()) = chat.changed() => {}
                // The look-alikes have gone.
                else => return,
            }
        }
    }

    /// The bridge ended a turn of this issue.
    pub fn turn_ended(&self, issue: i64, turn: Turn) {
        self.travel().turn(issue, turn);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Tells how many people look at the page.
    pub fn viewers(&self) -> watch::Receiver<usize> {
        self.viewers.subscribe()
    }

    /// What hooks were answered since the last look.
    fn take_deliveries(&self, seen: &mut Option<i64>) {
        for delivery in self.stage.gitlab.deliveries() {
            if seen.is_none_or(|seen| delivery.id > seen) {
                *seen = Some(delivery.id);
                self.travel().hook(&delivery.body, view::hook(&delivery));
            }
        }
    }

    fn travel(&self) -> MutexGuard<'_, Travel> {
        self.travel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
