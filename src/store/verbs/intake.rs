//! Writing down what the doors took in: deliveries, observations and marks, a whole batch in one commit.

use std::collections::{BTreeMap, HashMap};

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::super::{Db, Engine};
use super::runs;
use crate::model::{Intake, Issue, Key, Micros, Rank, Receipt};
use crate::store::{StoreError, sql};

impl Engine {
    /// Writes `batch` down in one transaction and answers after its commit, in order.
    pub(in crate::store) async fn accept(&self, batch: &[Intake]) -> Result<Vec<Receipt>, StoreError> {
        let now = self.now().await?;
        let ids: Vec<String> = batch.iter().map(|_| Uuid::now_v7().to_string()).collect();
        let mut firsts: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, intake) in batch.iter().enumerate() {
            firsts.entry(&intake.dedupe).or_insert(at);
        }
        let mut tx = self.begin().await?;
        let rows: Vec<(&Intake, &str)> = firsts.values().map(|at| (&batch[*at], ids[*at].as_str())).collect();
        let new = insert_deliveries(&mut tx, &rows, now).await?;
        let mut known: HashMap<&str, String> = HashMap::new();
        for (dedupe, at) in &firsts {
            if new.iter().any(|new| new == dedupe) {
                known.insert(dedupe, ids[*at].clone());
            }
        }
        let mut receipts = vec![None; batch.len()];
        // In the order of the names, so that two replicas never wait for each other's rows.
        let mut order: Vec<usize> = (0..batch.len()).collect();
        order.sort_by_key(|at| &batch[*at].dedupe);
        for at in order {
            let intake = &batch[at];
            let duplicate = known.get(intake.dedupe.as_str()) != Some(&ids[at]);
            let delivery = if duplicate { repeat(&mut tx, &intake.dedupe).await? } else { ids[at].clone() };
            receipts[at] = Some(Receipt { delivery, duplicate });
        }
        let is_new = |intake: &&Intake| known.contains_key(intake.dedupe.as_str());
        observe(&mut tx, &newest(batch.iter().filter(is_new)), now, sql::OBSERVE_END).await?;
        let again = newest(batch.iter().filter(|intake| !is_new(intake)));
        observe(&mut tx, &again, now, sql::OBSERVE_AGAIN_END).await?;
        mark(&mut tx, &keys(batch), Rank::Live, now).await?;
        tx.commit().await?;
        Ok(receipts.into_iter().flatten().collect())
    }

    /// Marks `key`: it is due at `at` (`None`: now), or earlier if it already was.
    pub(in crate::store) async fn mark(&self, key: &Key, rank: Rank, at: Option<Micros>) -> Result<(), StoreError> {
        let at = match at {
            Some(at) => at,
            None => self.now().await?,
        };
        let mut tx = self.begin().await?;
        mark(&mut tx, &[key.to_string()], rank, at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes a state of an issue that was seen before down, unless it is known as newly, and marks its key.
    pub(in crate::store) async fn observe_again(&self, issue: &Issue) -> Result<(), StoreError> {
        let now = self.now().await?;
        let key = Key::Issue(issue.id.clone()).to_string();
        let mut tx = self.begin().await?;
        observe(&mut tx, &[(key.clone(), issue)], now, sql::OBSERVE_AGAIN_END).await?;
        mark(&mut tx, &[key], Rank::Live, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn insert_deliveries(
    tx: &mut sqlx::Transaction<'static, Db>,
    rows: &[(&Intake, &str)],
    now: Micros,
) -> Result<Vec<String>, StoreError> {
    let mut new = Vec::with_capacity(rows.len());
    for run in runs(rows) {
        let mut query = QueryBuilder::<Db>::new(sql::INSERT_DELIVERIES);
        query.push_values(run, |mut row, (intake, id)| {
            row.push_bind(*id)
                .push_bind(&intake.dedupe)
                .push_bind(now.0)
                .push_bind(&intake.event)
                .push_bind(&intake.headers)
                .push_bind(intake.body.as_ref())
                .push_bind(intake.verdict.to_string())
                .push_bind(&intake.reason)
                .push_bind(intake.key().map(|key| key.to_string()));
        });
        query.push(sql::INSERT_DELIVERIES_END);
        new.extend(query.build_query_scalar::<String>().fetch_all(&mut **tx).await?);
    }
    Ok(new)
}

/// Counts a repetition and gives the id of the first delivery.
async fn repeat(tx: &mut sqlx::Transaction<'static, Db>, dedupe: &str) -> Result<String, StoreError> {
    Ok(sqlx::query_scalar(sql::REPEAT_DELIVERY).bind(dedupe).fetch_one(&mut **tx).await?)
}

/// The newest state of each issue in the batch: one statement may touch a row only once. In the order of the keys, so
/// that two replicas never wait for each other's rows.
fn newest<'a>(batch: impl Iterator<Item = &'a Intake>) -> Vec<(String, &'a Issue)> {
    let mut newest: BTreeMap<String, &Issue> = BTreeMap::new();
    for issue in batch.filter_map(|intake| intake.issue.as_ref()) {
        let slot = newest.entry(Key::Issue(issue.id.clone()).to_string()).or_insert(issue);
        if !slot.refuses(issue) {
            *slot = issue;
        }
    }
    newest.into_iter().collect()
}

/// The keys that the batch marks, each once, in order.
fn keys(batch: &[Intake]) -> Vec<String> {
    let mut keys: Vec<String> = batch.iter().filter_map(|intake| intake.key()).map(|key| key.to_string()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

async fn observe(
    tx: &mut sqlx::Transaction<'static, Db>,
    issues: &[(String, &Issue)],
    now: Micros,
    on_conflict: &'static str,
) -> Result<(), StoreError> {
    for run in runs(issues) {
        let mut query = QueryBuilder::<Db>::new(sql::OBSERVE);
        query.push_values(run, |mut row, (key, issue)| {
            row.push_bind(key)
                .push_bind(issue.version.at)
                .push_bind(issue.version.step)
                .push_bind(i64::from(issue.confidential))
                .push_bind(now.0)
                .push_bind(serde_json::json!(issue).to_string());
        });
        query.push(on_conflict);
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}

async fn mark(
    tx: &mut sqlx::Transaction<'static, Db>,
    keys: &[String],
    rank: Rank,
    at: Micros,
) -> Result<(), StoreError> {
    let offset = (Micros::default() + rank.offset()).0;
    for run in runs(keys) {
        let mut query = QueryBuilder::<Db>::new(sql::MARK);
        query.push_values(run, |mut row, key| {
            row.push_bind(key).push_bind(offset).push_bind(at.0);
        });
        query.push(sql::MARK_END);
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}
