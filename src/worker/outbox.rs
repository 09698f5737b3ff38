//! A room's turn: what waits for it is said, in order, at the room's pace. What the room did not take stays first in
//! line, so order is kept; other rooms have turns of their own, so a dead one delays nobody.
//!
//! Of all rooms only Matrix knows a message again that it is sent twice. What may have arrived there already is
//! therefore never changed: it is sent again as it was, under the same id.

use std::time::Duration;

use serde_json::{Value, json};

use super::Hands;
use super::trouble::TurnError;
use crate::chat::{Chat, Promise, Unsent, render};
use crate::model::{Dest, Message, Micros, RoomKind, RoomName, Signal, Trouble, TroubleKind};
use crate::relay::together;
use crate::store::{Finish, Leased, Said, Saying, Waiting};

/// Messages looked at in one go.
const MOST: i64 = 100;

/// So many may wait, or more where the room takes them quickly, before they are told as one.
const FEW: usize = 5;

/// A line that the room would need longer for than this is cut short.
const PATIENCE: Duration = Duration::from_secs(30);

/// After so long a turn lets others have theirs.
const LONG: Duration = Duration::from_secs(10);

/// A room that has just taken messages and then one not is asked again after this.
const SOON: Duration = Duration::from_secs(1);

/// Why a change is not told any more.
pub(super) const WITHHELD: &str = "the issue turned confidential";

/// The name that keys wait for while a room is down.
fn neighbour(room: &RoomName) -> String {
    format!("room/{room}")
}

pub(super) async fn turn(hands: &Hands, turn: &Leased, room: &RoomName) -> Result<Finish, TurnError> {
    let Some(chat) = hands.rooms.get(room) else {
        tracing::info!(%room, "there is no such room any more; what waits for it waits until there is");
        return Ok(Finish::Done);
    };
    if hands.store.off(room).await?.is_some() {
        return Ok(Finish::Done);
    }
    let line = Line { hands, turn, chat, room, dest: Dest::Room(room.clone()) };
    let (started, mut said) = (std::time::Instant::now(), 0);
    loop {
        let waiting = hands.store.waiting(&line.dest, MOST).await?;
        if waiting.is_empty() {
            return Ok(Finish::Done);
        }
        let Some(waiting) = line.cut_short(waiting).await? else { continue };
        for waiting in waiting {
            match line.say(waiting).await {
                Ok(true) => said += 1,
                Ok(false) => return Ok(Finish::Done),
                // A failure now and then in a long line is none in a row: the waits must not add up.
                Err(TurnError::Neighbour(_, trouble)) if said > 0 && trouble.kind == TroubleKind::Down => {
                    tracing::warn!(%room, said, %trouble, "the room did not take a message; trying again in a second");
                    return Ok(Finish::Look { at: hands.store.now().await? + SOON });
                }
                Err(error) => return Err(error),
            }
            if started.elapsed() > LONG {
                return Ok(Finish::Look { at: hands.store.now().await? });
            }
        }
    }
}

/// What waits for a room.
struct Line<'a> {
    hands: &'a Hands,
    turn: &'a Leased,
    chat: &'a Chat,
    room: &'a RoomName,
    dest: Dest,
}

