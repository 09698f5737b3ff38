//! How far the feeds of boards have been read, how far back they are told, and until when they may be forgotten.

use std::collections::BTreeMap;

use super::super::{Db, Engine};
use crate::model::{BoardId, Micros};
use crate::store::activities::{Reach, feed_scope, forgotten_scope};
use crate::store::rows::parse;
use crate::store::{StoreError, sql};

impl Engine {
    pub(in crate::store) async fn backfill(
        &self,
        board: &BoardId,
        since: Micros,
    ) -> Result<Option<Micros>, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let forgotten: Option<String> =
            sqlx::query_scalar(sql::CURSOR).bind(forgotten_scope(board)).fetch_optional(&mut *tx).await?;
        let forgotten = forgotten.as_deref().map(parse::<i64>).transpose()?.map(Micros);
        if forgotten.is_some_and(|forgotten| since <= forgotten) {
            return Ok(forgotten);
        }
        sqlx::query(sql::activities::HOLD_UNDECIDED)
            .bind(board.as_str())
            .bind(since.0)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        let (scope, place) = (feed_scope(board), since.0.to_string());
        sqlx::query(sql::SET_CURSOR).bind(scope).bind(place).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(None)
    }
}

/// The feed has been read so far, unless it is to be read from elsewhere since.
pub(super) async fn move_on(
    tx: &mut sqlx::Transaction<'static, Db>,
    board: &BoardId,
    reach: Reach,
) -> Result<(), StoreError> {
    let (scope, to) = (feed_scope(board), reach.to.0.to_string());
    let query = match reach.from {
        Some(from) => sqlx::query(sql::activities::MOVE_ON).bind(scope).bind(to).bind(from.0.to_string()),
        None => sqlx::query(sql::activities::BEGIN).bind(scope).bind(to),
    };
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Notes until when what happened on boards may be forgotten, so that it is not told again.
pub(super) async fn forgot(
    tx: &mut sqlx::Transaction<'static, Db>,
    gone: &[(String, String, i64)],
) -> Result<(), StoreError> {
    let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, board, at) in gone {
        let newest = newest.entry(board).or_insert(*at);
        *newest = (*newest).max(*at);
    }
    for (board, at) in newest {
        let scope = forgotten_scope(&parse(board)?);
        sqlx::query(sql::activities::FORGOT).bind(scope).bind(at.to_string()).execute(&mut **tx).await?;
    }
    Ok(())
}
