//! A destination: where something is brought to that happened, a room or a script that listens.

use std::fmt;
use std::str::FromStr;

use super::{BadId, Key, RoomName, ScriptName};

/// Where something is brought to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dest {
    /// A room is told. Written `room/dev`.
    Room(RoomName),
    /// A script hears. Written `script/weather`.
    Script(ScriptName),
}

impl Dest {
    /// The key whose turn brings it there.
    pub fn key(&self) -> Key {
        match self {
            Dest::Room(room) => Key::Outbox(room.clone()),
            Dest::Script(script) => Key::Listener(script.clone()),
        }
    }
}

impl fmt::Display for Dest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dest::Room(room) => write!(f, "room/{room}"),
            Dest::Script(script) => write!(f, "script/{script}"),
        }
    }
}

impl FromStr for Dest {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { text: text.to_owned(), wanted: "a destination (room/NAME or script/NAME)" };
        match text.split_once('/') {
            Some(("room", room)) => room.parse().map(Dest::Room),
            Some(("script", script)) => script.parse().map(Dest::Script).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_and_a_script_have_keys_of_their_own() {
        let key = |text: &str| text.parse::<Dest>().unwrap().key().to_string();
        assert_eq!((key("room/dev"), key("script/dev")), ("outbox/dev".to_owned(), "script/dev".to_owned()));
    }

    #[test]
    fn a_destination_is_read_back_as_it_was_written() {
        for text in ["room/dev", "script/weather", "script/größe.v2"] {
            assert_eq!(text.parse::<Dest>().unwrap().to_string(), text);
        }
        for text in ["", "dev", "room/", "room/a/b", "script/", "script/../x", "outbox/dev"] {
            assert!(text.parse::<Dest>().is_err(), "{text}");
        }
    }
}
