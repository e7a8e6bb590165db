-- Unique codes, and the pools that supply them.

-- How far each pool has come. Its settings are its document's.
CREATE TABLE pools (
    shop_id     TEXT    NOT NULL REFERENCES shops (shop_id),
    pool        TEXT    NOT NULL CHECK (pool <> ''),
    last_serial INTEGER NOT NULL CHECK (last_serial >= 0),
    cursor      INTEGER NOT NULL CHECK (cursor >= 0),
    assigned    INTEGER NOT NULL CHECK (assigned >= 0),
    redeemed    INTEGER NOT NULL CHECK (redeemed >= 0),
    voided      INTEGER NOT NULL CHECK (voided >= 0),
    series      TEXT    CHECK (json_valid(series)),
    PRIMARY KEY (shop_id, pool)
) STRICT, WITHOUT ROWID;

-- How many codes that nobody was given end at each instant; those that never do, at the largest number.
CREATE TABLE pool_endings (
    shop_id   TEXT    NOT NULL,
    pool      TEXT    NOT NULL,
    ends_at   INTEGER NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    PRIMARY KEY (shop_id, pool, ends_at)
) STRICT, WITHOUT ROWID;

-- State: 0 unassigned, 1 assigned, 2 redeemed, 3 void. A code without a match key is entered byte for byte.
CREATE TABLE codes (
    shop_id           TEXT    NOT NULL REFERENCES shops (shop_id),
    pool              TEXT    NOT NULL,
    serial            INTEGER NOT NULL CHECK (serial >= 1),
    text              TEXT    NOT NULL CHECK (text <> ''),
    match_key         TEXT    CHECK (match_key <> ''),
    state             INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    customer          TEXT,
    assigned_at       INTEGER,
    starts_at         TEXT,
    expires_at        TEXT,
    ends_at           INTEGER,
    uses_max          INTEGER CHECK (uses_max >= 1),
    used              INTEGER NOT NULL CHECK (used >= 0),
    held              INTEGER NOT NULL CHECK (held >= 0),
    earliest_hold_end INTEGER CHECK (earliest_hold_end IS NOT NULL OR held = 0),
    PRIMARY KEY (shop_id, pool, serial)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX codes_by_text ON codes (shop_id, text);
CREATE UNIQUE INDEX codes_by_match_key ON codes (shop_id, match_key) WHERE match_key IS NOT NULL;
CREATE INDEX codes_to_draw ON codes (shop_id, pool, serial) WHERE state = 0;
CREATE INDEX codes_of_customer ON codes (shop_id, customer, pool, serial) WHERE customer IS NOT NULL;

-- What was drawn for what.
CREATE TABLE draws (
    shop_id  TEXT    NOT NULL,
    pool     TEXT    NOT NULL,
    draw_key TEXT    NOT NULL CHECK (length(draw_key) BETWEEN 1 AND 255),
    serial   INTEGER NOT NULL,
    PRIMARY KEY (shop_id, pool, draw_key),
    FOREIGN KEY (shop_id, pool, serial) REFERENCES codes (shop_id, pool, serial)
) STRICT, WITHOUT ROWID;
