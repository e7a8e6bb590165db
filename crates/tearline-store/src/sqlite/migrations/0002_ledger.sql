-- What is taken of limits and balances, who holds what, and the orders that took it.
--
-- A limit is named by its promotion, its kind and what it counts for: a customer, a code, a day, an event, or
-- nothing. Counts are uses, or money in minor units. Names here are those of the shop's own programs, so that they
-- are only bounded in length.

-- Up to here holds that ended have been taken off. The ledger's time never goes behind it, whatever a clock says:
-- a hold that was taken off would live again.
ALTER TABLE shops ADD COLUMN settled_until INTEGER;

CREATE TABLE limits (
    shop_id           TEXT    NOT NULL REFERENCES shops (shop_id),
    promotion         TEXT    NOT NULL CHECK (promotion <> ''),
    limit_kind        TEXT    NOT NULL CHECK (limit_kind <> ''),
    counted_for       TEXT    NOT NULL,
    used              INTEGER NOT NULL CHECK (used >= 0),
    held              INTEGER NOT NULL CHECK (held >= 0),
    earliest_hold_end INTEGER CHECK (earliest_hold_end IS NOT NULL OR held = 0),
    PRIMARY KEY (shop_id, promotion, limit_kind, counted_for)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
    shop_id  TEXT    NOT NULL REFERENCES shops (shop_id),
    cart_id  TEXT    NOT NULL CHECK (length(cart_id) BETWEEN 1 AND 128),
    customer TEXT,
    ends_at  INTEGER NOT NULL,
    body     TEXT    NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (shop_id, cart_id)
) STRICT;

CREATE INDEX holds_by_customer ON holds (shop_id, customer, cart_id) WHERE customer IS NOT NULL;

-- What each hold keeps of each limit: `limits.held` is the sum of these, but for those that ended unnoticed.
CREATE TABLE hold_claims (
    shop_id     TEXT    NOT NULL,
    promotion   TEXT    NOT NULL,
    limit_kind  TEXT    NOT NULL,
    counted_for TEXT    NOT NULL,
    cart_id     TEXT    NOT NULL,
    customer    TEXT,
    ends_at     INTEGER NOT NULL,
    take        INTEGER NOT NULL CHECK (take >= 0),
    PRIMARY KEY (shop_id, promotion, limit_kind, counted_for, cart_id),
    FOREIGN KEY (shop_id, cart_id) REFERENCES holds (shop_id, cart_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX hold_claims_by_cart ON hold_claims (shop_id, cart_id);
CREATE INDEX hold_claims_by_end ON hold_claims (shop_id, promotion, limit_kind, counted_for, ends_at);

CREATE TABLE orders (
    shop_id   TEXT    NOT NULL REFERENCES shops (shop_id),
    order_id  TEXT    NOT NULL CHECK (length(order_id) BETWEEN 1 AND 128),
    customer  TEXT,
    state     TEXT    NOT NULL CHECK (state IN ('placed', 'cancelled')),
    placed_at INTEGER NOT NULL,
    body      TEXT    NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (shop_id, order_id)
) STRICT;

CREATE INDEX orders_by_time ON orders (shop_id, placed_at, order_id);

CREATE TABLE customers (
    shop_id       TEXT    NOT NULL REFERENCES shops (shop_id),
    customer_id   TEXT    NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 128),
    orders        INTEGER NOT NULL CHECK (orders >= 0),
    last_order_at INTEGER,
    PRIMARY KEY (shop_id, customer_id)
) STRICT, WITHOUT ROWID;

-- Requests that their callers named, and what was answered.
CREATE TABLE requests (
    shop_id     TEXT    NOT NULL REFERENCES shops (shop_id),
    request_key TEXT    NOT NULL CHECK (length(request_key) BETWEEN 1 AND 255),
    fingerprint TEXT    NOT NULL,
    answer      TEXT    NOT NULL CHECK (json_valid(answer)),
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (shop_id, request_key)
) STRICT;

-- What has happened, the oldest first: `activity_id` grows with time.
CREATE TABLE activities (
    shop_id     TEXT    NOT NULL REFERENCES shops (shop_id),
    activity_id BLOB    NOT NULL CHECK (length(activity_id) = 16),
    name        TEXT    NOT NULL,
    order_id    TEXT,
    body        TEXT    NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (shop_id, activity_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX activities_by_order ON activities (shop_id, order_id, activity_id) WHERE order_id IS NOT NULL;
