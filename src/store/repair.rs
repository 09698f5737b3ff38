//! Repair: what a card's feed told and nobody has read, issues that are gone and wait for an operator, cards that are
//! twins, cards that become issues.

use std::time::Duration;

use super::{Engine, Filing, Leased, Missing, Signals, Standing, Store, StoreError};
use crate::model::{BoardId, CardId, Instance, IssueRef, Link, Micros};

impl Store {
    /// The turn's card was read after `stir` was known. What the feed tells from then on is news again. Without the
    /// lease nothing happens.
    pub async fn card_was_read(&self, turn: &Leased, stir: i64) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.card_was_read(turn, stir))
    }

    /// A board's feed is about to be looked at for the first time: each card on it may say something that nobody has read.
    pub async fn stir_board(&self, board: &BoardId) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.stir_board(board))
    }

    /// The issues of a project whose cards are looked after, and those whose cards were archived because they were gone.
    pub async fn standing(&self, instance: &Instance, project: i64) -> Result<Vec<Standing>, StoreError> {
        on_engine!(self, engine => engine.standing(instance, project))
    }

    /// Writes down which linked issues of a route are gone, in place of those that waited before. Those `approved` have
    /// their turns; the others wait for an operator.
    pub async fn keep_gone(&self, route: &str, issues: &[IssueRef], approved: bool) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.keep_gone(route, issues, approved))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Whether a linked issue was found gone, and if so, whether its card may be archived.
    pub async fn is_gone(&self, issue: &IssueRef) -> Result<Option<bool>, StoreError> {
        on_engine!(self, engine => engine.is_gone(issue))
    }

    /// All issues that were found gone and wait for an operator, by route.
    pub async fn missing(&self) -> Result<Vec<Missing>, StoreError> {
        on_engine!(self, engine => engine.missing())
    }

    /// Lets what waits of a route go on, and marks it. Gives how many there were.
    pub async fn approve(&self, route: &str) -> Result<usize, StoreError> {
        let approved = on_engine!(self, engine => engine.approve(route))?;
        self.marked.notify_one();
        Ok(approved)
    }

    /// An issue that was found gone has been dealt with, or is there after all.
    pub async fn forget_gone(&self, issue: &IssueRef) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.forget_gone(issue))
    }

    /// Marks the issues that have two open cards on a board by what the index of cards says. Gives their number.
    pub async fn mark_twinned(&self, board: &BoardId) -> Result<usize, StoreError> {
        let marked = on_engine!(self, engine => engine.mark_twinned(board))?;
        self.marked.notify_one();
        Ok(marked)
    }

    /// Open cards that carry the mark of an issue, stand on the board of its card, and are no issue's.
    pub async fn twins(&self, issue: &IssueRef) -> Result<Vec<CardId>, StoreError> {
        on_engine!(self, engine => engine.twins(issue))
    }

    /// Cards that carry the mark of an issue, stand on the board of its card, and are no issue's, open or not.
    pub async fn lookalikes(&self, issue: &IssueRef) -> Result<Vec<CardId>, StoreError> {
        on_engine!(self, engine => engine.lookalikes(issue))
    }

    /// The issue whose card this is.
    pub async fn issue_of(&self, card: &CardId) -> Result<Option<IssueRef>, StoreError> {
        on_engine!(self, engine => engine.issue_of(card))
    }

    /// How far a card made by hand has come on its way to be an issue.
    pub async fn filing(&self, card: &CardId) -> Result<Option<Filing>, StoreError> {
        on_engine!(self, engine => engine.filing(card))
    }

    /// Writes down that an issue is about to be made of the turn's card, and renews the lease for `span`. Gives the time
    /// that names the intent.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another, or the card is an issue or about to be one already.
    pub async fn intend_filing(
        &self,
        turn: &Leased,
        card: &CardId,
        project: i64,
        span: Duration,
    ) -> Result<Micros, StoreError> {
        on_engine!(self, engine => engine.intend_filing(turn, card, project, span))
    }

    /// Takes an intent back whose call certainly made nothing.
    pub async fn withdraw_filing(&self, card: &CardId, at: Micros) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.withdraw_filing(card, at))
    }

    /// Writes down that `link`'s issue was made of its card, marks the issue, and tells `signals`. `false`: the card is
    /// another issue's, or nobody intended this.
    pub async fn file(&self, link: &Link, global_id: Option<i64>, signals: Signals<'_>) -> Result<bool, StoreError> {
        let filed = on_engine!(self, engine => engine.file(link, global_id, signals))?;
        self.marked.notify_one();
        Ok(filed)
    }

    /// Writes down how far something has come.
    pub async fn set_cursor(&self, scope: &str, place: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.set_cursor(scope, place))
    }
}
