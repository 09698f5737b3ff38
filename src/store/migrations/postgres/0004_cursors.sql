-- How far something that is read piece by piece has been read: a board's feed (the id of its last action), a project's
-- issues (a time).
CREATE TABLE cursor (
    scope TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL
);
