//! How far what is read piece by piece has been read.

use super::super::Engine;
use crate::store::{StoreError, sql};

impl Engine {
    pub(in crate::store) async fn cursor(&self, scope: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::CURSOR).bind(scope).fetch_optional(&self.reader).await?)
    }

    pub(in crate::store) async fn set_cursor(&self, scope: &str, place: &str) -> Result<(), StoreError> {
        sqlx::query(sql::SET_CURSOR).bind(scope).bind(place).execute(&self.writer).await?;
        Ok(())
    }
}
