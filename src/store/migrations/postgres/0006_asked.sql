-- An import asked for a card of this very issue, closed as it may be.
ALTER TABLE observation ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;
