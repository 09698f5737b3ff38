//! Watches, and what they tell.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Db, Engine};
use crate::model::{AccountName, Activity, CardId, Intake, Key, Micros, ModelId, Watch};
use crate::store::StoreError;
use crate::store::rows::WatchRow;
use crate::store::sql::watches as sql;
use crate::store::watches::{Wanted, feed_scope};

impl Engine {
    pub(in crate::store) async fn watch(
        &self,
        account: &AccountName,
        model: &ModelId,
    ) -> Result<Option<Watch>, StoreError> {
        let row: Option<WatchRow> =
            sqlx::query_as(sql::WATCH).bind(&account.0).bind(model.as_str()).fetch_optional(&self.reader).await?;
        row.map(Watch::try_from).transpose()
    }

    pub(in crate::store) async fn watches(&self) -> Result<Vec<Watch>, StoreError> {
        let rows: Vec<WatchRow> = sqlx::query_as(sql::WATCHES).fetch_all(&self.reader).await?;
        rows.into_iter().map(Watch::try_from).collect()
    }

    pub(in crate::store) async fn want_watch(&self, wanted: &Wanted<'_>) -> Result<bool, StoreError> {
        let done = sqlx::query(sql::WANT_WATCH)
            .bind(&wanted.account.0)
            .bind(wanted.model.as_str())
            .bind(wanted.url)
            .bind(wanted.description)
            .bind(i64::from(wanted.by_hand))
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    pub(in crate::store) async fn keep_watch(&self, watch: &Watch) -> Result<bool, StoreError> {
        let done = sqlx::query(sql::KEEP_WATCH)
            .bind(watch.webhook.as_ref().map(|id| id.as_str()))
            .bind(&watch.url)
            .bind(&watch.other_url)
            .bind(watch.state.to_string())
            .bind(&watch.reason)
            .bind(watch.failures)
            .bind(&watch.account.0)
            .bind(watch.model.as_str())
            .execute(&self.writer)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    pub(in crate::store) async fn remove_watch(
        &self,
        account: &AccountName,
        model: &ModelId,
        by_hand: bool,
    ) -> Result<(), StoreError> {
        sqlx::query(sql::REMOVE_WATCH)
            .bind(i64::from(by_hand))
            .bind(&account.0)
            .bind(model.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub(in crate::store) async fn names_of(&self, scope: &str, id: &str) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::NAMES_OF).bind(scope).bind(id).fetch_all(&self.reader).await?)
    }

    pub(in crate::store) async fn drop_pin(&self, scope: &str, name: &str) -> Result<(), StoreError> {
        sqlx::query(sql::DROP_PIN).bind(scope).bind(name).execute(&self.writer).await?;
        Ok(())
    }
}

/// Whose card a delivery speaks of.
pub(super) struct About {
    /// The key of the issue.
    pub(super) key: String,
    /// The issue is confidential, and what is said of its card is not kept.
    pub(super) confidential: bool,
}

/// The issues whose cards a batch speaks of.
pub(super) async fn issues(
    tx: &mut sqlx::Transaction<'static, Db>,
    batch: &[Intake],
) -> Result<BTreeMap<CardId, About>, StoreError> {
    let mut issues = BTreeMap::new();
    let cards: BTreeSet<&CardId> = activities(batch).filter_map(|(_, activity)| activity.card.as_ref()).collect();
    for card in cards {
        let row: Option<(String, i64)> =
            sqlx::query_as(sql::ABOUT_CARD).bind(card.as_str()).fetch_optional(&mut **tx).await?;
        if let Some((key, confidential)) = row.filter(|(key, _)| key.parse::<Key>().is_ok()) {
            issues.insert(card.clone(), About { key, confidential: confidential != 0 });
        }
    }
    Ok(issues)
}

/// The issue whose card an intake speaks of.
pub(super) fn about<'a>(intake: &Intake, issues: &'a BTreeMap<CardId, About>) -> Option<&'a About> {
    issues.get(intake.watch.as_ref()?.activity.as_ref()?.card.as_ref()?)
}

/// The keys of the feeds of the boards that a batch speaks of: whoever follows them may look at once.
pub(super) async fn feeds(
    tx: &mut sqlx::Transaction<'static, Db>,
    batch: &[Intake],
) -> Result<Vec<String>, StoreError> {
    let boards: BTreeSet<(&AccountName, &str)> = activities(batch)
        .filter_map(|(account, activity)| Some((account, activity.board.as_ref()?.as_str())))
        .collect();
    let mut keys = Vec::new();
    for (account, board) in boards {
        let names: Vec<String> =
            sqlx::query_scalar(sql::NAMES_OF).bind(feed_scope(account)).bind(board).fetch_all(&mut **tx).await?;
        keys.extend(names.into_iter().map(|name| Key::Board(account.clone(), name).to_string()));
    }
    Ok(keys)
}

/// Notes that watches told something. In the order of their names, so that two replicas never wait for each other's rows.
pub(super) async fn heard(
    tx: &mut sqlx::Transaction<'static, Db>,
    batch: &[Intake],
    now: Micros,
) -> Result<(), StoreError> {
    let watches: BTreeSet<(&AccountName, &ModelId)> =
        batch.iter().filter_map(|intake| intake.watch.as_ref()).map(|news| (&news.account, &news.model)).collect();
    for (account, model) in watches {
        sqlx::query(sql::HEARD_WATCH).bind(now.0).bind(&account.0).bind(model.as_str()).execute(&mut **tx).await?;
    }
    Ok(())
}

fn activities(batch: &[Intake]) -> impl Iterator<Item = (&AccountName, &Activity)> {
    batch
        .iter()
        .filter_map(|intake| intake.watch.as_ref())
        .filter_map(|news| Some((&news.account, news.activity.as_ref()?)))
}
