//! The verbs about merge requests: those that name an issue, as hooks told them, and what has been done about them on
//! its card.

use super::{Engine, Leased, Signals, Store, StoreError};
use crate::model::{Instance, IssueRef, MergeNews, MergeRequest, MergeTrace, Micros};

impl Store {
    /// The merge requests that name an issue, as hooks told them.
    pub async fn merges(&self, issue: &IssueRef) -> Result<Vec<MergeRequest>, StoreError> {
        on_engine!(self, engine => engine.merges(issue))
    }

    /// When an issue and its card were linked.
    pub async fn linked_at(&self, issue: &IssueRef) -> Result<Option<Micros>, StoreError> {
        on_engine!(self, engine => engine.linked_at(issue))
    }

    /// Writes a merge request down that was seen before, unless what is known is newer, and marks the keys of the issues
    /// that it names. Gives these keys.
    pub async fn see_merge_again(&self, news: &MergeNews) -> Result<Vec<String>, StoreError> {
        let keys = on_engine!(self, engine => engine.see_merge_again(news))?;
        self.marked.notify_one();
        Ok(keys)
    }

    /// Drops what is known of the merge requests that name an issue, if that is confidential as it was last seen.
    pub async fn drop_merges(&self, issue: &IssueRef) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.drop_merges(issue))
    }

    /// What has been done about merge requests on an issue's card.
    pub async fn merge_traces(&self, issue: &IssueRef) -> Result<Vec<MergeTrace>, StoreError> {
        on_engine!(self, engine => engine.merge_traces(issue))
    }

    /// Remembers what has been done, or is about to be, about a merge request on the card of the turn's issue, and tells
    /// of the changes.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the key has passed to another.
    pub async fn keep_merge_trace(
        &self,
        turn: &Leased,
        trace: &MergeTrace,
        signals: Signals<'_>,
    ) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.keep_merge_trace(turn, trace, signals))?;
        self.marked.notify_one();
        Ok(())
    }

    /// How an issue stood (its `updated_at`) when its merge requests were last read; `None`: they never were.
    pub async fn merges_read(&self, issue: &IssueRef) -> Result<Option<Micros>, StoreError> {
        let place = self.cursor(&read_scope(issue)).await?;
        let bad =
            |error| StoreError::Refused(format!("when the merge requests of {issue} were read is not known: {error}"));
        place.map(|place| place.parse().map(Micros).map_err(bad)).transpose()
    }

    /// The merge requests of an issue that stood so were read.
    pub async fn keep_merges_read(&self, issue: &IssueRef, at: Micros) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.set_cursor(&read_scope(issue), &at.0.to_string()))
    }

    /// Keeps which number a project has, so that it is known where texts name it by its path.
    pub async fn know_project(&self, instance: &Instance, path: &str, project: i64) -> Result<(), StoreError> {
        let (scope, path, id) = (project_scope(instance), path.to_lowercase(), project.to_string());
        if self.pin(&scope, &path).await?.as_deref() != Some(id.as_str()) {
            self.set_pin(&scope, &path, &id).await?;
        }
        Ok(())
    }

    /// Has all confidential issues looked after: what may be shown of them may be another than before.
    pub async fn mark_confidential(&self) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.mark_confidential())?;
        self.marked.notify_one();
        Ok(())
    }
}

fn read_scope(issue: &IssueRef) -> String {
    format!("merges/{issue}")
}

/// Under this the paths of an instance's projects are pinned to their numbers.
pub(super) fn project_scope(instance: &Instance) -> String {
    format!("project/{instance}")
}
