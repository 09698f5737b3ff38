//! What a card's feed told and nobody has read, issues that are gone, and cards that are twins.

use super::super::Engine;
use super::intake::mark;
use crate::model::{BoardId, CardId, Instance, IssueRef, Key, Micros, Rank};
use crate::store::sql::repair as sql;
use crate::store::{Leased, Missing, Standing, StoreError, rows, sql as general};

impl Engine {
    pub(in crate::store) async fn card_was_read(&self, turn: &Leased, stir: i64) -> Result<(), StoreError> {
        let key = turn.key.to_string();
        sqlx::query(sql::CARD_WAS_READ).bind(stir).bind(key).bind(&turn.token).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn stir_board(&self, board: &BoardId) -> Result<(), StoreError> {
        sqlx::query(sql::STIR_BOARD).bind(board.as_str()).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn standing(
        &self,
        instance: &Instance,
        project: i64,
    ) -> Result<Vec<Standing>, StoreError> {
        let query = sqlx::query_as(sql::STANDING).bind(instance.as_str()).bind(project);
        let rows: Vec<(i64, i64)> = query.fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(|(iid, gone)| Standing { iid, gone: gone != 0 }).collect())
    }

    pub(in crate::store) async fn keep_gone(
        &self,
        route: &str,
        issues: &[IssueRef],
        approved: bool,
    ) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut keys: Vec<String> = issues.iter().map(|issue| Key::Issue(issue.clone()).to_string()).collect();
        keys.sort_unstable();
        let mut tx = self.begin().await?;
        sqlx::query(sql::FORGET_WAITING).bind(route).execute(&mut *tx).await?;
        for key in &keys {
            let query = sqlx::query(sql::KEEP_GONE).bind(key).bind(route).bind(now.0).bind(i64::from(approved));
            query.execute(&mut *tx).await?;
        }
        if approved {
            mark(&mut tx, &keys, Rank::Background, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn is_gone(&self, issue: &IssueRef) -> Result<Option<bool>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let approved: Option<i64> = sqlx::query_scalar(sql::IS_GONE).bind(key).fetch_optional(&self.reader).await?;
        Ok(approved.map(|approved| approved != 0))
    }

    pub(in crate::store) async fn missing(&self) -> Result<Vec<Missing>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(sql::WAITING).fetch_all(&self.reader).await?;
        let waiting = |(route, key, found_at): (String, String, i64)| match key.parse::<Key>() {
            Ok(Key::Issue(issue)) => Some(Missing { route, issue, found_at: Micros(found_at) }),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(waiting).collect())
    }

    pub(in crate::store) async fn approve(&self, route: &str) -> Result<usize, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let mut keys: Vec<String> = sqlx::query_scalar(sql::APPROVE).bind(route).fetch_all(&mut *tx).await?;
        keys.sort_unstable();
        mark(&mut tx, &keys, Rank::Command, now).await?;
        tx.commit().await?;
        Ok(keys.len())
    }

    pub(in crate::store) async fn forget_gone(&self, issue: &IssueRef) -> Result<(), StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        sqlx::query(sql::FORGET_GONE).bind(key).execute(&self.writer).await?;
        Ok(())
    }

    /// Marks the issues that have twin cards on a board. Gives their number.
    pub(in crate::store) async fn mark_twinned(&self, board: &BoardId) -> Result<usize, StoreError> {
        let now = self.now().await?;
        let keys: Vec<String> = sqlx::query_scalar(sql::TWINNED).bind(board.as_str()).fetch_all(&self.reader).await?;
        if keys.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        mark(&mut tx, &keys, Rank::Background, now).await?;
        tx.commit().await?;
        Ok(keys.len())
    }

    pub(in crate::store) async fn twins(&self, issue: &IssueRef) -> Result<Vec<CardId>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let query = sqlx::query_scalar(sql::TWINS).bind(key).bind(issue.to_string());
        let cards: Vec<String> = query.fetch_all(&self.reader).await?;
        cards.iter().map(|card| rows::parse(card)).collect()
    }

    pub(in crate::store) async fn lookalikes(&self, issue: &IssueRef) -> Result<Vec<CardId>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let query = sqlx::query_scalar(sql::LOOKALIKES).bind(key).bind(issue.to_string());
        let cards: Vec<String> = query.fetch_all(&self.reader).await?;
        cards.iter().map(|card| rows::parse(card)).collect()
    }

    pub(in crate::store) async fn issue_of(&self, card: &CardId) -> Result<Option<IssueRef>, StoreError> {
        let query = sqlx::query_scalar(general::ISSUE_OF_CARD).bind(card.as_str());
        let key: Option<String> = query.fetch_optional(&self.reader).await?;
        Ok(key.and_then(|key| match key.parse::<Key>() {
            Ok(Key::Issue(issue)) => Some(issue),
            _ => None,
        }))
    }
}
