-- A door writes down which delivery tells the newest state; the issue's next turn reads it. Then `issue` is empty.
ALTER TABLE observation ADD COLUMN delivery TEXT;
