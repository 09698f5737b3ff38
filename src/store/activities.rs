//! The verbs about what happened on boards: kept once, held, judged, replayed.

use std::time::Duration;

use super::{Engine, Store, StoreError};
use crate::model::{ActionId, Activity, BoardId, CardId, Dest, Key, Message, Micros, Rank, RoomName};

/// A board's feed is read again from so long before its last action: ids are not in order within a second, and Trello
/// may show an action late.
pub const OVERLAP: Duration = Duration::from_secs(60);

/// What happened is held for so long before it is told: what happened earlier may come later.
pub const HOLD: Duration = Duration::from_secs(2);

/// Where an activity was first told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the board's feed.
    Feed,
    /// By a webhook.
    Hook,
}

impl Source {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Source::Feed => "feed",
            Source::Hook => "hook",
        }
    }
}

/// An activity to be kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As it was read.
    pub activity: Activity,
    /// The action as it came, as JSON.
    pub payload: String,
    /// It is held until then, so that what happened earlier and comes later is told in its place; `None`: it is old, and
    /// only kept.
    pub due: Option<Micros>,
}

/// What was heard of a board.
#[derive(Clone, Debug)]
pub struct Heard<'a> {
    /// The board.
    pub board: &'a BoardId,
    /// By which way.
    pub source: Source,
    /// What happened.
    pub kept: Vec<Kept>,
    /// How far the board's feed has been read then.
    pub reach: Option<Reach>,
    /// Whether the issues of the cards have to be looked at: the board has a two-way route.
    pub follow: bool,
    /// The keys of cards that have come to where cards become issues. Those that are some issue's already are let be.
    pub arrivals: Vec<Key>,
}

/// A stretch of a board's feed that was read. It counts only where nobody has had the feed read from elsewhere meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// How far the feed had been read before; `None`: not at all.
    pub from: Option<Micros>,
    /// And how far it has been read now.
    pub to: Micros,
}

/// An activity that waits to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: ActionId,
    /// The action as it came.
    pub payload: String,
}

/// What was decided about an activity, for one destination.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Where.
    pub dest: Dest,
    /// What is said; or why nothing is.
    pub said: Result<Message, String>,
}

/// An activity that was judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The activity.
    pub id: ActionId,
    /// When it happened.
    pub at: Micros,
    /// The card it is about.
    pub card: Option<CardId>,
    /// What was decided.
    pub decisions: Vec<Decision>,
}

/// An activity as the store keeps it.
#[derive(Clone, Debug)]
pub struct KeptActivity {
    /// Its id.
    pub id: String,
    /// The id of its board.
    pub board: String,
    /// Trello's `type`.
    pub kind: String,
    /// When it happened.
    pub at: Micros,
    /// When we first heard of it.
    pub seen_at: Micros,
    /// `feed` or `hook`.
    pub source: String,
    /// The action as it came; empty where it must not be kept.
    pub payload: String,
    /// It waits to be judged.
    pub held: bool,
}

/// What became of an activity at a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `room/NAME` or `script/NAME`.
    pub dest: String,
    /// `waiting`, `told` or `not told`.
    pub said: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Micros,
}

/// What the door that polls at once asks of a board's turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ask {
    /// Who asked; the answer names it.
    pub id: String,
    /// What is found is not told here.
    pub mute: Option<RoomName>,
    /// Nobody waits for the answer any longer than this: what is found later is told as ever.
    pub until: Micros,
}

/// What a board's turn found that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Found {
    /// Who asked.
    pub id: String,
    /// From when on the feed was read.
    pub since: Micros,
    /// How many activities were new.
    pub new: usize,
}

impl Store {
    /// Keeps what was heard of a board, each activity once, marks the board's keys for when it is due (where a webhook
    /// told), and moves the cursor, in one commit. Gives the ids of those that were new.
    pub async fn keep_activities(&self, heard: &Heard<'_>) -> Result<Vec<ActionId>, StoreError> {
        let new = on_engine!(self, engine => engine.keep_activities(heard))?;
        self.marked.notify_one();
        Ok(new)
    }

    /// Up to `most` activities of a board that were held until `until`, or happened before one that was; in the order
    /// in which they happened.
    pub async fn held(&self, board: &BoardId, until: Micros, most: i64) -> Result<Vec<Held>, StoreError> {
        on_engine!(self, engine => engine.held(board, until, most))
    }

    /// When the next held activity of a board is due.
    pub async fn next_held(&self, board: &BoardId) -> Result<Option<Micros>, StoreError> {
        on_engine!(self, engine => engine.next_held(board))
    }

