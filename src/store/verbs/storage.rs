//! What scripts keep: documents with versions, and backups of all of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sqlx::Transaction;

use super::super::{Db, Engine};
use super::in_json;
use crate::model::{Kept, Micros, Storages};
use crate::store::sql::storage as sql;
use crate::store::{StorageBackup, StoreError};

/// Backups that are kept.
const BACKUPS_KEPT: i64 = 20;
/// Others that write at the same time are given way to this often.
pub(super) const TRIES: usize = 20;

impl Engine {
    pub(in crate::store) async fn storage(&self, name: &str) -> Result<Kept, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(sql::KEPT).bind(name).fetch_optional(&self.reader).await?;
        row.map_or_else(|| Ok(Kept::default()), |(text, version)| Ok(Kept { document: document(&text)?, version }))
    }

    pub(in crate::store) async fn storages(&self) -> Result<(Storages, Vec<(String, Micros)>), StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(sql::ALL_KEPT).fetch_all(&self.reader).await?;
        let (mut storages, mut times) = (Storages::default(), Vec::new());
        for (name, text, changed_at) in rows {
            storages.0.insert(name.clone(), document(&text)?);
            times.push((name, Micros(changed_at)));
        }
        Ok((storages, times))
    }

    pub(in crate::store) async fn keep_storage(
        &self,
        name: &str,
        before: &Kept,
        after: &Map<String, Value>,
    ) -> Result<(), StoreError> {
        let mut now = before.clone();
        for _ in 0..TRIES {
            let at = self.now().await?;
            let mut tx = self.begin().await?;
            if keep(&mut tx, name, (before, &now), after, at).await? {
                tx.commit().await?;
                return Ok(());
            }
            drop(tx);
            now = self.storage(name).await?;
        }
        Err(StoreError::Clash(format!("what `{name}` keeps is being written by others all the time")))
    }

    pub(in crate::store) async fn load_storages(
        &self,
        storages: &Storages,
        reason: &str,
    ) -> Result<Option<i64>, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let before = all(&mut tx).await?;
        let backup = back_up(&mut tx, &before, now, reason).await?;
        // In the order of names, so that two who load at once do not stand in each other's way.
        let gone = before.0.keys().map(|name| (name, None));
        let all: BTreeMap<_, _> =
            gone.chain(storages.0.iter().map(|(name, document)| (name, Some(document)))).collect();
        for (name, document) in all {
            let query = match document {
                Some(document) => sqlx::query(sql::PUT).bind(name).bind(in_json(document)?).bind(now.0),
                None => sqlx::query(sql::ERASE).bind(name).bind(now.0),
            };
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(backup)
    }

    pub(in crate::store) async fn erase_storage(&self, name: Option<&str>) -> Result<Option<i64>, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let mut before = all(&mut tx).await?;
        let reason = match name {
            Some(name) => format!("erase {name}"),
            None => "erase".to_owned(),
        };
        let erased: Vec<String> =
            before.0.keys().filter(|kept| name.is_none_or(|name| name == *kept)).cloned().collect();
        if erased.is_empty() {
            before.0.clear();
        }
        let backup = back_up(&mut tx, &before, now, &reason).await?;
        for name in erased {
            sqlx::query(sql::ERASE).bind(name).bind(now.0).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(backup)
    }

    pub(in crate::store) async fn storage_backups(&self) -> Result<Vec<StorageBackup>, StoreError> {
        let rows: Vec<(i64, i64, String, i64)> = sqlx::query_as(sql::BACKUPS).fetch_all(&self.reader).await?;
        let backup = |(id, at, reason, length)| StorageBackup { id, at: Micros(at), reason, length };
        Ok(rows.into_iter().map(backup).collect())
    }

    pub(in crate::store) async fn storage_backup(&self, id: i64) -> Result<Option<Storages>, StoreError> {
        let text: Option<String> = sqlx::query_scalar(sql::BACKUP).bind(id).fetch_optional(&self.reader).await?;
        text.map(|text| Storages::parse(&text).map_err(StoreError::Refused)).transpose()
    }
}

/// Keeps what a run that read `before` leaves, over what others have left since (`now`). `false`: that is not the newest
/// any more.
pub(super) async fn keep(
    tx: &mut Transaction<'static, Db>,
    name: &str,
    (before, now): (&Kept, &Kept),
    after: &Map<String, Value>,
    at: Micros,
) -> Result<bool, StoreError> {
    let text = in_json(&before.merged(after, &now.document))?;
    let query = match now.version {
        0 => sqlx::query(sql::KEEP_FIRST).bind(name).bind(text).bind(at.0),
        version => sqlx::query(sql::KEEP).bind(name).bind(text).bind(at.0).bind(version),
    };
    Ok(query.execute(&mut **tx).await?.rows_affected() == 1)
}

async fn all(tx: &mut Transaction<'_, Db>) -> Result<Storages, StoreError> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(sql::ALL_KEPT).fetch_all(&mut **tx).await?;
    let documents = rows.into_iter().map(|(name, text, _)| Ok((name, document(&text)?)));
    Ok(Storages(documents.collect::<Result<_, StoreError>>()?))
}

/// Where there is something to lose.
async fn back_up(
    tx: &mut Transaction<'_, Db>,
    before: &Storages,
    now: Micros,
    reason: &str,
) -> Result<Option<i64>, StoreError> {
    if before.0.is_empty() {
        return Ok(None);
    }
    let query = sqlx::query_scalar(sql::BACK_UP).bind(now.0).bind(reason).bind(in_json(&before.0)?);
    let id: i64 = query.fetch_one(&mut **tx).await?;
    sqlx::query(sql::DROP_BACKUPS).bind(BACKUPS_KEPT).execute(&mut **tx).await?;
    Ok(Some(id))
}

fn document(text: &str) -> Result<Map<String, Value>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Refused(format!("a storage cannot be read: {error}")))
}
