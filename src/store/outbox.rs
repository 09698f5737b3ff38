//! The verbs about what is to be said: a message waits in the outbox until its room took it, or the script that listens.

use serde_json::{Map, Value};

use super::{Engine, Leased, Store, StoreError};
use crate::model::{Dest, Kept, Message, Micros, RoomName, Signal};

/// A message that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Names it towards rooms that know what they were told: the same message has the same id, however often it is sent.
    pub id: String,
    /// What is to be said.
    pub message: Message,
    /// Since when it waits.
    pub since: Micros,
    /// How often it was about to be brought there: if ever, it may have arrived already.
    pub tries: i64,
    /// The action that it tells of, as it came.
    pub payload: Option<String>,
    /// The change of the bridge's own that it tells of.
    pub signal: Option<Signal>,
    /// It tells several as one.
    pub bundle: bool,
}

/// Changes that the bridge has made, and who is told of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signals<'a> {
    /// The changes, in order.
    pub made: &'a [Signal],
    /// Who is told.
    pub to: &'a [Dest],
}

/// A message on its way.
#[derive(Clone, Copy, Debug)]
pub struct Saying<'a> {
    /// Which.
    pub id: &'a str,
    /// Those that it told as one when it was sent: it may fall apart meanwhile.
    pub parts: &'a [String],
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The room took it.
    Told,
    /// The room took a message that told several as one.
    Together,
    /// It will not be said, for this reason.
    Never,
}

impl Store {
    /// Whether a change was made to an issue that is confidential by now: it may have turned while the change waited to be
    /// told.
    pub async fn is_withheld(&self, signal: &Signal) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.is_withheld(signal))
    }

    /// Puts a message into a room's outbox and marks the room's key, in one commit. Gives its id.
    pub async fn say(&self, room: &RoomName, message: &Message) -> Result<String, StoreError> {
        let id = on_engine!(self, engine => engine.say(room, message))?;
        self.marked.notify_one();
        Ok(id)
    }

    /// Up to `most` messages that wait for a destination, in order.
    pub async fn waiting(&self, dest: &Dest, most: i64) -> Result<Vec<Waiting>, StoreError> {
        on_engine!(self, engine => engine.waiting(dest, most))
    }

    /// Whether a message still waits to be said.
    pub async fn waits(&self, id: &str) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.waits(id))
    }

    /// The messages that one tells as one.
    pub async fn parts(&self, id: &str) -> Result<Vec<String>, StoreError> {
        on_engine!(self, engine => engine.parts(id))
    }

    /// How many messages wait for a room.
    pub async fn count_waiting(&self, room: &RoomName) -> Result<i64, StoreError> {
        on_engine!(self, engine => engine.count_waiting(&Dest::Room(room.clone())))
    }

    /// Writes down that a message is about to be sent: from now on it may have arrived.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn try_saying(&self, turn: &Leased, id: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.try_saying(turn, id))
    }

    /// Takes a message out of a destination's outbox, and writes down what became of the activities that it told of.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn settle(
        &self,
        turn: &Leased,
        dest: &Dest,
        message: &Saying<'_>,
        said: Said,
        reason: &str,
    ) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.settle(turn, dest, message, said, reason))
    }

    /// A script has heard a message: keeps what its run leaves, as [`Store::keep_storage`] does, and takes the message out,
    /// in one commit. So what it keeps counts each message once, whatever happens between.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another, [`StoreError::Clash`] when others write what it keeps
    /// all the time.
    pub async fn settle_heard(
        &self,
        turn: &Leased,
        dest: &Dest,
        id: &str,
        kept: (&Kept, &Map<String, Value>),
    ) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.settle_heard(turn, dest, id, kept))
    }

    /// Has several waiting messages told as `message`, at the place of the first. Gives its id. `None`: not all of them
    /// wait any more.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn bundle(
        &self,
        turn: &Leased,
        parts: &[String],
        message: &Message,
    ) -> Result<Option<String>, StoreError> {
        on_engine!(self, engine => engine.bundle(turn, parts, message))
    }

    /// Switches a room off: what is said there waits until it is switched on.
    pub async fn switch_off(&self, room: &RoomName, reason: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.switch_off(room, reason))
    }

    /// Switches a room on, and marks its key. `false`: it was on.
    pub async fn switch_on(&self, room: &RoomName) -> Result<bool, StoreError> {
        let was_off = on_engine!(self, engine => engine.switch_on(room))?;
        self.marked.notify_one();
        Ok(was_off)
    }

    /// Since when a room is switched off, and why.
    pub async fn off(&self, room: &RoomName) -> Result<Option<(Micros, String)>, StoreError> {
        on_engine!(self, engine => engine.off(room))
    }
}
