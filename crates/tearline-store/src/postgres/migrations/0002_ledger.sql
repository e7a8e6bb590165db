-- What is taken of limits and balances, who holds what, and the orders that took it.
--
-- A limit is named by its promotion, its kind and what it counts for: a customer, a code, a day, an event, or
-- nothing. Counts are uses, or money in minor units. These tables have no foreign keys: each is a trigger for every
-- row, the shop's row is locked by whoever writes, and nothing here is written but through the one decision.

CREATE TABLE limits (
    shop_id           TEXT COLLATE "C" NOT NULL,
    promotion         TEXT COLLATE "C" NOT NULL CHECK (promotion <> ''),
    limit_kind        TEXT COLLATE "C" NOT NULL CHECK (limit_kind <> ''),
    counted_for       TEXT COLLATE "C" NOT NULL,
    used              BIGINT NOT NULL CHECK (used >= 0),
    held              BIGINT NOT NULL CHECK (held >= 0),
    earliest_hold_end BIGINT CHECK (earliest_hold_end IS NOT NULL OR held = 0),
    PRIMARY KEY (shop_id, promotion, limit_kind, counted_for)
) WITH (fillfactor = 70);

CREATE TABLE holds (
    shop_id  TEXT COLLATE "C" NOT NULL,
    cart_id  TEXT COLLATE "C" NOT NULL CHECK (length(cart_id) BETWEEN 1 AND 128),
    customer TEXT COLLATE "C",
    ends_at  BIGINT NOT NULL,
    body     JSON NOT NULL,
    PRIMARY KEY (shop_id, cart_id)
);

CREATE INDEX holds_by_customer ON holds (shop_id, customer, cart_id) WHERE customer IS NOT NULL;

-- What each hold keeps of each limit: `limits.held` is the sum of these, but for those that ended unnoticed.
CREATE TABLE hold_claims (
    shop_id     TEXT COLLATE "C" NOT NULL,
    promotion   TEXT COLLATE "C" NOT NULL,
    limit_kind  TEXT COLLATE "C" NOT NULL,
    counted_for TEXT COLLATE "C" NOT NULL,
    cart_id     TEXT COLLATE "C" NOT NULL,
    customer    TEXT COLLATE "C",
    ends_at     BIGINT NOT NULL,
    take        BIGINT NOT NULL CHECK (take >= 0),
    PRIMARY KEY (shop_id, promotion, limit_kind, counted_for, cart_id)
);

CREATE INDEX hold_claims_by_cart ON hold_claims (shop_id, cart_id);
CREATE INDEX hold_claims_by_end ON hold_claims (shop_id, promotion, limit_kind, counted_for, ends_at);

CREATE TABLE orders (
    shop_id   TEXT COLLATE "C" NOT NULL,
    order_id  TEXT COLLATE "C" NOT NULL CHECK (length(order_id) BETWEEN 1 AND 128),
    customer  TEXT COLLATE "C",
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('placed', 'cancelled')),
    placed_at BIGINT NOT NULL,
    body      JSON NOT NULL,
    PRIMARY KEY (shop_id, order_id)
);

CREATE INDEX orders_by_time ON orders (shop_id, placed_at, order_id);

CREATE TABLE customers (
    shop_id       TEXT COLLATE "C" NOT NULL,
    customer_id   TEXT COLLATE "C" NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 128),
    orders        BIGINT NOT NULL CHECK (orders >= 0),
    last_order_at BIGINT,
    email         TEXT,
    PRIMARY KEY (shop_id, customer_id)
) WITH (fillfactor = 70);

-- Requests that their callers named, and what was answered.
CREATE TABLE requests (
    shop_id     TEXT COLLATE "C" NOT NULL,
    request_key TEXT COLLATE "C" NOT NULL CHECK (length(request_key) BETWEEN 1 AND 255),
    fingerprint TEXT COLLATE "C" NOT NULL,
    answer      JSON NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, request_key)
);

-- What has happened, the oldest first: `activity_id` grows with time.
CREATE TABLE activities (
    shop_id     TEXT COLLATE "C" NOT NULL,
    activity_id UUID NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    order_id    TEXT COLLATE "C",
    pool        TEXT COLLATE "C",
    body        JSON NOT NULL,
    PRIMARY KEY (shop_id, activity_id)
);

CREATE INDEX activities_by_order ON activities (shop_id, order_id, activity_id) WHERE order_id IS NOT NULL;
-- What happened to a pool as a whole.
CREATE INDEX activities_by_pool ON activities (shop_id, pool, activity_id) WHERE pool IS NOT NULL;
