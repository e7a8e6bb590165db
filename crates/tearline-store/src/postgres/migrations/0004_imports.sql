-- Files of codes on their way into pools.

-- The body says what was asked and what came of it; the state is the column's. Number 0 stands for codes that were
-- added one by one, once a later import has taken their place.
CREATE TABLE imports (
    shop_id TEXT COLLATE "C" NOT NULL,
    pool    TEXT COLLATE "C" NOT NULL CHECK (pool <> ''),
    number  BIGINT NOT NULL CHECK (number BETWEEN 0 AND 2097151),
    state   TEXT COLLATE "C" NOT NULL CHECK (state IN ('staging', 'staged', 'published', 'replaced', 'undoing',
        'dropping', 'undone', 'failed', 'closed')),
    body    JSON NOT NULL,
    PRIMARY KEY (shop_id, pool, number)
);

CREATE INDEX imports_under_way ON imports (shop_id, pool, number)
    WHERE state IN ('staging', 'undoing', 'dropping');

-- The rows that were not added: the first so many of each import.
CREATE TABLE import_rows (
    shop_id TEXT COLLATE "C" NOT NULL,
    pool    TEXT COLLATE "C" NOT NULL,
    number  BIGINT NOT NULL,
    row_no  BIGINT NOT NULL,
    body    JSON NOT NULL,
    PRIMARY KEY (shop_id, pool, number, row_no)
);
