-- Requests from chat that a script was run for: sent again, they run nothing.
CREATE TABLE script_run (
    request TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX script_run_at ON script_run (at);
