//! What we know of issues and their cards.

use std::time::Duration;

use uuid::Uuid;

use super::super::Engine;
use super::outbox::tell_changes;
use super::{in_json, silence};
use crate::model::{AccountName, Base, BoardId, CardId, Intent, Issue, IssueRef, Key, Link, Micros, Parked};
use crate::store::rows::{LinkRow, ObservationRow};
use crate::store::{Leased, Observation, Signals, StoreError, sql};

impl Engine {
    pub(in crate::store) async fn observation(&self, issue: &IssueRef) -> Result<Option<Observation>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let row: Option<ObservationRow> =
            sqlx::query_as(sql::OBSERVATION).bind(key).fetch_optional(&self.reader).await?;
        let bad = |error| StoreError::Refused(format!("the observation of {issue} cannot be read: {error}"));
        row.map(Observation::try_from).transpose().map_err(bad)
    }

    pub(in crate::store) async fn keep_reading(&self, issue: &Issue, delivery: &str) -> Result<(), StoreError> {
        let key = Key::Issue(issue.id.clone()).to_string();
        let text = in_json(issue)?;
        sqlx::query(sql::KEEP_READING).bind(text).bind(key).bind(delivery).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn link(&self, issue: &IssueRef) -> Result<Option<Link>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let row: Option<LinkRow> = sqlx::query_as(sql::LINK).bind(key).fetch_optional(&self.reader).await?;
        row.map(Link::try_from).transpose()
    }

    pub(in crate::store) async fn links(&self) -> Result<Vec<Link>, StoreError> {
        let rows: Vec<LinkRow> = sqlx::query_as(sql::LINKS).fetch_all(&self.reader).await?;
        rows.into_iter().map(Link::try_from).collect()
    }

    pub(in crate::store) async fn named(&self, iid: i64) -> Result<Vec<IssueRef>, StoreError> {
        let keys: Vec<String> =
            sqlx::query_scalar(sql::NAMED).bind(format!("issue/%/{iid}")).fetch_all(&self.reader).await?;
        let issue = |key: String| match key.parse::<Key>() {
            Ok(Key::Issue(issue)) => Some(issue),
            _ => None,
        };
        Ok(keys.into_iter().filter_map(issue).collect())
    }

    pub(in crate::store) async fn park(&self, issue: &IssueRef, parked: Option<Parked>) -> Result<bool, StoreError> {
        let (key, now) = (Key::Issue(issue.clone()).to_string(), self.now().await?);
        let parked = parked.map(|parked| parked.to_string());
        let done = sqlx::query(sql::PARK).bind(parked).bind(key).bind(now.0).execute(&self.writer).await?;
        Ok(done.rows_affected() > 0)
    }

    pub(in crate::store) async fn reserve(
        &self,
        turn: &Leased,
        issue: &Issue,
        link: &Link,
        intent: &Intent,
        span: Duration,
    ) -> Result<bool, StoreError> {
        let until = self.now().await? + span;
        let key = turn.key.to_string();
        let mut tx = self.begin().await?;
        let renewed = sqlx::query(sql::RENEW).bind(until.0).bind(&key).bind(&turn.token).execute(&mut *tx).await?;
        if renewed.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        let seen: Option<String> = sqlx::query_scalar(sql::OBSERVED_ISSUE).bind(&key).fetch_optional(&mut *tx).await?;
        if seen.and_then(|seen| serde_json::from_str::<Issue>(&seen).ok()).as_ref() != Some(issue) {
            return Ok(false);
        }
        let reserved = sqlx::query(sql::RESERVE)
            .bind(&key)
            .bind(link.issue.instance.as_str())
            .bind(link.issue.project)
            .bind(link.issue.iid)
            .bind(&link.account.0)
            .bind(link.board.as_str())
            .bind(intent.at.0)
            .bind(intent.list.as_str())
            .bind(issue.global_id)
            .execute(&mut *tx)
            .await?;
        if reserved.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        tx.commit().await?;
        Ok(true)
    }

    pub(in crate::store) async fn remember_card(
        &self,
        issue: &IssueRef,
        account: &AccountName,
        board: &BoardId,
        card: &CardId,
        base: Option<&Base>,
        signals: Signals<'_>,
    ) -> Result<bool, StoreError> {
        let now = self.now().await?;
        let issue_key = Key::Issue(issue.clone());
        let key = issue_key.to_string();
        let mut tx = self.begin().await?;
        let done = sqlx::query(sql::REMEMBER_CARD)
            .bind(&key)
            .bind(issue.instance.as_str())
            .bind(issue.project)
            .bind(issue.iid)
            .bind(&account.0)
            .bind(board.as_str())
            .bind(card.as_str())
            .bind(i64::from(base.is_none()))
            .bind(now.0)
            .bind(base.map(in_json).transpose()?)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() > 0 {
            tell_changes(&mut tx, &issue_key, signals, now).await?;
            tx.commit().await?;
            return Ok(true);
        }
        let row: Option<LinkRow> = sqlx::query_as(sql::LINK).bind(key).fetch_optional(&mut *tx).await?;
        Ok(row.is_some_and(|row| row.card.as_deref() == Some(card.as_str())))
    }

    pub(in crate::store) async fn remember_base(
        &self,
        turn: &Leased,
        link: &Link,
        signals: Signals<'_>,
    ) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let base = link.base.as_ref().map(in_json).transpose()?;
        let done = sqlx::query(sql::REMEMBER_BASE)
            .bind(link.board.as_str())
            .bind(base)
            .bind(link.parked.map(|parked| parked.to_string()))
            .bind(&link.pending)
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

    pub(in crate::store) async fn unlink(&self, turn: &Leased) -> Result<(), StoreError> {
        let key = turn.key.to_string();
        let mut tx = self.begin().await?;
        let done = sqlx::query(sql::UNLINK).bind(&key).bind(&turn.token).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        sqlx::query(sql::FORGET_PAIRS).bind(&key).execute(&mut *tx).await?;
        sqlx::query(sql::merges::FORGET_MERGE_TRACES).bind(&key).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn tell(
        &self,
        issue: &IssueRef,
        told: &str,
        signals: Signals<'_>,
    ) -> Result<(), StoreError> {
        let (id, key, now) = (Uuid::now_v7().to_string(), Key::Issue(issue.clone()), self.now().await?);
        let mut tx = self.begin().await?;
        sqlx::query(sql::TELL).bind(id).bind(key.to_string()).bind(now.0).bind(told).execute(&mut *tx).await?;
        tell_changes(&mut tx, &key, signals, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn forget_words(&self, issue: &IssueRef) -> Result<(), StoreError> {
        let (key, now) = (Key::Issue(issue.clone()).to_string(), self.now().await?);
        let mut tx = self.begin().await?;
        silence::forget_words(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn told(
        &self,
        issue: &IssueRef,
        most: i64,
    ) -> Result<Vec<(Micros, String)>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let rows: Vec<(i64, String)> = sqlx::query_as(sql::TOLD).bind(key).bind(most).fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(|(at, told)| (Micros(at), told)).collect())
    }

    pub(in crate::store) async fn note(&self, issue: &IssueRef, note: &str) -> Result<(), StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        sqlx::query(sql::NOTE).bind(note).bind(key).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn read_note(&self, key: &str) -> Result<String, StoreError> {
        let note: Option<String> = sqlx::query_scalar(sql::READ_NOTE).bind(key).fetch_optional(&self.reader).await?;
        Ok(note.unwrap_or_default())
    }

    pub(in crate::store) async fn forget_intent(&self, issue: &IssueRef, at: Micros) -> Result<(), StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        sqlx::query(sql::FORGET_INTENT).bind(key).bind(at.0).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn pin(&self, scope: &str, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::PIN).bind(scope).bind(name).fetch_optional(&self.reader).await?)
    }

    pub(in crate::store) async fn identity(&self) -> Result<String, StoreError> {
        let (scope, name) = ("kanbridge", "identity");
        if let Some(known) = self.pin(scope, name).await? {
            return Ok(known);
        }
        let made = Uuid::now_v7().simple().to_string();
        sqlx::query(sql::PIN_ONCE).bind(scope).bind(name).bind(&made).execute(&self.writer).await?;
        Ok(self.pin(scope, name).await?.unwrap_or(made))
    }

    pub(in crate::store) async fn set_pin(&self, scope: &str, name: &str, id: &str) -> Result<(), StoreError> {
        sqlx::query(sql::SET_PIN).bind(scope).bind(name).bind(id).execute(&self.writer).await?;
        Ok(())
    }
}
