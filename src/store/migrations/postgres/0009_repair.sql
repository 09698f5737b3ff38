-- How often a board's feed has told of the card, and how much of that its issue's turns have looked at. Where the two
-- differ, the card may say something that nobody has read.
ALTER TABLE link ADD COLUMN stirs BIGINT NOT NULL DEFAULT 1;
ALTER TABLE link ADD COLUMN stirs_seen BIGINT NOT NULL DEFAULT 0;

-- Linked issues that GitLab has no more. Their next turns archive their cards; those not approved wait for an operator,
-- since too many of their route were gone at once.
CREATE TABLE gone (
    key      TEXT   NOT NULL PRIMARY KEY, -- the issue's
    route    TEXT   NOT NULL,             -- its project pattern, as people read it
    found_at BIGINT NOT NULL,
    approved BIGINT NOT NULL
);

-- Cards made by hand that become issues. Written before the call that makes the issue.
CREATE TABLE filing (
    card      TEXT   NOT NULL PRIMARY KEY,
    project   BIGINT NOT NULL,
    intent_at BIGINT,                     -- a call may have made the issue then, and nobody knows
    issue     TEXT                        -- what it became
);
