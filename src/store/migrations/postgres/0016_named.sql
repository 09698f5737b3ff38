-- Whether a card that carries an issue's mark is called as the issue's card is. A copy with a name of its own is people's.
ALTER TABLE board_card ADD COLUMN named BIGINT NOT NULL DEFAULT 1;
