-- Which activities concern which unique codes.
CREATE TABLE code_activities (
    shop_id     TEXT    NOT NULL,
    pool        TEXT    NOT NULL,
    serial      INTEGER NOT NULL CHECK (serial >= 1),
    activity_id BLOB    NOT NULL,
    PRIMARY KEY (shop_id, pool, serial, activity_id),
    FOREIGN KEY (shop_id, activity_id) REFERENCES activities (shop_id, activity_id)
) STRICT, WITHOUT ROWID;
