//! The queue: leasing keys, renewing, finishing.

use std::time::Duration;

use uuid::Uuid;

use super::super::{Db, Engine, LEASE};
use crate::model::{Key, Micros, Rank};
use crate::store::rows::LeasedRow;
use crate::store::{Backlog, Finish, KeyState, Leased, StoreError, sql};

impl Engine {
    pub(in crate::store) async fn lease(&self, most: usize, span: Duration) -> Result<Vec<Leased>, StoreError> {
        let now = self.now().await?;
        let token = Uuid::now_v7().to_string();
        let rows: Vec<LeasedRow> = sqlx::query_as(LEASE)
            .bind(&token)
            .bind((now + span).0)
            .bind(now.0)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&self.writer)
            .await?;
        let mut leased = Vec::with_capacity(rows.len());
        for LeasedRow { key, attempts, tries, waits_for } in rows {
            match key.parse::<Key>() {
                Ok(key) => leased.push(Leased { key, token: token.clone(), attempts, tries, waits_for }),
                Err(error) => self.fail_unreadable(&key, now, &error.to_string()).await?,
            }
        }
        Ok(leased)
    }

    async fn fail_unreadable(&self, key: &str, now: Micros, error: &str) -> Result<(), StoreError> {
        let reason = format!("{error} that this version knows; was it marked by a newer one?");
        sqlx::query(sql::FAIL_UNREADABLE).bind(now.0).bind(reason).bind(key).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn renew(&self, turn: &Leased, span: Duration) -> Result<(), StoreError> {
        let until = self.now().await? + span;
        let done = sqlx::query(sql::RENEW)
            .bind(until.0)
            .bind(turn.key.to_string())
            .bind(&turn.token)
            .execute(&self.writer)
            .await?;
        held(done.rows_affected())
    }

    pub(in crate::store) async fn finish(&self, turn: &Leased, how: &Finish) -> Result<(), StoreError> {
        let now = match how {
            // It is only shown, and so need not be the server's.
            Finish::Done => self.clock.now(),
            _ => self.now().await?,
        };
        if !matches!(turn.key, Key::Issue(_)) {
            return end(&mut *self.writer.acquire().await?, turn, how, now).await;
        }
        let mut tx = self.begin().await?;
        end(&mut tx, turn, how, now).await?;
        let ended = sqlx::query(sql::TURN_ENDED).bind(turn.key.to_string()).bind(now.0).bind(how.name());
        ended.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn last_turn(&self, key: &str) -> Result<Option<(Micros, String)>, StoreError> {
        let row: Option<(i64, String)> = sqlx::query_as(sql::LAST_TURN).bind(key).fetch_optional(&self.reader).await?;
        Ok(row.map(|(at, how)| (Micros(at), how)))
    }

    pub(in crate::store) async fn wake(&self, neighbour: &str) -> Result<u64, StoreError> {
        let now = self.now().await?;
        let woken = sqlx::query(sql::WAKE).bind(now.0).bind(neighbour).execute(&self.writer).await?;
        Ok(woken.rows_affected())
    }

    pub(in crate::store) async fn next_due(&self) -> Result<Option<Micros>, StoreError> {
        let due: Option<i64> = sqlx::query_scalar(sql::NEXT_DUE).fetch_one(&self.reader).await?;
        Ok(due.map(Micros))
    }

    pub(in crate::store) async fn key_state(&self, key: &str) -> Result<Option<KeyState>, StoreError> {
        Ok(sqlx::query_as(sql::KEY_STATE).bind(key).fetch_optional(&self.reader).await?)
    }

    pub(in crate::store) async fn backlog(&self, rank: Rank) -> Result<Backlog, StoreError> {
        let (now, rank) = (self.now().await?, (Micros::default() + rank.offset()).0);
        let (left, in_hand, reason) =
            sqlx::query_as(sql::BACKLOG).bind(now.0).bind(rank).fetch_one(&self.reader).await?;
        Ok(Backlog { left, in_hand, reason })
    }

    pub(in crate::store) async fn failed(&self) -> Result<Vec<(String, String)>, StoreError> {
        Ok(sqlx::query_as(sql::FAILED).fetch_all(&self.reader).await?)
    }

    pub(in crate::store) async fn count_failed(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(sql::COUNT_FAILED).fetch_one(&self.reader).await?)
    }
}

type Connection = <Db as sqlx::Database>::Connection;

async fn end(connection: &mut Connection, turn: &Leased, how: &Finish, now: Micros) -> Result<(), StoreError> {
    let key = turn.key.to_string();
    let (at, not_before, failed, waits_for, reason) = match how {
        Finish::Done => return finish_done(connection, &key, &turn.token).await,
        Finish::Failed { reason } => {
            let failed = sqlx::query(sql::FINISH_FAILED).bind(&key).bind(&turn.token).bind(reason).bind(now.0);
            return held(failed.execute(connection).await?.rows_affected());
        }
        Finish::Look { at } => (at, false, -1, None, None),
        Finish::Again { at, not_before, waits_for, reason } => {
            (at, *not_before, i64::from(!*not_before), waits_for.as_deref(), Some(reason))
        }
    };
    let again = sqlx::query(sql::FINISH_AGAIN)
        .bind(&key)
        .bind(&turn.token)
        .bind(at.0)
        .bind(now.0)
        .bind(if not_before { at.0 } else { 0 })
        .bind(failed)
        .bind(waits_for)
        .bind(reason);
    held(again.execute(connection).await?.rows_affected())
}

async fn finish_done(connection: &mut Connection, key: &str, token: &str) -> Result<(), StoreError> {
    let done = sqlx::query(sql::FINISH_DONE).bind(key).bind(token).execute(&mut *connection).await?;
    if done.rows_affected() > 0 {
        return Ok(());
    }
    let marked = sqlx::query(sql::FINISH_MARKED).bind(key).bind(token).execute(connection).await?;
    held(marked.rows_affected())
}

fn held(rows: u64) -> Result<(), StoreError> {
    if rows > 0 { Ok(()) } else { Err(StoreError::LeaseLost) }
}
