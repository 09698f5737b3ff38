//! Deliveries as history: shown, and pruned in small steps.

use super::super::Engine;
use crate::model::{Delivery, Micros, Verdict};
use crate::store::rows::DeliveryRow;
use crate::store::{StoreError, sql};

impl Engine {
    pub(in crate::store) async fn deliveries(&self, most: i64, ignored_too: bool) -> Result<Vec<Delivery>, StoreError> {
        let rows: Vec<DeliveryRow> = sqlx::query_as(sql::DELIVERIES)
            .bind(Verdict::Accepted.to_string())
            .bind(i64::from(ignored_too))
            .bind(most)
            .fetch_all(&self.reader)
            .await?;
        rows.into_iter().map(Delivery::try_from).collect()
    }

    pub(in crate::store) async fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        let row: Option<DeliveryRow> = sqlx::query_as(sql::DELIVERY).bind(id).fetch_optional(&self.reader).await?;
        row.map(Delivery::try_from).transpose()
    }

    pub(in crate::store) async fn prune(&self, before: Micros, most_bytes: i64, step: i64) -> Result<u64, StoreError> {
        let old = sqlx::query(sql::PRUNE_BY_AGE).bind(before.0).bind(step).execute(&self.writer).await?;
        let gone = old.rows_affected() + self.give_up_saying(before, step).await?;
        let gone = gone + self.prune_activities(before, step).await?;
        if gone > 0 {
            return Ok(gone);
        }
        let deliveries: i64 = sqlx::query_scalar(sql::HISTORY_BYTES).fetch_one(&self.reader).await?;
        let activities: i64 = sqlx::query_scalar(sql::activities::ACTIVITY_BYTES).fetch_one(&self.reader).await?;
        if deliveries.saturating_add(activities) <= most_bytes {
            return Ok(0);
        }
        // What takes up more gives way, as far as it may.
        if activities > deliveries {
            let gone = self.prune_activities(Micros(i64::MAX), step).await?;
            if gone > 0 {
                return Ok(gone);
            }
        }
        let oldest = sqlx::query(sql::PRUNE_OLDEST).bind(step).execute(&self.writer).await?;
        Ok(oldest.rows_affected())
    }

    pub(in crate::store) async fn probe(&self) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        sqlx::query(sql::PROBE).bind(now.to_string()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
