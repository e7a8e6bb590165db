-- Unique codes, and the pools that supply them.

-- How far each pool has come. Its settings are its document's.
CREATE TABLE pools (
    shop_id     TEXT COLLATE "C" NOT NULL,
    pool        TEXT COLLATE "C" NOT NULL CHECK (pool <> ''),
    last_serial BIGINT NOT NULL CHECK (last_serial >= 0),
    cursor      BIGINT NOT NULL CHECK (cursor >= 0),
    assigned    BIGINT NOT NULL CHECK (assigned >= 0),
    redeemed    BIGINT NOT NULL CHECK (redeemed >= 0),
    voided      BIGINT NOT NULL CHECK (voided >= 0),
    series      JSON,
    reserved    BIGINT NOT NULL CHECK (reserved >= 0),
    watch       JSON NOT NULL,
    PRIMARY KEY (shop_id, pool)
) WITH (fillfactor = 50);

-- How many codes that nobody was given end at each instant; those that never do, at the largest number. What remains
-- of each import is counted apart, so that an import is published or undone by one change of its state.
CREATE TABLE pool_endings (
    shop_id   TEXT COLLATE "C" NOT NULL,
    pool      TEXT COLLATE "C" NOT NULL,
    ends_at   BIGINT NOT NULL,
    import_no BIGINT NOT NULL,
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    PRIMARY KEY (shop_id, pool, ends_at, import_no)
) WITH (fillfactor = 50);

-- State: 0 unassigned, 1 assigned, 2 redeemed, 3 void. Nobody may use one that is bound but its customer. A code without a match key is entered byte for byte.
CREATE TABLE codes (
    shop_id           TEXT COLLATE "C" NOT NULL,
    pool              TEXT COLLATE "C" NOT NULL,
    serial            BIGINT NOT NULL CHECK (serial >= 1),
    text              TEXT COLLATE "C" NOT NULL CHECK (text <> ''),
    match_key         TEXT COLLATE "C" CHECK (match_key <> ''),
    state             SMALLINT NOT NULL CHECK (state BETWEEN 0 AND 3),
    customer          TEXT COLLATE "C",
    assigned_at       BIGINT,
    starts_at         JSON,
    expires_at        JSON,
    ends_at           BIGINT,
    uses_max          BIGINT CHECK (uses_max >= 1),
    used              BIGINT NOT NULL CHECK (used >= 0),
    held              BIGINT NOT NULL CHECK (held >= 0),
    earliest_hold_end BIGINT CHECK (earliest_hold_end IS NOT NULL OR held = 0),
    bound             BOOLEAN NOT NULL,
    PRIMARY KEY (shop_id, pool, serial)
);

CREATE UNIQUE INDEX codes_by_text ON codes (shop_id, text);
CREATE UNIQUE INDEX codes_by_match_key ON codes (shop_id, match_key) WHERE match_key IS NOT NULL;
CREATE INDEX codes_to_draw ON codes (shop_id, pool, serial) WHERE state = 0;
CREATE INDEX codes_given ON codes (shop_id, customer, pool, assigned_at, serial) WHERE customer IS NOT NULL;

-- A key draws a code, of its pool or of that pool's fallback, or the text that everybody gets.
CREATE TABLE draws (
    shop_id   TEXT COLLATE "C" NOT NULL,
    pool      TEXT COLLATE "C" NOT NULL,
    draw_key  TEXT COLLATE "C" NOT NULL CHECK (length(draw_key) BETWEEN 1 AND 255),
    code_pool TEXT COLLATE "C",
    serial    BIGINT,
    text      TEXT,
    PRIMARY KEY (shop_id, pool, draw_key),
    CHECK ((serial IS NULL) = (code_pool IS NULL) AND (serial IS NULL) <> (text IS NULL))
);

-- Codes that are set aside, and how many of them are neither drawn nor given back.
CREATE TABLE reservations (
    shop_id         TEXT COLLATE "C" NOT NULL,
    pool            TEXT COLLATE "C" NOT NULL,
    reservation_key TEXT COLLATE "C" NOT NULL CHECK (length(reservation_key) BETWEEN 1 AND 255),
    codes           BIGINT NOT NULL CHECK (codes >= 1),
    remaining       BIGINT NOT NULL CHECK (remaining BETWEEN 0 AND codes),
    made_at         BIGINT NOT NULL,
    returned_at     BIGINT,
    PRIMARY KEY (shop_id, pool, reservation_key)
);

-- Redemptions in other shops.
CREATE TABLE reports (
    shop_id     TEXT COLLATE "C" NOT NULL,
    pool        TEXT COLLATE "C" NOT NULL,
    serial      BIGINT NOT NULL,
    order_id    TEXT COLLATE "C" NOT NULL CHECK (length(order_id) BETWEEN 1 AND 128),
    redeemed_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, pool, serial, order_id)
);

-- Which activities concern which unique codes.
CREATE TABLE code_activities (
    shop_id     TEXT COLLATE "C" NOT NULL,
    pool        TEXT COLLATE "C" NOT NULL,
    serial      BIGINT NOT NULL CHECK (serial >= 1),
    activity_id UUID NOT NULL,
    PRIMARY KEY (shop_id, pool, serial, activity_id)
);
