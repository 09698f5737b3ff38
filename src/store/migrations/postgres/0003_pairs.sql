-- What issue and card were when our own writes had last succeeded: JSON of model::Base. Absent: they were never compared.
ALTER TABLE link ADD COLUMN base TEXT;
-- Writes that are about to be made, or were when the process died: JSON of sync::reconcile::Pending.
ALTER TABLE link ADD COLUMN pending TEXT;
-- Why nothing is written to the card for now; see model::Parked.
ALTER TABLE link ADD COLUMN parked TEXT;

-- What happened to a pair that its people may ask about: conflicts with both values, a card found deleted …
CREATE TABLE link_log (
    id   TEXT NOT NULL PRIMARY KEY, -- UUID version 7
    key  TEXT NOT NULL,
    at   BIGINT NOT NULL,
    told TEXT NOT NULL
);
CREATE INDEX link_log_key ON link_log (key, id);
