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
        let (mut issues, mut marks) = (Vec::new(), Vec::new());
        for card in cards {
            let query = sqlx::query_scalar(sql::ISSUE_OF_CARD).bind(card.as_str());
            let key: Option<String> = query.fetch_optional(&mut *tx).await?;
            match key {
                Some(key) => issues.extend(Some(key).filter(|key| key.parse::<Key>().is_ok())),
                // A card that is some issue's already has not come to become one.
                None => marks.extend(arrivals.iter().filter(|key| is_of(key, card)).map(Key::to_string)),
            }
        }
        issues.sort_unstable();
        issues.dedup();
        marks.extend(issues.iter().cloned());
        marks.sort_unstable();
        marks.dedup();
        // The queue's rows before the links', as every turn takes them.
        mark(&mut tx, &marks, rank, now).await?;
        for key in &issues {
            sqlx::query(sql::repair::STIR).bind(key).execute(&mut *tx).await?;
        }
        sqlx::query(sql::SET_CURSOR).bind(scope).bind(place).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(issues.len())
    }
}

fn is_of(key: &Key, card: &CardId) -> bool {
    matches!(key, Key::Card(_, other) if other == card)
}
