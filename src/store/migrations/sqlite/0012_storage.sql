-- What scripts keep. What was erased stays as an empty document, so that no version comes twice.
CREATE TABLE storage (
    name       TEXT    NOT NULL PRIMARY KEY,
    document   TEXT    NOT NULL, -- a JSON object
    version    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- All of it as it was before it was replaced or erased.
CREATE TABLE storage_backup (
    id       INTEGER NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    storages TEXT    NOT NULL -- a JSON object of documents by name
) STRICT, WITHOUT ROWID;
