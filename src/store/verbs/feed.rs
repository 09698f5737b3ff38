//! How far feeds have been read, and whose cards they speak of.

use super::super::Engine;
use super::intake::mark;
use crate::model::{CardId, Key, Rank};
use crate::store::{StoreError, sql};

impl Engine {
    pub(in crate::store) async fn cursor(&self, scope: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::CURSOR).bind(scope).fetch_optional(&self.reader).await?)
    }

    pub(in crate::store) async fn set_cursor(&self, scope: &str, place: &str) -> Result<(), StoreError> {
        sqlx::query(sql::SET_CURSOR).bind(scope).bind(place).execute(&self.writer).await?;
        Ok(())
    }

    /// Marks the issues of `cards` and the `arrivals`, and moves the cursor in one commit: neither is lost without the
    /// other.
    pub(in crate::store) async fn follow_feed(
        &self,
        scope: &str,
        place: &str,
        cards: &[CardId],
        arrivals: &[Key],
        rank: Rank,
    ) -> Result<usize, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let mut keys: Vec<String> = Vec::new();
        for card in cards {
            let key: Option<String> =
                sqlx::query_scalar(sql::ISSUE_OF_CARD).bind(card.as_str()).fetch_optional(&mut *tx).await?;
            keys.extend(key.filter(|key| key.parse::<Key>().is_ok()));
        }
        keys.sort_unstable();
        keys.dedup();
        let mut marks: Vec<String> = arrivals.iter().map(Key::to_string).chain(keys.iter().cloned()).collect();
        marks.sort_unstable();
        marks.dedup();
        // The queue's rows before the links', as every turn takes them.
        mark(&mut tx, &marks, rank, now).await?;
        for key in &keys {
            sqlx::query(sql::repair::STIR).bind(key).execute(&mut *tx).await?;
        }
        sqlx::query(sql::SET_CURSOR).bind(scope).bind(place).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(keys.len())
    }
}
