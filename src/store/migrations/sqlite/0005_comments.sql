-- Notes as they were last seen on issues. Of a hidden one (internal, or on a confidential issue) only that it is there.
CREATE TABLE issue_note (
    key          TEXT    NOT NULL,             -- the issue's
    id           INTEGER NOT NULL,
    author       TEXT    NOT NULL,             -- empty where no hook named them
    text         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    changed_step INTEGER NOT NULL,             -- the grain of changed_at
    hidden       INTEGER NOT NULL,
    PRIMARY KEY (key, id)
) STRICT, WITHOUT ROWID;

-- Which comment copies which note, and the reverse.
CREATE TABLE comment_pair (
    key      TEXT NOT NULL,                    -- the issue's
    origin   TEXT NOT NULL,                    -- the side of the original: gitlab, trello
    original TEXT NOT NULL,                    -- its id there
    pair     TEXT NOT NULL,                    -- JSON of model::Pair
    PRIMARY KEY (key, origin, original)
) STRICT, WITHOUT ROWID;
