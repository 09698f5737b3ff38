//! What was listed over GitLab's API, taken in page by page.

use std::time::Duration;

use super::super::Engine;
use super::intake::{Observed, mark, observe};
use crate::model::{Instance, IssueRef, Key, Micros};
use crate::store::rows::Listed;
use crate::store::{StoreError, sql};

/// Keys of one page are due one after the other, so that cards come in the order of the listing.
const STEP: Duration = Duration::from_micros(1);

impl Engine {
    /// Takes a page in: states, marks, what was asked for and how far the listing came, in one commit.
    pub(in crate::store) async fn take_in(&self, page: &Listed) -> Result<(), StoreError> {
        let now = self.now().await?;
        let key = |issue: &IssueRef| Key::Issue(issue.clone()).to_string();
        let mut states: Vec<Observed<'_>> =
            page.news.iter().map(|issue| Observed { key: key(&issue.id), issue, delivery: None }).collect();
        // In the order of the keys, so that two replicas never wait for each other's rows; a statement may touch a row
        // only once.
        states.sort_by(|one, other| one.key.cmp(&other.key));
        states.dedup_by(|one, other| one.key == other.key);
        let mut tx = self.begin().await?;
        observe(&mut tx, &states, now, sql::OBSERVE_END).await?;
        let mut marks: Vec<(String, Micros)> = Vec::with_capacity(page.marks.len());
        let mut due = now;
        for issue in page.marks.iter().rev() {
            marks.push((key(issue), due));
            due = due - STEP;
        }
        marks.sort();
        for (key, due) in marks {
            mark(&mut tx, &[key], page.rank, due).await?;
        }
        for issue in &page.asked {
            sqlx::query(sql::ASK).bind(key(issue)).execute(&mut *tx).await?;
        }
        if page.recovered > 0 {
            sqlx::query(sql::ADD_RECOVERED).bind(page.recovered).execute(&mut *tx).await?;
        }
        if let Some((scope, place)) = &page.cursor {
            sqlx::query(sql::SET_CURSOR).bind(scope).bind(place).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn is_asked(&self, issue: &IssueRef) -> Result<bool, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let asked: Option<i64> = sqlx::query_scalar(sql::IS_ASKED).bind(key).fetch_optional(&self.reader).await?;
        Ok(asked == Some(1))
    }

    pub(in crate::store) async fn add_recovered(&self, more: usize) -> Result<i64, StoreError> {
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        sqlx::query(sql::ADD_RECOVERED).bind(more).execute(&self.writer).await?;
        self.recovered().await
    }

    pub(in crate::store) async fn recovered(&self) -> Result<i64, StoreError> {
        let count: Option<i64> = sqlx::query_scalar(sql::RECOVERED).fetch_optional(&self.reader).await?;
        Ok(count.unwrap_or_default())
    }

    pub(in crate::store) async fn projects(&self, instance: &Instance) -> Result<Vec<i64>, StoreError> {
        Ok(sqlx::query_scalar(sql::PROJECTS).bind(instance.as_str()).fetch_all(&self.reader).await?)
    }

    pub(in crate::store) async fn first_link(
        &self,
        instance: &Instance,
        project: i64,
    ) -> Result<Option<Micros>, StoreError> {
        let at: Option<i64> =
            sqlx::query_scalar(sql::FIRST_LINK).bind(instance.as_str()).bind(project).fetch_one(&self.reader).await?;
        Ok(at.map(Micros))
    }
}
