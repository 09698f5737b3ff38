//! An issue and its card: the newest state that was seen, the link and what both agreed on, moves to another project,
//! and what was told of them.

use std::time::Duration;

use super::{Engine, Leased, Observation, Signals, Store, StoreError};
use crate::model::{AccountName, Base, BoardId, CardId, Intent, Issue, IssueRef, Link, Micros, Parked};

impl Store {
    /// The newest state of an issue that we have seen.
    pub async fn observation(&self, issue: &IssueRef) -> Result<Option<Observation>, StoreError> {
        on_engine!(self, engine => engine.observation(issue))
    }

    /// Keeps what was read of `delivery`, which told the newest state of an issue. Where another has come since,
    /// nothing happens.
    pub async fn keep_reading(&self, issue: &Issue, delivery: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.keep_reading(issue, delivery))
    }

    /// An issue's link.
    pub async fn link(&self, issue: &IssueRef) -> Result<Option<Link>, StoreError> {
        on_engine!(self, engine => engine.link(issue))
    }

    /// All links, by project and number.
    pub async fn links(&self) -> Result<Vec<Link>, StoreError> {
        on_engine!(self, engine => engine.links())
    }

    /// The issues of this number that are known, in whatever project.
    pub async fn named(&self, iid: i64) -> Result<Vec<IssueRef>, StoreError> {
        on_engine!(self, engine => engine.named(iid))
    }

    /// Leaves an issue's card alone from now on, or follows it again. `false`: a turn has the two in hand at this
    /// moment, or there is no card.
    pub async fn park(&self, issue: &IssueRef, parked: Option<Parked>) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.park(issue, parked))
    }

    /// Writes down that a card is about to be made for `issue` as it was seen, and renews the turn's lease for `span` in
    /// the same commit. `false`: the issue was seen anew meanwhile, and nothing was written.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another, or the link already has a card or an intent.
    pub async fn reserve(
        &self,
        turn: &Leased,
        issue: &Issue,
        link: &Link,
        intent: &Intent,
        span: Duration,
    ) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.reserve(turn, issue, link, intent, span))
    }

    /// Writes the card of an issue down, made (with the base that follows from it) or found (without), and
    /// tells `signals`. The first card stays: `false` says that the link has another.
    pub async fn remember_card(
        &self,
        issue: &IssueRef,
        account: &AccountName,
        board: &BoardId,
        card: &CardId,
        base: Option<&Base>,
        signals: Signals<'_>,
    ) -> Result<bool, StoreError> {
        let remembered = on_engine!(self, engine => engine.remember_card(issue, account, board, card, base, signals))?;
        self.marked.notify_one();
        Ok(remembered)
    }

    /// Writes a link's base down, and its board, its pending writes and why it is parked along with it; tells `signals`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn remember_base(&self, turn: &Leased, link: &Link, signals: Signals<'_>) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.remember_base(turn, link, signals))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Forgets the card of a turn's issue, and what was copied onto it, so that it gets another.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn unlink(&self, turn: &Leased) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.unlink(turn))
    }

    /// Keeps that an issue became another one, which is known by its global id.
    pub async fn note_moved(&self, issue: &IssueRef, to: i64) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.note_moved(issue, to))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Of an issue that was moved here: a card of its own that waits to be deleted, and whether the issue that it was has
    /// a card to give.
    pub async fn moved_here(&self, issue: &IssueRef, global_id: i64) -> Result<(Option<CardId>, bool), StoreError> {
        on_engine!(self, engine => engine.moved_here(issue, global_id))
    }

    /// Both cards of an issue that was moved here stay.
    pub async fn forget_move(&self, issue: &IssueRef, global_id: i64) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.forget_move(issue, global_id))
    }

    /// The card that waited to be deleted is gone.
    pub async fn forget_spare(&self, issue: &IssueRef, global_id: i64) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.forget_spare(issue, global_id))
    }

    /// Gives the turn's issue the card of the issue that it was before it was moved; a card that was made for it
    /// meanwhile waits to be deleted from then on. Tells which issue it was; `None`: there is no such issue, or it has
    /// no card to give.
    pub async fn take_over(
        &self,
        turn: &Leased,
        issue: &IssueRef,
        global_id: i64,
    ) -> Result<Option<IssueRef>, StoreError> {
        on_engine!(self, engine => engine.take_over(turn, issue, global_id))
    }

    /// Writes down what happened to an issue and its card that people may ask about.
    pub async fn tell(&self, issue: &IssueRef, told: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.tell(issue, told, Signals::default()))
    }

    /// The same of what the bridge changed, with the signals of it.
    pub async fn tell_changed(&self, issue: &IssueRef, told: &str, signals: Signals<'_>) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.tell(issue, told, signals))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Forgets what the log of an issue, the deliveries about it, what was wished of its card and what happened there
    /// quote of its words, and drops what was to be said of it: it has turned confidential.
    pub async fn forget_words(&self, issue: &IssueRef) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.forget_words(issue))
    }

    /// What was told of an issue and its card, newest first.
    pub async fn told(&self, issue: &IssueRef, most: i64) -> Result<Vec<(Micros, String)>, StoreError> {
        on_engine!(self, engine => engine.told(issue, most))
    }

    /// Takes an intent back whose call certainly made nothing. `at` names the intent.
    pub async fn forget_intent(&self, issue: &IssueRef, at: Micros) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.forget_intent(issue, at))
    }

    /// When an issue's last turn ended, and how: `done`, `looks again`, `tries again` or `failed`.
    pub async fn last_turn(&self, key: &str) -> Result<Option<(Micros, String)>, StoreError> {
        on_engine!(self, engine => engine.last_turn(key))
    }

    /// Keeps why an issue's last turn had nothing to do, where that may surprise; empty where it does not.
    pub async fn note(&self, issue: &IssueRef, note: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.note(issue, note))
    }

    /// The note of an issue's last turn, by its key.
    pub async fn read_note(&self, key: &str) -> Result<String, StoreError> {
        on_engine!(self, engine => engine.read_note(key))
    }
}
