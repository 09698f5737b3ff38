-- What scripts keep. What was erased stays as an empty document, so that no version comes twice.
CREATE TABLE storage (
    name       TEXT    NOT NULL PRIMARY KEY,
    document   TEXT    NOT NULL, -- a JSON object
    version    BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL
);

-- All of it as it was before it was replaced or erased.
CREATE TABLE storage_backup (
    id       BIGINT  NOT NULL PRIMARY KEY,
    at       BIGINT  NOT NULL,
    reason   TEXT    NOT NULL,
    storages TEXT    NOT NULL -- a JSON object of documents by name
);
