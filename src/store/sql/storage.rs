//! What scripts keep.

pub(in crate::store) const KEPT: &str = "SELECT document, version FROM storage WHERE name = $1";
pub(in crate::store) const ALL_KEPT: &str =
    "SELECT name, document, changed_at FROM storage WHERE document <> '{}' ORDER BY name";
/// Only over the version that was read.
pub(in crate::store) const KEEP: &str = "UPDATE storage SET document = $2, version = version + 1, changed_at = $3 \
     WHERE name = $1 AND version = $4";
pub(in crate::store) const KEEP_FIRST: &str = "INSERT INTO storage (name, document, version, changed_at) \
     VALUES ($1, $2, 1, $3) ON CONFLICT (name) DO NOTHING";
/// Whatever stood there.
pub(in crate::store) const PUT: &str = "INSERT INTO storage (name, document, version, changed_at) \
     VALUES ($1, $2, 1, $3) ON CONFLICT (name) DO UPDATE SET \
     document = excluded.document, version = storage.version + 1, changed_at = excluded.changed_at";
pub(in crate::store) const ERASE: &str =
    "UPDATE storage SET document = '{}', version = version + 1, changed_at = $2 WHERE name = $1 AND document <> '{}'";
pub(in crate::store) const BACK_UP: &str = "INSERT INTO storage_backup (id, at, reason, storages) \
     SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3 FROM storage_backup RETURNING id";
pub(in crate::store) const BACKUPS: &str =
    "SELECT id, at, reason, CAST(LENGTH(storages) AS BIGINT) FROM storage_backup ORDER BY id DESC";
pub(in crate::store) const BACKUP: &str = "SELECT storages FROM storage_backup WHERE id = $1";
pub(in crate::store) const DROP_BACKUPS: &str =
    "DELETE FROM storage_backup WHERE id <= (SELECT MAX(id) FROM storage_backup) - $1";
