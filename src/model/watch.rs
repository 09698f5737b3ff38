//! A watch: a Trello webhook that we registered.

use std::fmt;
use std::str::FromStr;

use super::{AccountName, Activity, BadId, Micros, ModelId, WebhookId};

/// How a watch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchState {
    /// It is to be registered; the reason says why it is not yet.
    Wanted,
    /// Trello has it, and it is switched on.
    Live,
    /// We removed it. What still comes is answered 410, and then Trello forgets it too.
    Removed,
}

impl fmt::Display for WatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WatchState::Wanted => "wanted",
            WatchState::Live => "live",
            WatchState::Removed => "removed",
        })
    }
}

impl FromStr for WatchState {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            "wanted" => Ok(WatchState::Wanted),
            "live" => Ok(WatchState::Live),
            "removed" => Ok(WatchState::Removed),
            _ => Err(BadId { text: text.to_owned(), wanted: "a state of a watch" }),
        }
    }
}

/// A watch as the store keeps it. There is one for an account and what it watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Whose credentials registered it.
    pub account: AccountName,
    /// The board, list, card or member that is watched.
    pub model: ModelId,
    /// Trello's id of it, once it is registered.
    pub webhook: Option<WebhookId>,
    /// The address that Trello calls, written down before Trello is told of it: Trello's signatures count it in.
    pub url: String,
    /// The address before, under which Trello may have signed what is still on its way.
    pub other_url: Option<String>,
    /// For people who look at it in Trello's list.
    pub description: String,
    /// A person asked for it, or removed it; else a route or relay did.
    pub by_hand: bool,
    /// How it stands.
    pub state: WatchState,
    /// Why it is not live, in words; or what else is wrong with it.
    pub reason: String,
    /// Deliveries in a row that failed, as Trello counts them.
    pub failures: i64,
    /// When it last told us something.
    pub last_delivery_at: Option<Micros>,
}

/// What a watch told.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchNews {
    /// The watch's account.
    pub account: AccountName,
    /// What the watch watches.
    pub model: ModelId,
    /// What happened; `None` where it could not be read.
    pub activity: Option<Activity>,
    /// The action as it came, as JSON.
    pub payload: String,
    /// It tells of what we wrote ourselves, and remember: no news for the card's issue.
    pub is_echo: bool,
}
