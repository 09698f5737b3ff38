//! The verbs about wishes. A wish is written down once, ends once, and its end is told once by whoever comes first: the
//! door that still waits, or the turn that follows up.

use std::time::Duration;

use sqlx::FromRow;
use tokio::time::Instant;

use super::rows::parse;
use super::{Engine, Leased, Signals, Store, StoreError};
use crate::model::{
    BoardId, CardId, IssueRef, Key, Message, Micros, RoomName, Secret, Wish, WishId, WishState, Wished, Withheld,
};

/// A wish that ended in another process shows within this.
const LOOK: Duration = Duration::from_millis(100);

/// Under this stands which rooms are muted.
const MUTE: &str = "mute";

/// A wish on its way into the store.
#[derive(Clone, Copy, Debug)]
pub struct NewWish<'a> {
    /// The id that it gets if it is new.
    pub id: &'a WishId,
    /// Names the request: sent again, it is the same wish.
    pub dedupe: &'a str,
    /// Whose turn carries it out.
    pub key: &'a Key,
    /// Where it was asked.
    pub room: &'a RoomName,
    /// What is wished.
    pub wish: &'a Wish,
    /// Where its end may be told, besides in the room.
    pub reply_to: Option<&'a Secret>,
    /// It has ended already, and this is to be told.
    pub answer: Option<&'a Message>,
}

/// A card that is an issue's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedCard {
    /// The card.
    pub card: CardId,
    /// Its issue.
    pub issue: IssueRef,
    /// What must not be said of it: the issue is confidential.
    pub withheld: Withheld,
}

#[derive(FromRow)]
pub(in crate::store) struct WishRow {
    id: String,
    room: String,
    wish: String,
    asked_at: i64,
    reply_to: Option<String>,
    intent_at: Option<i64>,
    answer: Option<String>,
    told: i64,
}

impl TryFrom<WishRow> for Wished {
    type Error = StoreError;

    fn try_from(row: WishRow) -> Result<Self, StoreError> {
        let bad = |error| StoreError::Refused(format!("a wish cannot be read: {error}"));
        let state = match &row.answer {
            Some(answer) => WishState::Ended(serde_json::from_str(answer).map_err(bad)?),
            None => WishState::Open { intent: row.intent_at.map(Micros) },
        };
        Ok(Wished {
            id: parse(&row.id)?,
            room: parse(&row.room)?,
            wish: serde_json::from_str(&row.wish).map_err(bad)?,
            asked: Micros(row.asked_at),
            state,
            told: row.told != 0,
            reply_to: row.reply_to.map(Secret::new),
        })
    }
}

impl Store {
    /// Writes a wish down and marks its key, in one commit. Gives its id: that of the first where it was sent before.
    pub async fn add_wish(&self, wish: &NewWish<'_>) -> Result<WishId, StoreError> {
        let id = on_engine!(self, engine => engine.add_wish(wish))?;
        self.marked.notify_one();
        Ok(id)
    }

    /// A wish as it stands.
    pub async fn wish(&self, id: &WishId) -> Result<Option<Wished>, StoreError> {
        on_engine!(self, engine => engine.wish(id))
    }

    /// The wish that a request of this name made.
    pub async fn wish_named(&self, dedupe: &str) -> Result<Option<WishId>, StoreError> {
        on_engine!(self, engine => engine.wish_named(dedupe))
    }

    /// The wishes that a key's turn has to carry out, in the order in which they were asked.
    pub async fn open_wishes(&self, key: &Key) -> Result<Vec<Wished>, StoreError> {
        on_engine!(self, engine => engine.open_wishes(key))
    }

    /// Writes down that a call which makes something is about to be sent, or (`None`) that it certainly made nothing.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn intend_wish(&self, turn: &Leased, id: &WishId, at: Option<Micros>) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.intend_wish(turn, id, at))
    }

    /// Ends a wish, and tells of what changed with it. Its own key is marked for `tell_at`, when nobody will be waiting any more.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn end_wish(
        &self,
        turn: &Leased,
        id: &WishId,
        answer: &Message,
        tell_at: Micros,
        signals: Signals<'_>,
    ) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.end_wish(turn, id, answer, tell_at, signals))?;
        self.marked.notify_one();
        self.ended.notify_waiters();
        Ok(())
    }

    /// Takes it upon the caller to tell how a wish ended. `false`: somebody has told it.
    pub async fn tell_wish(&self, id: &WishId) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.tell_wish(id))
    }

    /// Tells how a wish ended in its room: puts that into the room's outbox, in one commit. `false`: somebody has told it.
    /// What is said of a card goes with what else was to be said of it, when that must not be said any more.
    pub async fn tell_wish_there(&self, wished: &Wished, answer: &Message) -> Result<bool, StoreError> {
        let told = on_engine!(self, engine => engine.tell_wish_there(wished, answer))?;
        self.marked.notify_one();
        Ok(told)
    }

    /// Waits until a wish has ended, not beyond `until`; gives what is to be said.
    pub async fn wish_ends(&self, id: &WishId, until: Instant) -> Result<Option<Message>, StoreError> {
        loop {
            // Asked for before the look, so that what ends in between is not missed.
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if let Some(Wished { state: WishState::Ended(answer), .. }) = self.wish(id).await? {
                return Ok(Some(answer));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            let next = until.min(Instant::now() + LOOK);
            let _ = tokio::time::timeout_at(next, ended).await;
        }
    }

    /// Ends what was wished of an issue's card that must not be shown any more, and forgets the words of it: wishes and
    /// their answers hold the card's. Who has not been told yet hears [`Wish::hushed`].
    pub async fn hush_wishes(&self, key: &Key) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.hush_wishes(key))?;
        self.marked.notify_one();
        self.ended.notify_waiters();
        Ok(())
    }

    /// Whether a script may be run for a request from chat: the first time that it comes, through restarts.
    pub async fn may_run(&self, request: &str) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.may_run(request))
    }

    /// Removes wishes that were asked before `before` and whose end was told, and requests that scripts were run for.
    pub async fn prune_wishes(&self, before: Micros) -> Result<u64, StoreError> {
        on_engine!(self, engine => engine.prune_wishes(before))
    }

    /// Whether people in a room do not want to hear what happens on boards.
    pub async fn is_muted(&self, room: &RoomName) -> Result<bool, StoreError> {
        Ok(self.pin(MUTE, room.as_str()).await?.is_some_and(|muted| muted == "muted"))
    }

    /// People in a room do not want to hear what happens on boards, or want to again.
    pub async fn mute(&self, room: &RoomName, muted: bool) -> Result<(), StoreError> {
        self.set_pin(MUTE, room.as_str(), if muted { "muted" } else { "" }).await
    }

    /// The cards on a board that are issues', in the order of their ids.
    pub async fn linked_cards(&self, board: &BoardId) -> Result<Vec<LinkedCard>, StoreError> {
        on_engine!(self, engine => engine.linked_cards(board))
    }
}
