-- Merge requests that name issues, as hooks told them.
CREATE TABLE merge_request (
    key          TEXT    NOT NULL,             -- the issue's
    project      INTEGER NOT NULL,
    iid          INTEGER NOT NULL,
    title        TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    state        TEXT    NOT NULL,             -- opened, closed, merged
    turned_at    INTEGER,                      -- when it came to its state, where that was told
    changed_at   INTEGER NOT NULL,
    changed_step INTEGER NOT NULL,             -- the grain of changed_at
    PRIMARY KEY (key, project, iid)
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_request_name ON merge_request (project, iid);

-- What has been done about a merge request on an issue's card.
CREATE TABLE merge_trace (
    key     TEXT    NOT NULL,                  -- the issue's
    project INTEGER NOT NULL,
    iid     INTEGER NOT NULL,
    trace   TEXT    NOT NULL,                  -- JSON of model::MergeTrace
    PRIMARY KEY (key, project, iid)
) STRICT, WITHOUT ROWID;
