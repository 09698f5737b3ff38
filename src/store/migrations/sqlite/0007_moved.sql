-- Issues that became another issue in another project: that one, by GitLab's global id, takes their card over.
CREATE TABLE moved (
    instance  TEXT   NOT NULL,
    global_id INTEGER NOT NULL, -- of the issue that it became
    key       TEXT   NOT NULL, -- the issue that it was
    PRIMARY KEY (instance, global_id)
) STRICT, WITHOUT ROWID;
