-- Shops, their configuration with its history, and the keys to their API.
--
-- Instants are whole microseconds since 1970. The checks say again, independently, what the program already
-- enforces: what a name is, that a deletion has no body, that versions count from 1.

CREATE TABLE shops (
    shop_id        TEXT    NOT NULL PRIMARY KEY
                   CHECK (length(shop_id) <= 64 AND shop_id GLOB '[a-z0-9]*' AND shop_id NOT GLOB '*[^a-z0-9_.-]*'),
    config_version INTEGER NOT NULL CHECK (config_version >= 0)
) STRICT, WITHOUT ROWID;

-- The last version of every document, deletions included.
-- `kind` is checked for its form only: a list of kinds could not grow without copying the table.
CREATE TABLE resources (
    shop_id    TEXT    NOT NULL REFERENCES shops (shop_id),
    kind       TEXT    NOT NULL CHECK (kind <> '' AND kind NOT GLOB '*[^a-z_]*'),
    id         TEXT    NOT NULL
               CHECK (length(id) <= 64 AND id GLOB '[a-z0-9]*' AND id NOT GLOB '*[^a-z0-9_.-]*'),
    version    INTEGER NOT NULL CHECK (version >= 1),
    body       TEXT    NOT NULL CHECK (json_valid(body)),
    written_at INTEGER NOT NULL,
    written_by TEXT    NOT NULL,
    deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    PRIMARY KEY (shop_id, kind, id),
    CHECK (deleted = 0 OR body = 'null')
) STRICT;

-- Every version there ever was, the last one included; never changed, never deleted.
CREATE TABLE resource_history (
    shop_id        TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    version        INTEGER NOT NULL CHECK (version >= 1),
    config_version INTEGER NOT NULL CHECK (config_version >= 1),
    body           TEXT    NOT NULL CHECK (json_valid(body)),
    written_at     INTEGER NOT NULL,
    written_by     TEXT    NOT NULL,
    deleted        INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    PRIMARY KEY (shop_id, kind, id, version),
    FOREIGN KEY (shop_id, kind, id) REFERENCES resources (shop_id, kind, id),
    CHECK (deleted = 0 OR body = 'null')
) STRICT;

-- What a batch changed; it names a document once.
CREATE UNIQUE INDEX resource_history_by_config_version
    ON resource_history (shop_id, config_version, kind, id);

CREATE TABLE api_keys (
    shop_id    TEXT    NOT NULL REFERENCES shops (shop_id),
    key_id     TEXT    NOT NULL
               CHECK (length(key_id) <= 64 AND key_id GLOB '[a-z0-9]*' AND key_id NOT GLOB '*[^a-z0-9_.-]*'),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (shop_id, key_id),
    UNIQUE (shop_id, hash)
) STRICT, WITHOUT ROWID;
