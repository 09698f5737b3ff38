//! The verbs about what scripts keep.

use serde_json::{Map, Value};

use super::{Engine, Store, StoreError};
use crate::model::{Kept, Micros, Storages};

/// What was kept before it was replaced or erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageBackup {
    /// Its number.
    pub id: i64,
    /// When it was made.
    pub at: Micros,
    /// Why.
    pub reason: String,
    /// How long it is as JSON, in characters.
    pub length: i64,
}

impl Store {
    /// What a script keeps; nothing where it never kept anything.
    pub async fn storage(&self, name: &str) -> Result<Kept, StoreError> {
        on_engine!(self, engine => engine.storage(name))
    }

    /// What all scripts keep, with the time of the last change of each, by name; those that keep nothing are left out.
    pub async fn storages(&self) -> Result<(Storages, Vec<(String, Micros)>), StoreError> {
        on_engine!(self, engine => engine.storages())
    }

    /// Keeps what a run that read `before` leaves. Where others have written since, what the run changed goes over what
    /// they left, key by key.
    ///
    /// # Errors
    /// [`StoreError::Clash`] when others write all the time.
    pub async fn keep_storage(&self, name: &str, before: &Kept, after: &Map<String, Value>) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.keep_storage(name, before, after))
    }

    /// Replaces everything that scripts keep, after a backup, in one commit. Gives the backup's number; `None` where
    /// nothing was kept before.
    pub async fn load_storages(&self, storages: &Storages, reason: &str) -> Result<Option<i64>, StoreError> {
        on_engine!(self, engine => engine.load_storages(storages, reason))
    }

    /// Erases what a script keeps, or what all keep, after a backup, in one commit. Gives the backup's number; `None`
    /// where nothing was kept.
    pub async fn erase_storage(&self, name: Option<&str>) -> Result<Option<i64>, StoreError> {
        on_engine!(self, engine => engine.erase_storage(name))
    }

    /// The backups, newest first.
    pub async fn storage_backups(&self) -> Result<Vec<StorageBackup>, StoreError> {
        on_engine!(self, engine => engine.storage_backups())
    }

    /// What one backup holds.
    pub async fn storage_backup(&self, id: i64) -> Result<Option<Storages>, StoreError> {
        on_engine!(self, engine => engine.storage_backup(id))
    }
}
