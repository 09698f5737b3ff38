//! Issues that were moved to another project, and whose card goes along.

use super::super::Engine;
use super::intake::mark;
use crate::model::{CardId, IssueRef, Key, Rank};
use crate::store::{Leased, StoreError, rows, sql};

impl Engine {
    pub(in crate::store) async fn note_moved(&self, issue: &IssueRef, to: i64) -> Result<(), StoreError> {
        let (key, now) = (Key::Issue(issue.clone()).to_string(), self.now().await?);
        let instance = issue.instance.as_str();
        let mut tx = self.begin().await?;
        let news = sqlx::query(sql::NOTE_MOVED).bind(instance).bind(to).bind(key).execute(&mut *tx).await?;
        if news.rows_affected() > 0 {
            let anew: Option<String> =
                sqlx::query_scalar(sql::MADE_ANEW).bind(instance).bind(to).fetch_optional(&mut *tx).await?;
            mark(&mut tx, anew.as_slice(), Rank::Live, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn moved_here(
        &self,
        issue: &IssueRef,
        global_id: i64,
    ) -> Result<(Option<CardId>, bool), StoreError> {
        let query = sqlx::query_as(sql::MOVED_HERE).bind(issue.instance.as_str()).bind(global_id);
        let row: Option<(Option<String>, i64)> = query.fetch_optional(&self.reader).await?;
        let Some((spare, gives)) = row else { return Ok((None, false)) };
        Ok((spare.as_deref().map(rows::parse).transpose()?, gives != 0))
    }

    pub(in crate::store) async fn forget_spare(&self, issue: &IssueRef, global_id: i64) -> Result<(), StoreError> {
        let query = sqlx::query(sql::FORGET_SPARE).bind(issue.instance.as_str()).bind(global_id);
        query.execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn forget_move(&self, issue: &IssueRef, global_id: i64) -> Result<(), StoreError> {
        let query = sqlx::query(sql::FORGET_MOVE).bind(issue.instance.as_str()).bind(global_id);
        query.execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn take_over(
        &self,
        turn: &Leased,
        issue: &IssueRef,
        global_id: i64,
    ) -> Result<Option<IssueRef>, StoreError> {
        let instance = issue.instance.as_str();
        let mut tx = self.begin().await?;
        let from: Option<String> =
            sqlx::query_scalar(sql::MOVED_FROM).bind(instance).bind(global_id).fetch_optional(&mut *tx).await?;
        let Some(Key::Issue(from)) = from.and_then(|key| key.parse().ok()) else { return Ok(None) };
        let (old, new) = (Key::Issue(from.clone()).to_string(), turn.key.to_string());
        sqlx::query(sql::MAKE_ROOM).bind(&new).execute(&mut *tx).await?;
        sqlx::query(sql::SPARE).bind(instance).bind(global_id).bind(&new).execute(&mut *tx).await?;
        sqlx::query(sql::GIVE_UP).bind(&new).bind(&turn.token).execute(&mut *tx).await?;
        let taken = sqlx::query(sql::TAKE_OVER)
            .bind(&new)
            .bind(instance)
            .bind(issue.project)
            .bind(issue.iid)
            .bind(&old)
            .bind(&turn.token)
            .execute(&mut *tx)
            .await?;
        if taken.rows_affected() == 0 {
            return Ok(None);
        }
        sqlx::query(sql::FORGET_PAIRS).bind(&new).execute(&mut *tx).await?;
        sqlx::query(sql::MOVE_PAIRS).bind(&new).bind(&old).execute(&mut *tx).await?;
        sqlx::query(sql::merges::FORGET_MERGE_TRACES).bind(&new).execute(&mut *tx).await?;
        sqlx::query(sql::merges::MOVE_MERGE_TRACES).bind(&new).bind(&old).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Some(from))
    }
}
