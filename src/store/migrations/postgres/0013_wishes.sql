-- What people asked from chat to have changed.
CREATE TABLE wish (
    id        TEXT    NOT NULL PRIMARY KEY,
    dedupe    TEXT    NOT NULL UNIQUE,         -- names the request: sent again, it is the same wish
    key       TEXT    NOT NULL,                -- whose turn carries it out
    room      TEXT    NOT NULL,
    wish      TEXT    NOT NULL,                -- JSON of model::Wish
    asked_at  BIGINT  NOT NULL,
    reply_to  TEXT,                            -- an address to tell its end at; a secret, forgotten once told
    intent_at BIGINT ,                         -- a call that makes something was about to be sent
    answer    TEXT,                            -- JSON of model::Message: it has ended
    told      BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX wish_open ON wish (key, id) WHERE answer IS NULL;
CREATE INDEX wish_asked ON wish (asked_at);
