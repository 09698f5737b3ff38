//! The doors. A door caps the body, verifies it on the raw bytes, reads what it is about, writes it down and marks its
//! key, and answers after the commit. It never calls outward; the rooms' doors alone do, to answer people, and the one
//! that looks at a board at once waits for the turn that does.

mod bearer;
mod body;
mod chat;
mod gitlab;
mod health;
mod path;
mod refusal;
mod relay;
mod serve;
mod storage;
mod trello;

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use chat::ChatDoor;
pub use gitlab::GitLabDoor;
pub use health::{Health, WorkerWell};
pub use relay::{RelayDoor, RelayedBoard};
pub use serve::{ServeLimits, serve};
pub use storage::StorageDoor;
pub use trello::{TrelloDoor, WatchingAccount};

pub use body::BodyLimits;

/// Everything the doors need.
#[derive(Clone, Debug)]
pub struct Doors {
    /// GitLab's door.
    pub gitlab: Arc<GitLabDoor>,
    /// Trello's door.
    pub trello: Arc<TrelloDoor>,
    /// The door that looks at a board at once.
    pub relay: Arc<RelayDoor>,
    /// The rooms' doors.
    pub chat: Arc<ChatDoor>,
    /// What `/readyz` looks at.
    pub health: Arc<Health>,
    /// What scripts keep, for operators; `None`: they are not let in.
    pub storage: Option<Arc<StorageDoor>>,
}

impl Doors {
    /// All doors as one filter. Handlers return answers; rejections are left for what no door is for.
    pub fn filter(self) -> BoxedFilter<(Response,)> {
        let alive = warp::path!("healthz").and(warp::get()).map(health::alive);
        gitlab::filter(self.gitlab)
            .or(trello::filter(self.trello))
            .unify()
            .or(chat::filter(self.chat))
            .unify()
            .or(alive)
            .unify()
            .or(relay::filter(self.relay))
            .unify()
            .or(health::ready_filter(self.health))
            .unify()
            .or(storage::filter(self.storage))
            .unify()
            .recover(refusal::no_door)
            .unify()
            .boxed()
    }
}
