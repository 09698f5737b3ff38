//! From what happened on a board to what is said of it: wording, filters, and the templates of those who want other
//! words. Pure: an activity in, a message or the reason for silence out.
//!
//! Everything is read from an action's `data`, which the feed and webhooks both bring; `display` comes with webhooks
//! alone. Nothing in `data` is certain to be there, so nothing is indexed: what is missing is worded around.

mod facets;
mod facts;
mod filter;
mod kinds;
mod nearest;
mod sentence;
mod template;
mod together;
mod verdict;
mod wording;

pub use facets::nameable;
pub use filter::{BadFilter, Filter, Wanted};
pub use kinds::{kinds, usual};
pub use template::{BadTemplate, TemplateFailed, Templates};
pub use together::together;
pub use verdict::{Silence, Verdict};

use crate::model::{AccountName, Activity, Field, Message, RoomName};

use facts::Facts;

/// Which board's activity goes to which rooms, filtered and worded how.
#[derive(Clone, Debug)]
pub struct Relay {
    /// The account that may look at the board.
    pub account: AccountName,
    /// The board, by id or short link.
    pub board: String,
    /// Where it is told.
    pub rooms: Vec<RoomName>,
    /// What is told.
    pub filter: Filter,
    /// In which words, where not in ours.
    pub templates: Templates,
    /// Name the board beside each sentence: for rooms that hear of more than one.
    pub name_board: bool,
}

/// What is known about an activity beside the activity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// A live watch sees this board: what comes by webhook alone will come.
    pub watched: bool,
    /// The bridge itself did it.
    pub ours: bool,
    /// Who did it made the card as well, as far as is known.
    pub maker: bool,
}

/// What a relay says of an activity, or why it says nothing.
pub fn judge(activity: &Activity, relay: &Relay, scene: Scene) -> Verdict {
    if let Err(silence) = relay.filter.admit(activity, scene) {
        return Verdict::Silent(silence);
    }
    let Some(mut message) = word(activity) else {
        return Verdict::Silent(Silence::Nothing);
    };
    if let Some(board) = Facts::of(activity).name(&["board"]).filter(|_| relay.name_board) {
        message.fields.push(Field { name: "Board".to_owned(), value: board });
    }
    relay.templates.dress(activity, message)
}

/// An activity in our own words, whatever its kind. `None`: an update that does not say what it changed.
pub fn word(activity: &Activity) -> Option<Message> {
    wording::word(&Facts::of(activity))
}
