-- What happened on boards, each action once, whichever of feed and webhook told it first. History: pruned by age and size.
CREATE TABLE activity (
    id      TEXT    NOT NULL PRIMARY KEY,     -- Trello's id of the action
    board   TEXT    NOT NULL,
    card    TEXT,
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,                 -- Trello's time of it
    seen_at INTEGER NOT NULL,
    source  TEXT    NOT NULL,                 -- feed, hook
    payload TEXT    NOT NULL,                 -- the action as it came; empty where it must not be kept
    state   TEXT    NOT NULL,                 -- held, judged
    due_at  INTEGER NOT NULL                  -- held until then
) STRICT;
CREATE INDEX activity_held ON activity (board, at, id) WHERE state = 'held';
CREATE INDEX activity_at ON activity (at, id);
CREATE INDEX activity_board ON activity (board, at, id);
CREATE INDEX activity_card ON activity (card) WHERE card IS NOT NULL;
CREATE INDEX activity_seen ON activity (seen_at);

-- What became of an activity at each destination.
CREATE TABLE decision (
    activity TEXT    NOT NULL,
    dest     TEXT    NOT NULL,                -- room/NAME
    said     TEXT    NOT NULL,                -- waiting, told, not told
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (activity, dest)
) STRICT, WITHOUT ROWID;

-- What is to be said, until the destination took it; in the order of at.
CREATE TABLE outbox (
    id         TEXT    NOT NULL PRIMARY KEY,  -- UUID version 7
    dest       TEXT    NOT NULL,
    at         INTEGER NOT NULL,              -- of the activity, else when it was written
    written_at INTEGER NOT NULL,
    activity   TEXT,
    card       TEXT,
    message    TEXT    NOT NULL,              -- JSON of model::Message
    tried      INTEGER NOT NULL DEFAULT 0,    -- it may have arrived already
    within     TEXT                           -- the message that tells several as one, and this one too
) STRICT;
CREATE INDEX outbox_line ON outbox (dest, at, id) WHERE within IS NULL;
CREATE INDEX outbox_card ON outbox (card) WHERE card IS NOT NULL;
CREATE INDEX outbox_activity ON outbox (activity) WHERE activity IS NOT NULL;
CREATE INDEX outbox_within ON outbox (within) WHERE within IS NOT NULL;

-- Destinations that refuse for good.
CREATE TABLE dest_off (
    dest   TEXT    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    reason TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Cards whose issue turned confidential: what is told of them later must not be kept or said.
CREATE TABLE hidden_card (
    card TEXT    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