    /// Whether a call that is to make an issue's card on a board is on its way, or got no answer.
    pub async fn makes_cards(&self, board: &BoardId) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.makes_cards(board))
    }

    /// Writes decisions down, puts what is to be said into the outbox and marks the rooms' keys, in one commit. What
    /// was decided before stands.
    pub async fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.judge(judged))?;
        self.marked.notify_one();
        Ok(())
    }

    /// The newest activities, newest first; of one board or of all.
    pub async fn activities(&self, board: Option<&BoardId>, most: i64) -> Result<Vec<KeptActivity>, StoreError> {
        on_engine!(self, engine => engine.activities(board, most))
    }

    /// One activity, and what became of it.
    pub async fn activity(&self, id: &str) -> Result<Option<(KeptActivity, Vec<Outcome>)>, StoreError> {
        on_engine!(self, engine => engine.activity(id))
    }

    /// Has an activity judged again, and told again, at one destination or at all; `false`: there is none, or its words were
    /// not kept.
    pub async fn replay(&self, id: &str, dest: Option<&Dest>) -> Result<bool, StoreError> {
        let replayed = on_engine!(self, engine => engine.replay(id, dest))?;
        self.marked.notify_one();
        Ok(replayed)
    }

    /// Has the feed of a board read at once, whatever its pace.
    pub async fn hurry(&self, key: &Key) -> Result<(), StoreError> {
        self.set_cursor(&look_scope(key), "").await?;
        self.mark(key, Rank::Live, None).await
    }

    /// The note of when a board's feed is to be read next, as its turn wrote it.
    pub async fn next_look(&self, key: &Key) -> Result<Option<String>, StoreError> {
        self.cursor(&look_scope(key)).await
    }

    /// Keeps that note.
    pub async fn keep_next_look(&self, key: &Key, note: &str) -> Result<(), StoreError> {
        self.set_cursor(&look_scope(key), note).await
    }

    /// Has the feed of a board read at once, and somebody told what was found.
    pub async fn ask(&self, key: &Key, ask: &Ask) -> Result<(), StoreError> {
        let place = serde_json::to_string(ask).map_err(|error| StoreError::Refused(error.to_string()))?;
        self.set_cursor(&format!("ask/{key}"), &place).await?;
        self.mark(key, Rank::Command, None).await
    }

    /// What is asked of a board's turn at this moment.
    pub async fn asked(&self, key: &Key) -> Result<Option<Ask>, StoreError> {
        let place = self.cursor(&format!("ask/{key}")).await?;
        let ask: Option<Ask> = place.and_then(|place| serde_json::from_str(&place).ok());
        let now = self.now().await?;
        Ok(ask.filter(|ask| now < ask.until))
    }

    /// Answers what was asked of a board's turn.
    pub async fn answer(&self, key: &Key, found: &Found) -> Result<(), StoreError> {
        let place = serde_json::to_string(found).map_err(|error| StoreError::Refused(error.to_string()))?;
        self.set_cursor(&format!("found/{key}"), &place).await?;
        self.set_cursor(&format!("ask/{key}"), "").await
    }

    /// What the turn found that was last asked for.
    pub async fn found(&self, key: &Key) -> Result<Option<Found>, StoreError> {
        let place = self.cursor(&format!("found/{key}")).await?;
        Ok(place.and_then(|place| serde_json::from_str(&place).ok()))
    }

    /// The board that a key looks after, where its name has been looked up.
    pub async fn board_of(&self, key: &Key) -> Result<Option<BoardId>, StoreError> {
        let Key::Board(account, name) = key else { return Ok(None) };
        Ok(self.pin(&format!("board/{account}"), name).await?.and_then(|id| id.parse().ok()))
    }

    /// How far a board's feed has been read; `None`: not at all.
    pub async fn feed_read(&self, board: &BoardId) -> Result<Option<Micros>, StoreError> {
        let place = self.cursor(&feed_scope(board)).await?;
        let bad = |error| StoreError::Refused(format!("how far the feed of {board} was read is not known: {error}"));
        place.map(|place| place.parse().map(Micros).map_err(bad)).transpose()
    }

    /// Has what happened on a board since then told, as far as nothing was decided about it, and the board's feed read
    /// from then on. Gives the moment that `since` is not after, where what happened until then may have been told and
    /// forgotten; then nothing is told.
    pub async fn backfill(&self, board: &BoardId, since: Micros) -> Result<Option<Micros>, StoreError> {
        on_engine!(self, engine => engine.backfill(board, since))
    }
}

/// Under this stands how far a board's feed has been read. `sql::activities` names it too.
pub(super) fn feed_scope(board: &BoardId) -> String {
    format!("activities/{board}")
}

/// Under this stands until when what happened on a board may be forgotten. `sql::activities` names it too.
pub(super) fn forgotten_scope(board: &BoardId) -> String {
    format!("forgotten/{board}")
}

/// Under this stands when a board's feed is to be read next.
fn look_scope(key: &Key) -> String {
    format!("look/{key}")
}
