-- Issues that became another issue in another project: that one, by GitLab's global id, takes their card over.
CREATE TABLE moved (
    instance  TEXT   NOT NULL,
    global_id INTEGER NOT NULL, -- of the issue that it became
    key       TEXT   NOT NULL, -- the issue that it was
    spare     TEXT,            -- a card that it had of its own before we heard of the move, to be deleted
    PRIMARY KEY (instance, global_id)
) STRICT, WITHOUT ROWID;

-- GitLab's global id of the issue that the card was made for.
ALTER TABLE link ADD COLUMN global_id INTEGER;
CREATE INDEX link_global_id ON link (global_id) WHERE global_id IS NOT NULL;
