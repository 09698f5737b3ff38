-- Trello webhooks that we registered, or are to.
CREATE TABLE watch (
    account          TEXT    NOT NULL,
    model            TEXT    NOT NULL,             -- the board, list, card or member that is watched
    webhook          TEXT,                         -- Trello's id of it, once it is registered
    url              TEXT    NOT NULL,             -- where Trello calls; written before Trello is told of it
    other_url        TEXT,                         -- the address before: what is on its way may be signed with it
    description      TEXT    NOT NULL,
    by_hand          BIGINT  NOT NULL,             -- a person asked for it or removed it; else a route or relay did
    state            TEXT    NOT NULL,             -- wanted, live, removed
    reason           TEXT    NOT NULL DEFAULT '',
    failures         BIGINT  NOT NULL DEFAULT 0,   -- deliveries in a row that failed, as Trello counts them
    last_delivery_at BIGINT,
    PRIMARY KEY (account, model)
);

-- Which names stand for an id.
CREATE INDEX pin_id ON pin (scope, id);
