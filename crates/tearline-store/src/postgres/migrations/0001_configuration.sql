-- Shops, their configuration with its history, and the keys to their API.
--
-- The shop leads every key, so that shops can be spread over machines. Instants are whole microseconds since 1970.
-- Text is compared byte by byte. The checks say again, independently, what the program already enforces.

-- Whoever writes anything of a shop locks its row first: it is the one lock there is.
--
-- settled_until: up to here holds that ended have been taken off. The ledger's time never goes behind it, whatever
-- a clock says: a hold that was taken off would live again.
CREATE TABLE shops (
    shop_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (shop_id ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
    config_version BIGINT NOT NULL CHECK (config_version >= 0),
    settled_until  BIGINT
) WITH (fillfactor = 50);

-- The last version of every document, deletions included.
CREATE TABLE resources (
    shop_id    TEXT COLLATE "C" NOT NULL REFERENCES shops (shop_id),
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    id         TEXT COLLATE "C" NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
    version    BIGINT NOT NULL CHECK (version >= 1),
    body       JSON NOT NULL,
    written_at BIGINT NOT NULL,
    written_by TEXT NOT NULL,
    deleted    BOOLEAN NOT NULL,
    PRIMARY KEY (shop_id, kind, id),
    CHECK (NOT deleted OR body::text = 'null')
);

-- Every version there ever was, the last one included; never changed, never deleted.
CREATE TABLE resource_history (
    shop_id        TEXT COLLATE "C" NOT NULL,
    kind           TEXT COLLATE "C" NOT NULL,
    id             TEXT COLLATE "C" NOT NULL,
    version        BIGINT NOT NULL CHECK (version >= 1),
    config_version BIGINT NOT NULL CHECK (config_version >= 1),
    body           JSON NOT NULL,
    written_at     BIGINT NOT NULL,
    written_by     TEXT NOT NULL,
    deleted        BOOLEAN NOT NULL,
    PRIMARY KEY (shop_id, kind, id, version),
    FOREIGN KEY (shop_id, kind, id) REFERENCES resources (shop_id, kind, id),
    CHECK (NOT deleted OR body::text = 'null')
);

-- What a batch changed; it names a document once.
CREATE UNIQUE INDEX resource_history_by_config_version
    ON resource_history (shop_id, config_version, kind, id);

-- What a document was at a version of the whole configuration: past orders are priced by it.
CREATE INDEX resource_history_by_document ON resource_history (shop_id, kind, id, config_version);

CREATE TABLE api_keys (
    shop_id    TEXT COLLATE "C" NOT NULL REFERENCES shops (shop_id),
    key_id     TEXT COLLATE "C" NOT NULL CHECK (key_id ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
    hash       BYTEA NOT NULL CHECK (octet_length(hash) = 32),
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (shop_id, key_id),
    UNIQUE (shop_id, hash)
);

-- The last transaction that each connection of each process has committed: whoever lost the connection while
-- committing waits for the shop and looks here.
CREATE TABLE commits (
    shop_id      TEXT COLLATE "C" NOT NULL,
    writer       UUID   NOT NULL,
    mark         BIGINT NOT NULL,
    committed_at BIGINT NOT NULL,
    PRIMARY KEY (shop_id, writer)
) WITH (fillfactor = 50);
