//! Watches, and what they tell.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Db, Engine};
use super::activities;
use crate::model::{AccountName, Activity, BoardId, CardId, Intake, Key, Micros, ModelId, Watch, WatchNews};
use crate::store::StoreError;
use crate::store::activities::{HOLD, Heard, Kept, Source};
use crate::store::rows::WatchRow;
use crate::store::sql::activities::BOARD_KEYS;
use crate::store::sql::watches as sql;
use crate::store::watches::Wanted;

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

    pub(in crate::store) async fn is_watched(&self, board: &BoardId, since: Micros) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar(sql::IS_WATCHED).bind(board.as_str()).bind(since.0);
        let live: i64 = query.fetch_one(&self.reader).await?;
        Ok(live > 0)
    }

    pub(in crate::store) async fn names_of(&self, scope: &str, id: &str) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::NAMES_OF).bind(scope).bind(id).fetch_all(&self.reader).await?)
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
    let cards: BTreeSet<&CardId> = told(batch).filter_map(|(_, activity)| activity.card.as_ref()).collect();
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

/// Keeps what happened as the boards' feeds would tell it, each once, and gives what is to be marked: the keys of the
/// boards with the time when it is judged (who is told of it is decided then, for scripts that listen come and go), and
/// those of cards whose turn had failed.
pub(super) async fn keep(
    tx: &mut sqlx::Transaction<'static, Db>,
    batch: &[Intake],
    now: Micros,
) -> Result<Vec<(String, Micros)>, StoreError> {
    let mut boards: BTreeMap<&BoardId, Vec<(&WatchNews, &Activity)>> = BTreeMap::new();
    for (news, activity) in told(batch) {
        if let Some(board) = &activity.board {
            boards.entry(board).or_default().push((news, activity));
        }
    }
    let mut marks = Vec::new();
    for (board, news) in boards {
        let mut keys: Vec<String> = sqlx::query_scalar(BOARD_KEYS).bind(board.as_str()).fetch_all(&mut **tx).await?;
        if keys.is_empty() {
            // Nobody follows it, and scripts may listen.
            let accounts: BTreeSet<&AccountName> = news.iter().map(|(news, _)| &news.account).collect();
            let key = |account: &AccountName| Key::Board(account.clone(), board.to_string()).to_string();
            keys.extend(accounts.into_iter().map(key));
        }
        let kept = news.iter().map(|(news, activity)| Kept {
            activity: (*activity).clone(),
            payload: news.payload.clone(),
            due: Some(now.min(activity.at) + HOLD),
        });
        let heard = Heard {
            board,
            source: Source::Hook,
            kept: kept.collect(),
            reach: None,
            follow: false,
            arrivals: Vec::new(),
        };
        let news = activities::hear(tx, &heard, now).await?;
        marks.extend(activities::revived(tx, &news).await?.into_iter().map(|key| (key, now)));
        if let Some(due) = news.iter().filter_map(|kept| kept.due).min() {
            marks.extend(keys.into_iter().map(|key| (key, due)));
        }
    }
    // As every turn takes them.
    marks.sort_unstable();
    Ok(marks)
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

fn told(batch: &[Intake]) -> impl Iterator<Item = (&WatchNews, &Activity)> {
    batch.iter().filter_map(|intake| intake.watch.as_deref()).filter_map(|news| Some((news, news.activity.as_ref()?)))
}
