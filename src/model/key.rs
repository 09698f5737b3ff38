//! A key: one thing to look after. The queue is a set of keys, not a list of jobs.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{AccountName, CardId, IssueRef, ModelId, RoomName, ScriptName, WishId};

/// One thing to look after; a turn is one visit to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// An issue and its card. Written `issue/gitlab.example.com/42/23`.
    Issue(IssueRef),
    /// A board's activity feed, as one account sees it. Written `board/default/5e93bac014d40e501ee46b8d`; the board is
    /// named as its route names it.
    Board(AccountName, String),
    /// A watch of one account. Written `watch/default/5e93bac014d40e501ee46b8d`.
    Watch(AccountName, ModelId),
    /// What somebody asked from chat that concerns no issue's card, and telling how any wish ended. Written
    /// `wish/0192f0c1a2b37c4d8e9f0a1b2c3d4e5f`.
    Wish(WishId),
    /// What is to be said in a room. Written `outbox/dev`.
    Outbox(RoomName),
    /// What a script that listens is to hear. Written `script/weather`.
    Listener(ScriptName),
    /// A card that people made and that may become an issue. Written `card/default/5e93bac014d40e501ee46b8d`.
    Card(AccountName, CardId),
    /// Issues that changed without a hook telling, and the hooks themselves.
    Sweep,
    /// The history of deliveries and activities, which is pruned in small steps, and tokens that end.
    Prune,
}

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key")]
pub struct BadKey(pub String);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Issue(issue) => write!(f, "issue/{issue}"),
            Key::Board(account, board) => write!(f, "board/{account}/{board}"),
            Key::Watch(account, model) => write!(f, "watch/{account}/{model}"),
            Key::Wish(wish) => write!(f, "wish/{wish}"),
            Key::Outbox(room) => write!(f, "outbox/{room}"),
            Key::Listener(script) => write!(f, "script/{script}"),
            Key::Card(account, card) => write!(f, "card/{account}/{card}"),
            Key::Sweep => f.write_str("sweep"),
            Key::Prune => f.write_str("prune"),
        }
    }
}

impl FromStr for Key {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let bad = || BadKey(text.to_owned());
        match text.split_once('/') {
            Some(("issue", issue)) => issue.parse().map(Key::Issue).map_err(|_| bad()),
            Some(("board", rest)) => match rest.rsplit_once('/') {
                Some((account, board)) if !account.is_empty() && !board.is_empty() => {
                    Ok(Key::Board(AccountName(account.to_owned()), board.to_owned()))
                }
                _ => Err(bad()),
            },
            Some(("watch", rest)) => match rest.rsplit_once('/') {
                Some((account, model)) if !account.is_empty() => {
                    let model = model.parse().map_err(|_| bad())?;
                    Ok(Key::Watch(AccountName(account.to_owned()), model))
                }
                _ => Err(bad()),
            },
            Some(("wish", wish)) => wish.parse().map(Key::Wish).map_err(|_| bad()),
            Some(("outbox", room)) => room.parse().map(Key::Outbox).map_err(|_| bad()),
            Some(("script", script)) => script.parse().map(Key::Listener).map_err(|_| bad()),
            Some(("card", rest)) => match rest.rsplit_once('/') {
                Some((account, card)) if !account.is_empty() => {
                    card.parse().map(|card| Key::Card(AccountName(account.to_owned()), card)).map_err(|_| bad())
                }
                _ => Err(bad()),
            },
            None if text == "sweep" => Ok(Key::Sweep),
            None if text == "prune" => Ok(Key::Prune),
            _ => Err(bad()),
        }
    }
}

/// Who waits for a key. A rank is an offset on the due time: people go first, and yet a sweep that
/// has waited longer than the offset has its turn, so nothing starves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A person asked.
    Command,
    /// An event just happened.
    Live,
    /// Import, sweeps, housekeeping.
    Background,
}

impl Rank {
    /// How long a key of this rank lets others pass that became due later.
    pub fn offset(self) -> Duration {
        match self {
            Rank::Command => Duration::ZERO,
            Rank::Live => Duration::from_secs(10),
            Rank::Background => Duration::from_secs(3600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_as_it_was_written() {
        let watch = "watch/default/5e93bac014d40e501ee46b8d";
        for text in [
            "issue/gitlab.example.com/42/23",
            "issue/localhost:8929/1/1",
            "board/a/b/AbCd1234",
            watch,
            "outbox/dev",
            "script/weather",
            "wish/0192f0c1a2b37c4d8e9f0a1b2c3d4e5f",
            "card/a/b/5e93bac014d40e501ee46b8d",
            "sweep",
            "prune",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "issue/",
            "issue/host/1",
            "board/5e93",
            "board//x",
            "card/a/5e93",
            "watch/a/b",
            "prune/1",
            "outbox/",
            "outbox/a/b",
            "script/../x",
            "wish/1",
        ] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }
}
