-- Files of codes on their way into pools.

-- The body says what was asked and what came of it; the state is the column's. Number 0 stands for codes that were
-- added one by one, once a later import has taken their place.
CREATE TABLE imports (
    shop_id TEXT    NOT NULL REFERENCES shops (shop_id),
    pool    TEXT    NOT NULL CHECK (pool <> ''),
    number  INTEGER NOT NULL CHECK (number BETWEEN 0 AND 2097151),
    state   TEXT    NOT NULL CHECK (state IN ('staging', 'staged', 'published', 'replaced', 'undoing', 'dropping',
        'undone', 'failed', 'closed')),
    body    TEXT    NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (shop_id, pool, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX imports_under_way ON imports (shop_id, pool, number)
    WHERE state IN ('staging', 'undoing', 'dropping');

-- The rows that were not added: the first so many of each import.
CREATE TABLE import_rows (
    shop_id TEXT    NOT NULL,
    pool    TEXT    NOT NULL,
    number  INTEGER NOT NULL,
    row_no  INTEGER NOT NULL,
    body    TEXT    NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (shop_id, pool, number, row_no)
) STRICT, WITHOUT ROWID;

-- What remains of each import is counted apart, so that an import is published or undone by one change of its state.
CREATE TABLE pool_endings_apart (
    shop_id   TEXT    NOT NULL,
    pool      TEXT    NOT NULL,
    ends_at   INTEGER NOT NULL,
    import_no INTEGER NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    PRIMARY KEY (shop_id, pool, ends_at, import_no)
) STRICT, WITHOUT ROWID;

INSERT INTO pool_endings_apart (shop_id, pool, ends_at, import_no, remaining)
    SELECT shop_id, pool, ends_at, 0, remaining FROM pool_endings;
DROP TABLE pool_endings;
ALTER TABLE pool_endings_apart RENAME TO pool_endings;

-- A code that is removed must not be one that was drawn, which is found without looking at every draw.
CREATE INDEX draws_by_code ON draws (shop_id, pool, serial);
