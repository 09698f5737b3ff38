-- How often a board's feed has told of the card, and how much of that its issue's turns have looked at. Where the two
-- differ, the card may say something that nobody has read.
ALTER TABLE link ADD COLUMN stirs INTEGER NOT NULL DEFAULT 1;
ALTER TABLE link ADD COLUMN stirs_seen INTEGER NOT NULL DEFAULT 0;

-- Linked issues that GitLab has no more. Their next turns archive their cards; those not approved wait for an operator,
-- since too many of their route were gone at once.
CREATE TABLE gone (
    key      TEXT   NOT NULL PRIMARY KEY, -- the issue's
    route    TEXT   NOT NULL,             -- its project pattern, as people read it
    found_at INTEGER NOT NULL,
    approved INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Cards made by hand that become issues. Written before the call that makes the issue.
CREATE TABLE filing (
    card      TEXT   NOT NULL PRIMARY KEY,
    project   INTEGER NOT NULL,
    intent_at INTEGER,                     -- a call may have made the issue then, and nobody knows
    issue     TEXT                        -- what it became
) STRICT, WITHOUT ROWID;
