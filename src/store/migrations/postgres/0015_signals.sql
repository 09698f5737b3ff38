-- The change of the bridge's own that a message tells of: JSON of model::Signal.
ALTER TABLE outbox ADD COLUMN event TEXT;