impl Line<'_> {
    /// Where the room is too slow for so many, those that have surely not arrived are told as one. Code that listens is
    /// told each. `None`: some of them must not be told any more.
    async fn cut_short(&self, mut waiting: Vec<Waiting>) -> Result<Option<Vec<Waiting>>, TurnError> {
        if self.chat.room().signing_key.is_some() {
            return Ok(Some(waiting));
        }
        let pace = self.chat.pace();
        let slots = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        let needed = pace.per.saturating_mul(slots) / pace.burst.max(1);
        let first = waiting.iter().position(|waiting| !is_apart(waiting));
        let Some(first) = first.filter(|first| waiting.len() - first > FEW && needed > PATIENCE) else {
            return Ok(Some(waiting));
        };
        let rest = waiting.split_off(first);
        let apart = rest.iter().position(is_apart).unwrap_or(rest.len());
        let messages: Vec<Message> = rest[..apart].iter().map(|waiting| waiting.message.clone()).collect();
        let Some(message) = together(&messages).filter(|_| messages.len() > FEW) else {
            waiting.extend(rest);
            return Ok(Some(waiting));
        };
        let parts: Vec<String> = rest[..apart].iter().map(|waiting| waiting.id.clone()).collect();
        let Some(id) = self.hands.store.bundle(self.turn, &parts, &message).await? else { return Ok(None) };
        tracing::info!(room = %self.room, messages = parts.len(), "the room is slow; told as one");
        let since = rest[0].since;
        waiting.push(Waiting { id, message, since, tries: 0, payload: None, signal: None, bundle: true });
        waiting.extend(rest.into_iter().skip(apart));
        Ok(Some(waiting))
    }

    /// Says one message. `false`: the room is switched off.
    async fn say(&self, waiting: Waiting) -> Result<bool, TurnError> {
        let store = &self.hands.store;
        let parts = if waiting.bundle { store.parts(&waiting.id).await? } else { Vec::new() };
        let saying = Saying { id: &waiting.id, parts: &parts };
        // Its issue may have turned confidential since.
        if !store.waits(&waiting.id).await? {
            return Ok(true);
        }
        if let Some(signal) = &waiting.signal
            && store.is_withheld(signal).await?
        {
            store.settle(self.turn, &self.dest, &saying, Said::Never, WITHHELD).await?;
            return Ok(true);
        }
        if self.chat.promise() == Promise::ExactlyOnce && waiting.tries == 0 {
            store.try_saying(self.turn, &waiting.id).await?;
        }
        let sent = self.send(&waiting, store.now().await?).await;
        match sent {
            Ok(()) => {
                self.hands.heard(&neighbour(self.room)).await;
                let said = if waiting.bundle { Said::Together } else { Said::Told };
                store.settle(self.turn, &self.dest, &saying, said, "").await?;
                Ok(true)
            }
            Err(Unsent::Never(why)) => {
                tracing::warn!(room = %self.room, why, "the room will never take this message; it is left out");
                store.settle(self.turn, &self.dest, &saying, Said::Never, &why).await?;
                Ok(true)
            }
            Err(Unsent::Off(why)) => {
                store.switch_off(self.room, &why).await?;
                let cure = format!("`kanbridge rooms on {}` switches it on again", self.room);
                tracing::error!(room = %self.room, why, cure, "the room refuses for good and is switched off");
                Ok(false)
            }
            Err(Unsent::Later(trouble)) => Err(self.later(trouble)),
        }
    }

    fn later(&self, trouble: Trouble) -> TurnError {
        TurnError::Neighbour(neighbour(self.room), trouble)
    }

    async fn send(&self, waiting: &Waiting, now: Micros) -> Result<(), Unsent> {
        let room = self.chat.room();
        if room.kind == RoomKind::Webhook && room.template.is_none() {
            return self.chat.post(&waiting.id, &event(waiting), now).await;
        }
        self.chat.send(&waiting.id, &waiting.message, now).await
    }
}

/// What is not told with others as one: it may have arrived, or does so already, or is for code.
fn is_apart(waiting: &Waiting) -> bool {
    waiting.tries > 0 || waiting.bundle || waiting.signal.is_some()
}

/// What a team's own code hears: the change that the bridge made; or the message as it is, and the action that it tells
/// of, as Trello told it.
fn event(waiting: &Waiting) -> Value {
    if let Some(signal) = &waiting.signal {
        return signalled(&waiting.id, signal);
    }
    let mut event = render(RoomKind::Webhook, &waiting.message);
    let action = waiting.payload.as_deref().and_then(|payload| serde_json::from_str::<Value>(payload).ok());
    event["id"] = waiting.id.as_str().into();
    event["type"] = if action.is_some() { "activity" } else { "message" }.into();
    if let Some(action) = action {
        event["activity"] = action;
    }
    event
}

/// A change that the bridge made, as code hears it.
pub(super) fn signalled(id: &str, signal: &Signal) -> Value {
    let mut event = json!(signal);
    event["id"] = id.into();
    event
}
