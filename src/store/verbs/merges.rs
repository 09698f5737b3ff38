//! Merge requests that name issues, and what has been done about them on cards.

use std::collections::BTreeMap;

use sqlx::{FromRow, QueryBuilder};

use super::super::{Db, Engine};
use super::intake::mark;
use super::outbox::tell_changes;
use super::{in_json, runs};
use crate::model::{IssueRef, Key, MergeNews, MergeRequest, MergeTrace, Micros, ProjectName, Rank, Version};
use crate::store::{Leased, Signals, StoreError, project_scope, rows, sql};

#[derive(FromRow)]
struct MergeRow {
    project: i64,
    iid: i64,
    title: String,
    url: String,
    state: String,
    turned_at: Option<i64>,
    changed_at: i64,
    changed_step: i64,
}

impl TryFrom<MergeRow> for MergeRequest {
    type Error = StoreError;

    fn try_from(row: MergeRow) -> Result<Self, StoreError> {
        Ok(MergeRequest {
            project: row.project,
            iid: row.iid,
            title: row.title,
            url: row.url,
            state: rows::parse(&row.state)?,
            turned: row.turned_at.map(Micros),
            version: Version { at: row.changed_at, step: row.changed_step },
        })
    }
}

impl Engine {
    pub(in crate::store) async fn merges(&self, issue: &IssueRef) -> Result<Vec<MergeRequest>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let rows: Vec<MergeRow> = sqlx::query_as(sql::merges::MERGES).bind(key).fetch_all(&self.reader).await?;
        rows.into_iter().map(MergeRequest::try_from).collect()
    }

    pub(in crate::store) async fn linked_at(&self, issue: &IssueRef) -> Result<Option<Micros>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let at: Option<i64> = sqlx::query_scalar(sql::merges::LINKED_AT).bind(key).fetch_optional(&self.reader).await?;
        Ok(at.map(Micros))
    }

    /// Writes a merge request down that was seen before, and marks the keys of the issues that it names.
    pub(in crate::store) async fn see_merge_again(&self, news: &MergeNews) -> Result<Vec<String>, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let keys = see(&mut tx, &[news]).await?;
        mark(&mut tx, &keys, Rank::Live, now).await?;
        tx.commit().await?;
        Ok(keys)
    }

    pub(in crate::store) async fn drop_merges(&self, issue: &IssueRef) -> Result<(), StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        sqlx::query(sql::merges::DROP_MERGES).bind(key).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn merge_traces(&self, issue: &IssueRef) -> Result<Vec<MergeTrace>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let rows: Vec<String> = sqlx::query_scalar(sql::merges::MERGE_TRACES).bind(key).fetch_all(&self.reader).await?;
        let bad = |error| StoreError::Refused(format!("what was done about a merge request cannot be read: {error}"));
        rows.iter().map(|row| serde_json::from_str(row).map_err(bad)).collect()
    }

    pub(in crate::store) async fn keep_merge_trace(
        &self,
        turn: &Leased,
        trace: &MergeTrace,
        signals: Signals<'_>,
    ) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let done = sqlx::query(sql::merges::KEEP_MERGE_TRACE)
            .bind(trace.project)
            .bind(trace.iid)
            .bind(in_json(trace)?)
            .bind(turn.key.to_string())
            .bind(&turn.token)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        tell_changes(&mut tx, &turn.key, signals, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn mark_confidential(&self) -> Result<(), StoreError> {
        let now = self.now().await?;
        let keys: Vec<String> = sqlx::query_scalar(sql::merges::CONFIDENTIAL_KEYS).fetch_all(&self.reader).await?;
        let mut tx = self.begin().await?;
        mark(&mut tx, &keys, Rank::Background, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Writes down what merge requests are, for each issue that they name or named before. Gives the keys of these issues,
/// each once, in order.
pub(super) async fn see(
    tx: &mut sqlx::Transaction<'static, Db>,
    news: &[&MergeNews],
) -> Result<Vec<String>, StoreError> {
    // One statement may touch a row only once, and in the order of the keys, so that two replicas never wait for each
    // other's rows.
    let mut rows: BTreeMap<(String, i64, i64), &MergeRequest> = BTreeMap::new();
    for news in news {
        for key in issues_of(tx, news).await? {
            let name = (key, news.merge.project, news.merge.iid);
            match rows.get(&name) {
                Some(known) if news.merge.version.cmp_coarse(known.version).is_lt() => {}
                _ => drop(rows.insert(name, &news.merge)),
            }
        }
    }
    let mut keys: Vec<String> = rows.keys().map(|(key, ..)| key.clone()).collect();
    keys.dedup();
    let rows: Vec<(String, &MergeRequest)> = rows.into_iter().map(|((key, ..), merge)| (key, merge)).collect();
    for run in runs(&rows, |(_, merge)| merge.title.len() + merge.url.len()) {
        let mut query = QueryBuilder::<Db>::new(sql::merges::SEE_MERGES);
        query.push_values(run, |mut row, (key, merge)| {
            row.push_bind(key)
                .push_bind(merge.project)
                .push_bind(merge.iid)
                .push_bind(&merge.title)
                .push_bind(&merge.url)
                .push_bind(merge.state.to_string())
                .push_bind(merge.turned.map(|turned| turned.0))
                .push_bind(merge.version.at)
                .push_bind(merge.version.step);
        });
        query.push(sql::merges::SEE_MERGES_END);
        query.build().execute(&mut **tx).await?;
    }
    Ok(keys)
}

/// The keys of the issues that a merge request names, and of those that it named before. A project whose number nobody
/// has told yet has no cards either.
async fn issues_of(tx: &mut sqlx::Transaction<'static, Db>, news: &MergeNews) -> Result<Vec<String>, StoreError> {
    let MergeNews { instance, merge, names } = news;
    let mut keys: Vec<String> = sqlx::query_scalar(sql::merges::NAMED_BY)
        .bind(merge.project)
        .bind(merge.iid)
        .bind(format!("issue/{instance}/%"))
        .fetch_all(&mut **tx)
        .await?;
    for (project, iid) in names {
        let project = match project {
            ProjectName::Id(id) => Some(*id),
            ProjectName::Path(path) => {
                let query = sqlx::query_scalar(sql::PIN).bind(project_scope(instance)).bind(path);
                let id: Option<String> = query.fetch_optional(&mut **tx).await?;
                id.and_then(|id| id.parse().ok())
            }
        };
        let issue = project.map(|project| IssueRef { instance: instance.clone(), project, iid: *iid });
        keys.extend(issue.map(|issue| Key::Issue(issue).to_string()));
    }
    Ok(keys)
}
