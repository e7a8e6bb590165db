-- What there is to do later.

-- A leased job is due again when its lease has run out; `worker` says whose it is until then.
CREATE TABLE jobs (
    shop_id  TEXT COLLATE "C" NOT NULL,
    job_id   UUID NOT NULL,
    given_up BOOLEAN NOT NULL,
    priority SMALLINT NOT NULL CHECK (priority BETWEEN 0 AND 2),
    due_at   BIGINT NOT NULL,
    once     TEXT COLLATE "C",
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    worker   UUID,
    error    TEXT,
    body     JSON NOT NULL,
    PRIMARY KEY (shop_id, job_id)
);

CREATE INDEX jobs_by_time ON jobs (shop_id, given_up, priority, due_at, job_id);
CREATE INDEX jobs_given_up ON jobs (shop_id, given_up, job_id);
CREATE UNIQUE INDEX jobs_once ON jobs (shop_id, once) WHERE once IS NOT NULL AND worker IS NULL AND NOT given_up;

-- When each shop has something to do next: the one small table in which workers look over all shops.
CREATE TABLE job_shops (
    shop_id TEXT COLLATE "C" NOT NULL,
    due_at  BIGINT NOT NULL,
    PRIMARY KEY (shop_id)
) WITH (fillfactor = 50);

CREATE INDEX job_shops_by_time ON job_shops (due_at, shop_id);

-- What is tidied up, the oldest first.
CREATE INDEX holds_by_end ON holds (shop_id, ends_at, cart_id);
CREATE INDEX requests_by_time ON requests (shop_id, answered_at, request_key);
