-- What pools need beside their codes: who is told, what is set aside, what was redeemed elsewhere.

-- Whether nobody may use a code but its customer.
ALTER TABLE codes ADD COLUMN bound INTEGER NOT NULL DEFAULT 1 CHECK (bound IN (0, 1));

DROP INDEX codes_of_customer;
CREATE INDEX codes_given ON codes (shop_id, customer, pool, assigned_at, serial) WHERE customer IS NOT NULL;

ALTER TABLE pools ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0);
ALTER TABLE pools ADD COLUMN watch TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(watch));

-- Codes that are set aside, and how many of them are neither drawn nor given back.
CREATE TABLE reservations (
    shop_id         TEXT    NOT NULL,
    pool            TEXT    NOT NULL,
    reservation_key TEXT    NOT NULL CHECK (length(reservation_key) BETWEEN 1 AND 255),
    codes           INTEGER NOT NULL CHECK (codes >= 1),
    remaining       INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND codes),
    made_at         INTEGER NOT NULL,
    returned_at     INTEGER,
    PRIMARY KEY (shop_id, pool, reservation_key),
    FOREIGN KEY (shop_id, pool) REFERENCES pools (shop_id, pool)
) STRICT, WITHOUT ROWID;

-- Redemptions in other shops.
CREATE TABLE reports (
    shop_id     TEXT    NOT NULL,
    pool        TEXT    NOT NULL,
    serial      INTEGER NOT NULL,
    order_id    TEXT    NOT NULL CHECK (length(order_id) BETWEEN 1 AND 128),
    redeemed_at INTEGER NOT NULL,
    PRIMARY KEY (shop_id, pool, serial, order_id),
    FOREIGN KEY (shop_id, pool, serial) REFERENCES codes (shop_id, pool, serial)
) STRICT, WITHOUT ROWID;

-- A key draws a code, of its pool or of that pool's fallback, or the text that everybody gets.
CREATE TABLE draws_of_any_pool (
    shop_id   TEXT    NOT NULL,
    pool      TEXT    NOT NULL,
    draw_key  TEXT    NOT NULL CHECK (length(draw_key) BETWEEN 1 AND 255),
    code_pool TEXT,
    serial    INTEGER,
    text      TEXT,
    PRIMARY KEY (shop_id, pool, draw_key),
    FOREIGN KEY (shop_id, code_pool, serial) REFERENCES codes (shop_id, pool, serial),
    CHECK ((serial IS NULL) = (code_pool IS NULL) AND (serial IS NULL) <> (text IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO draws_of_any_pool (shop_id, pool, draw_key, code_pool, serial)
SELECT shop_id, pool, draw_key, pool, serial FROM draws;
DROP TABLE draws;
ALTER TABLE draws_of_any_pool RENAME TO draws;
CREATE INDEX draws_by_code ON draws (shop_id, code_pool, serial) WHERE serial IS NOT NULL;

-- What happened to a pool as a whole.
ALTER TABLE activities ADD COLUMN pool TEXT;
CREATE INDEX activities_by_pool ON activities (shop_id, pool, activity_id) WHERE pool IS NOT NULL;
