-- Times are microseconds since 1970, flags 0 or 1, JSON is text.

-- One webhook request as received. History: pruned by age and size.
CREATE TABLE delivery (
    id          TEXT    NOT NULL PRIMARY KEY, -- UUID version 7
    dedupe      TEXT    NOT NULL UNIQUE,      -- names the request; see gitlab/hook.rs
    received_at INTEGER NOT NULL,
    event       TEXT    NOT NULL,
    headers     TEXT    NOT NULL,             -- JSON, no secrets
    body        BLOB    NOT NULL,             -- empty where it must not be kept
    verdict     TEXT    NOT NULL,             -- accepted, ignored
    reason      TEXT    NOT NULL,
    key         TEXT,                         -- what it marked
    repeats     INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The newest state of an issue that we have seen.
CREATE TABLE observation (
    key          TEXT    NOT NULL PRIMARY KEY,
    version_at   INTEGER NOT NULL,
    version_step INTEGER NOT NULL,
    confidential INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    issue        TEXT    NOT NULL,             -- JSON of model::Issue
    note         TEXT    NOT NULL DEFAULT ''   -- why its last turn had nothing to do, where that may surprise
) STRICT, WITHOUT ROWID;

-- Keys with something to do. A key is due at due_at, and its place in line is due_at + rank.
CREATE TABLE queue (
    key         TEXT    NOT NULL PRIMARY KEY,
    rank        INTEGER NOT NULL,             -- microseconds that others may pass it by
    due_at      INTEGER NOT NULL,
    not_before  INTEGER NOT NULL DEFAULT 0,   -- a neighbour asked for it
    marks       INTEGER NOT NULL DEFAULT 1,   -- how often it was marked
    marks_seen  INTEGER NOT NULL DEFAULT 0,   -- marks at the lease: more by its end means one more turn
    lease       TEXT,                         -- fencing token of the turn in hand
    lease_until INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,   -- leases since the last finish
    tries       INTEGER NOT NULL DEFAULT 0,   -- finishes in a row that failed
    waits_for   TEXT,                         -- the neighbour that is down
    failed_at   INTEGER,
    reason      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_line ON queue (due_at + rank) WHERE failed_at IS NULL;

-- An issue and its card. Without a card it is a reservation, with intent_at an unsettled one.
CREATE TABLE link (
    key        TEXT    NOT NULL PRIMARY KEY,
    instance   TEXT    NOT NULL,
    project    INTEGER NOT NULL,
    iid        INTEGER NOT NULL,
    account    TEXT    NOT NULL,
    board      TEXT    NOT NULL,
    card       TEXT,
    intent_at  INTEGER,
    intent_list TEXT,
    adopted    INTEGER NOT NULL DEFAULT 0,
    made_at    INTEGER NOT NULL,
    UNIQUE (instance, project, iid)
) STRICT;
CREATE INDEX link_card ON link (card);

-- What names in the configuration stood for when they were first needed, so that they follow renames.
CREATE TABLE pin (
    scope TEXT NOT NULL,
    name  TEXT NOT NULL,
    id    TEXT NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

-- Cards on a board that carry a mark of ours or speak of an issue.
CREATE TABLE board_card (
    board   TEXT    NOT NULL,
    card    TEXT    NOT NULL,
    mark    TEXT,                             -- the issue, from our mark
    foreign_url TEXT,                         -- the issue's address, on a card made by other means
    closed  INTEGER NOT NULL,
    PRIMARY KEY (board, card)
) STRICT, WITHOUT ROWID;
CREATE INDEX board_card_mark ON board_card (board, mark) WHERE mark IS NOT NULL;
CREATE INDEX board_card_url ON board_card (board, foreign_url) WHERE foreign_url IS NOT NULL;
