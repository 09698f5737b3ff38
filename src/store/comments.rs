//! The verbs about what people say: notes as they were seen, and which comment copies which note.

use super::{Engine, Leased, Signals, Store, StoreError};
use crate::model::{IssueRef, Micros, Note, NoteNews, Pair};

impl Store {
    /// The notes of an issue as hooks told them; hidden ones without their words.
    pub async fn notes(&self, issue: &IssueRef) -> Result<Vec<Note>, StoreError> {
        on_engine!(self, engine => engine.notes(issue))
    }

    /// Writes a note down that was seen before, unless what is known is as new, and marks its issue's key.
    pub async fn see_note_again(&self, news: &NoteNews) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.see_note_again(news))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Drops what was said on an issue, if it is confidential as it was last seen.
    pub async fn drop_notes(&self, issue: &IssueRef) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.drop_notes(issue))
    }

    /// Which comments of an issue and its card are copies, and of what.
    pub async fn pairs(&self, issue: &IssueRef) -> Result<Vec<Pair>, StoreError> {
        on_engine!(self, engine => engine.pairs(issue))
    }

    /// Remembers a pair of the turn's issue, and tells `signals`; its origin and original name it.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn keep_pair(&self, turn: &Leased, pair: &Pair, signals: Signals<'_>) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.keep_pair(turn, pair, signals))?;
        self.marked.notify_one();
        Ok(())
    }

    /// Forgets a pair of the turn's issue. Where the key has passed to another, nothing happens.
    pub async fn forget_pair(&self, turn: &Leased, pair: &Pair) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.forget_pair(turn, pair))
    }

    /// How an issue stood (its `updated_at`) when its notes were last read whole; `None`: they never were.
    pub async fn notes_read(&self, issue: &IssueRef) -> Result<Option<Micros>, StoreError> {
        let place = self.cursor(&scope(issue)).await?;
        let bad = |error| StoreError::Refused(format!("how far the notes of {issue} were read is not known: {error}"));
        place.map(|place| place.parse().map(Micros).map_err(bad)).transpose()
    }

    /// All notes of an issue that stood so were read.
    pub async fn keep_notes_read(&self, issue: &IssueRef, at: Micros) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.set_cursor(&scope(issue), &at.0.to_string()))
    }
}

fn scope(issue: &IssueRef) -> String {
    format!("notes/{issue}")
}
