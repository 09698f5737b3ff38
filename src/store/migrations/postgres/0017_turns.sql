-- When an issue's last turn ended, and how. A row of its own: those of issues and links are long, and would be written
-- anew with each turn.
CREATE TABLE turn (
    key      TEXT   NOT NULL PRIMARY KEY,
    ended_at BIGINT NOT NULL,
    how      TEXT   NOT NULL              -- done, looks again, tries again, failed
);
