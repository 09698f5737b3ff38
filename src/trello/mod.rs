//! The neighbour Trello. What its JSON looks like is known in `wire` alone, what its errors mean in `map`.

mod action;
mod attachments;
mod boards;
mod calls;
mod cards;
mod client;
mod color;
mod comments;
mod echo;
mod feed;
mod glance;
mod hook;
mod lookup;
mod map;
mod watches;
mod wire;

pub use action::{BadAction, activity};
pub use attachments::Attachment;
pub use calls::{CallMade, watch_calls};
pub use client::{Credentials, Slot, Trello};
pub use echo::Echo;
pub use feed::FeedAction;
pub use glance::CardLine;
pub use hook::{Malformed, Unverified, callback_url, is_a_watch, is_trello_event, path_segment, read, verify};
pub use lookup::{ColouredLabel, OwnBoard, Person, TokenFacts};
pub use map::{Board, BoardLabel, Card, CardCall, CardUpdate, List, Member, Traces};
pub use watches::{Model, Webhook};
