//! The neighbour Trello. What its JSON looks like is known in `wire` alone, what its errors mean in `map`.

mod action;
mod attachments;
mod calls;
mod client;
mod color;
mod comments;
mod feed;
mod lookup;
mod map;
mod wire;

pub use action::{BadAction, activity};
pub use attachments::Attachment;
pub use calls::{CallMade, watch_calls};
pub use client::{Credentials, Slot, Trello};
pub use lookup::{ColouredLabel, OwnBoard, Person, TokenFacts};
pub use map::{Action, Board, BoardLabel, Card, CardCall, CardUpdate, List, Member, Traces};
