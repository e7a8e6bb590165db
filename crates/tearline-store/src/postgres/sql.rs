//! Every statement of the PostgreSQL store, written so that shops could be spread over machines: the shop is `$1`
//! wherever there is a table, one shop in a transaction, times and ids from the program, always an order, a page by
//! key. Rows that belong together are read, and written, by one statement over arrays.

/// Names the statements, and lists them for the tests that read them and their plans.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// Codes with the states of their imports: whoever reads a code asks `imports::seen` what it is to the world.
macro_rules! codes_where {
    ($from:literal, $which:literal) => {
        concat!(
            "
        SELECT c.pool, c.serial, c.text, c.match_key, c.state, c.customer, c.assigned_at, c.starts_at::text,
            c.expires_at::text, c.ends_at, c.uses_max, c.used, c.held, c.earliest_hold_end, c.bound, i.state
        FROM ",
            $from,
            "
        LEFT JOIN imports i ON i.shop_id = $1 AND i.pool = c.pool AND i.number = c.serial >> 32
        WHERE c.shop_id = $1 AND ",
            $which
        )
    };
}

statements! {
    CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    NOTIFY = "SELECT pg_notify('tearline_configuration', $1 || ' ' || $2)";

    /// Whoever writes anything of a shop waits here for whoever else does.
    SHOP_LOCK = "SELECT config_version, settled_until FROM shops WHERE shop_id = $1 FOR UPDATE";

    /// Who comes back without having heard whether a transaction was committed finds it here.
    COMMIT_MARK = "
        INSERT INTO commits (shop_id, writer, mark, committed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (shop_id, writer) DO UPDATE SET mark = excluded.mark, committed_at = excluded.committed_at";

    COMMIT_MARKED = "SELECT mark FROM commits WHERE shop_id = $1 AND writer = $2";

    /// Marks of writers that are no more.
    COMMIT_MARKS_STALE = "DELETE FROM commits WHERE shop_id = $1 AND committed_at < $2";

    SHOP_VERSION = "SELECT config_version FROM shops WHERE shop_id = $1";

    SHOPS = "
        SELECT shop_id, config_version FROM shops WHERE shop_id > $1 ORDER BY shop_id LIMIT $2";

    SHOP_ADD = "
        INSERT INTO shops (shop_id, config_version) VALUES ($1, 0) ON CONFLICT (shop_id) DO NOTHING";

    SHOP_REACHED = "UPDATE shops SET config_version = $2 WHERE shop_id = $1";

    SHOP_SETTLED = "
        UPDATE shops SET settled_until = greatest(settled_until, $2) WHERE shop_id = $1";

    RESOURCE_LAST = "
        SELECT kind, id, version, body::text, written_at, written_by, deleted FROM resources
        WHERE shop_id = $1 AND kind = $2 AND id = $3";

    RESOURCES_NAMED = "
        SELECT r.kind, r.id, r.version, r.body::text, r.written_at, r.written_by, r.deleted
        FROM unnest($2::text[], $3::text[]) AS n (kind, id)
        JOIN resources r ON r.kind = n.kind AND r.id = n.id
        WHERE r.shop_id = $1 ORDER BY r.kind, r.id";

    RESOURCES_OF_KIND = "
        SELECT kind, id, version, body::text, written_at, written_by, deleted FROM resources
        WHERE shop_id = $1 AND kind = $2 AND id > $3 AND NOT deleted
        ORDER BY id LIMIT $4";

    /// One statement sees one instant.
    CONFIGURATION = "
        SELECT r.kind, r.id, r.version, r.body::text, r.written_at, r.written_by, r.deleted, s.config_version
        FROM shops s LEFT JOIN resources r ON r.shop_id = s.shop_id AND r.shop_id = $1 AND NOT r.deleted
        WHERE s.shop_id = $1
        ORDER BY r.kind, r.id";

    /// Of each document that there ever was the last version of then.
    RESOURCES_LIVE_AT = "
        SELECT h.kind, h.id, h.version, h.body::text, h.written_at, h.written_by, h.deleted
        FROM resources r CROSS JOIN LATERAL (
            SELECT v.* FROM resource_history v
            WHERE v.shop_id = $1 AND v.kind = r.kind AND v.id = r.id AND v.config_version <= $2
            ORDER BY v.config_version DESC LIMIT 1
        ) h
        WHERE r.shop_id = $1 AND NOT h.deleted
        ORDER BY r.kind, r.id";

    RESOURCES_SAVE = "
        INSERT INTO resources (shop_id, kind, id, version, body, written_at, written_by, deleted)
        SELECT $1, n.kind, n.id, n.version, n.body::json, n.written_at, n.written_by, n.deleted
        FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::boolean[])
            AS n (kind, id, version, body, written_at, written_by, deleted)
        ON CONFLICT (shop_id, kind, id) DO UPDATE SET
            version = excluded.version, body = excluded.body, written_at = excluded.written_at,
            written_by = excluded.written_by, deleted = excluded.deleted";

    HISTORY_ADD = "
        INSERT INTO resource_history
            (shop_id, kind, id, version, body, written_at, written_by, deleted, config_version)
        SELECT $1, n.kind, n.id, n.version, n.body::json, n.written_at, n.written_by, n.deleted, $9
        FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::boolean[])
            AS n (kind, id, version, body, written_at, written_by, deleted)";

    HISTORY = "
        SELECT kind, id, version, body::text, written_at, written_by, deleted FROM resource_history
        WHERE shop_id = $1 AND kind = $2 AND id = $3 AND version < $4
        ORDER BY version DESC LIMIT $5";

    HISTORY_VERSION = "
        SELECT kind, id, version, body::text, written_at, written_by, deleted FROM resource_history
        WHERE shop_id = $1 AND kind = $2 AND id = $3 AND version = $4";

    CHANGES = "
        SELECT kind, id, version, body::text, written_at, written_by, deleted, config_version
        FROM resource_history
        WHERE shop_id = $1 AND config_version > $2 AND config_version <= $3
        ORDER BY config_version, kind, id";

    KEY_ADD = "
        INSERT INTO api_keys (shop_id, key_id, hash, name, created_at, revoked_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING";

    KEY_BY_ID = "
        SELECT key_id, hash, name, created_at, revoked_at FROM api_keys
        WHERE shop_id = $1 AND key_id = $2";

    KEY_BY_HASH = "
        SELECT key_id, hash, name, created_at, revoked_at FROM api_keys
        WHERE shop_id = $1 AND hash = $2 AND revoked_at IS NULL";

    KEYS = "
        SELECT key_id, hash, name, created_at, revoked_at FROM api_keys
        WHERE shop_id = $1 AND key_id > $2
        ORDER BY key_id LIMIT $3";

    KEY_REVOKE = "
        UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3)
        WHERE shop_id = $1 AND key_id = $2";

    LIMITS = "
        SELECT l.promotion, l.limit_kind, l.counted_for, l.used, l.held, l.earliest_hold_end
        FROM unnest($2::text[], $3::text[], $4::text[]) AS n (promotion, limit_kind, counted_for)
        JOIN limits l ON l.promotion = n.promotion AND l.limit_kind = n.limit_kind
            AND l.counted_for = n.counted_for
        WHERE l.shop_id = $1 ORDER BY l.promotion, l.limit_kind, l.counted_for";

    LIMITS_SAVE = "
        INSERT INTO limits (shop_id, promotion, limit_kind, counted_for, used, held, earliest_hold_end)
        SELECT $1, n.promotion, n.limit_kind, n.counted_for, n.used, n.held, n.earliest_hold_end
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
            AS n (promotion, limit_kind, counted_for, used, held, earliest_hold_end)
        ON CONFLICT (shop_id, promotion, limit_kind, counted_for) DO UPDATE SET
            used = excluded.used, held = excluded.held, earliest_hold_end = excluded.earliest_hold_end";

    /// Takes off what holds that have ended keep of limits and codes.
    CLAIMS_ENDED_REMOVE = "
        DELETE FROM hold_claims c
        USING unnest($2::text[], $3::text[], $4::text[]) AS n (promotion, limit_kind, counted_for)
        WHERE c.shop_id = $1 AND c.promotion = n.promotion AND c.limit_kind = n.limit_kind
            AND c.counted_for = n.counted_for AND c.ends_at <= $5
        RETURNING c.promotion, c.limit_kind, c.counted_for, c.take";

    CLAIMS_NEXT_END = "
        SELECT c.promotion, c.limit_kind, c.counted_for, min(c.ends_at)
        FROM unnest($2::text[], $3::text[], $4::text[]) AS n (promotion, limit_kind, counted_for)
        JOIN hold_claims c ON c.promotion = n.promotion AND c.limit_kind = n.limit_kind
            AND c.counted_for = n.counted_for
        WHERE c.shop_id = $1
        GROUP BY c.promotion, c.limit_kind, c.counted_for
        ORDER BY c.promotion, c.limit_kind, c.counted_for";

    /// What others keep of limits and codes, and when the first of it is free again.
    CLAIMS_OF_OTHERS = "
        SELECT c.promotion, c.limit_kind, c.counted_for, sum(c.take)::bigint, min(c.ends_at)
        FROM unnest($2::text[], $3::text[], $4::text[]) AS n (promotion, limit_kind, counted_for)
        JOIN hold_claims c ON c.promotion = n.promotion AND c.limit_kind = n.limit_kind
            AND c.counted_for = n.counted_for
        WHERE c.shop_id = $1 AND c.ends_at > $5 AND c.take > 0 AND c.cart_id <> $6
            AND coalesce(c.customer <> $7, true)
        GROUP BY c.promotion, c.limit_kind, c.counted_for
        ORDER BY c.promotion, c.limit_kind, c.counted_for";

    HOLDS = "
        SELECT cart_id, body::text FROM holds WHERE shop_id = $1 AND cart_id = ANY($2::text[])
        ORDER BY cart_id";

    HOLDS_SAVE = "
        INSERT INTO holds (shop_id, cart_id, customer, ends_at, body)
        SELECT $1, n.cart_id, n.customer, n.ends_at, n.body::json
        FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) AS n (cart_id, customer, ends_at, body)
        ON CONFLICT (shop_id, cart_id) DO UPDATE SET
            customer = excluded.customer, ends_at = excluded.ends_at, body = excluded.body";

    HOLDS_REMOVE = "DELETE FROM holds WHERE shop_id = $1 AND cart_id = ANY($2::text[])";

    CLAIMS_REMOVE = "DELETE FROM hold_claims WHERE shop_id = $1 AND cart_id = ANY($2::text[])";

    CLAIMS_ADD = "
        INSERT INTO hold_claims
            (shop_id, promotion, limit_kind, counted_for, cart_id, customer, ends_at, take)
        SELECT $1, n.promotion, n.limit_kind, n.counted_for, n.cart_id, n.customer, n.ends_at, n.take
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
            AS n (promotion, limit_kind, counted_for, cart_id, customer, ends_at, take)";

    HOLDS_OF_CUSTOMERS = "
        SELECT customer, cart_id FROM holds WHERE shop_id = $1 AND customer = ANY($2::text[])
        ORDER BY customer, cart_id";

    ORDERS = "
        SELECT order_id, body::text FROM orders WHERE shop_id = $1 AND order_id = ANY($2::text[])
        ORDER BY order_id";

    ORDERS_SAVE = "
        INSERT INTO orders (shop_id, order_id, customer, state, placed_at, body)
        SELECT $1, n.order_id, n.customer, n.state, n.placed_at, n.body::json
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
            AS n (order_id, customer, state, placed_at, body)
        ON CONFLICT (shop_id, order_id) DO UPDATE SET state = excluded.state, body = excluded.body";

    ORDERS_PAGE = "
        SELECT body::text FROM orders
        WHERE shop_id = $1 AND placed_at >= $2 AND (placed_at, order_id) < ($3, $4)
        ORDER BY placed_at DESC, order_id DESC LIMIT $5";

    ORDERS_SINCE = "
        SELECT body::text FROM orders
        WHERE shop_id = $1 AND (placed_at, order_id) > ($2, $3) AND placed_at < $4
        ORDER BY placed_at, order_id LIMIT $5";

    CUSTOMERS = "
        SELECT customer_id, orders, last_order_at, email FROM customers
        WHERE shop_id = $1 AND customer_id = ANY($2::text[])
        ORDER BY customer_id";

    CUSTOMERS_SAVE = "
        INSERT INTO customers (shop_id, customer_id, orders, last_order_at, email)
        SELECT $1, n.customer_id, n.orders, n.last_order_at, n.email
        FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[])
            AS n (customer_id, orders, last_order_at, email)
        ON CONFLICT (shop_id, customer_id) DO UPDATE SET
            orders = excluded.orders, last_order_at = excluded.last_order_at, email = excluded.email";

    REQUESTS = "
        SELECT request_key, answer::text, fingerprint, answered_at FROM requests
        WHERE shop_id = $1 AND request_key = ANY($2::text[])
        ORDER BY request_key";

    /// One that was just tidied away may be there still.
    REQUESTS_ADD = "
        INSERT INTO requests (shop_id, request_key, fingerprint, answer, answered_at)
        SELECT $1, n.request_key, n.fingerprint, n.answer::json, n.answered_at
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[])
            AS n (request_key, fingerprint, answer, answered_at)
        ON CONFLICT (shop_id, request_key) DO UPDATE SET
            fingerprint = excluded.fingerprint, answer = excluded.answer, answered_at = excluded.answered_at";

    REQUESTS_REMOVE = "DELETE FROM requests WHERE shop_id = $1 AND request_key = ANY($2::text[])";

    OLDEST_HOLDS = "
        SELECT cart_id, ends_at FROM holds WHERE shop_id = $1 ORDER BY ends_at, cart_id LIMIT $2";

    OLDEST_REQUESTS = "
        SELECT request_key, answered_at FROM requests WHERE shop_id = $1
        ORDER BY answered_at, request_key LIMIT $2";

    JOBS_ADD = "
        INSERT INTO jobs (shop_id, job_id, given_up, priority, due_at, once, attempts, body)
        SELECT $1, n.job_id, false, n.priority, n.due_at, n.once, 0, n.body::json
        FROM unnest($2::uuid[], $3::smallint[], $4::bigint[], $5::text[], $6::text[])
            AS n (job_id, priority, due_at, once, body)
        ON CONFLICT (shop_id, once) WHERE once IS NOT NULL AND worker IS NULL AND NOT given_up
        DO UPDATE SET due_at = least(jobs.due_at, excluded.due_at)";

    /// Over all shops: which of them have something to do.
    JOB_SHOPS_DUE = "SELECT shop_id FROM job_shops WHERE due_at <= $1 ORDER BY due_at, shop_id LIMIT $2";

    JOB_SHOP_EARLIER = "
        INSERT INTO job_shops (shop_id, due_at) VALUES ($1, $2)
        ON CONFLICT (shop_id) DO UPDATE SET due_at = least(job_shops.due_at, excluded.due_at)";

    JOB_SHOP_SAVE = "
        INSERT INTO job_shops (shop_id, due_at) VALUES ($1, $2)
        ON CONFLICT (shop_id) DO UPDATE SET due_at = excluded.due_at";

    JOB_SHOP_REMOVE = "DELETE FROM job_shops WHERE shop_id = $1";

    JOBS_DUE = "
        SELECT job_id, due_at, attempts, error, body::text FROM jobs
        WHERE shop_id = $1 AND NOT given_up AND priority = $2 AND due_at <= $3
        ORDER BY due_at, job_id LIMIT $4";

    JOB_NEXT = "
        SELECT due_at FROM jobs WHERE shop_id = $1 AND NOT given_up AND priority = $2
        ORDER BY due_at, job_id LIMIT 1";

    JOBS_LEASE = "
        UPDATE jobs SET worker = $3, due_at = $4, attempts = attempts + 1
        WHERE shop_id = $1 AND job_id = ANY($2::uuid[])";

    JOB_OF = "
        SELECT once, attempts FROM jobs WHERE shop_id = $1 AND job_id = $2 AND worker = $3 AND NOT given_up";

    JOB_ONCE_EARLIER = "
        UPDATE jobs SET due_at = least(due_at, $3)
        WHERE shop_id = $1 AND once = $2 AND worker IS NULL AND NOT given_up";

    JOB_WAIT = "
        UPDATE jobs SET worker = NULL, given_up = false, due_at = $3, attempts = $4, error = $5
        WHERE shop_id = $1 AND job_id = $2";

    JOB_GIVE_UP = "
        UPDATE jobs SET worker = NULL, given_up = true, error = $3 WHERE shop_id = $1 AND job_id = $2";

    JOB_REMOVE = "DELETE FROM jobs WHERE shop_id = $1 AND job_id = $2";

    JOBS = "
        SELECT job_id, due_at, attempts, error, body::text FROM jobs
        WHERE shop_id = $1 AND given_up = $2 AND job_id > $3
        ORDER BY job_id LIMIT $4";

    JOB_GIVEN_UP = "
        SELECT job_id, due_at, attempts, error, body::text, once FROM jobs
        WHERE shop_id = $1 AND job_id = $2 AND given_up";

    CODES = codes_where!(
        "unnest($2::text[], $3::bigint[]) AS n (pool, serial) JOIN codes c ON c.shop_id = $1",
        "c.pool = n.pool AND c.serial = n.serial ORDER BY c.pool, c.serial"
    );

    CODE_BY_TEXT = codes_where!("codes c", "c.text = $2");

    CODE_BY_MATCH_KEY = codes_where!("codes c", "c.match_key = $2");

    POOL_CODES = codes_where!("codes c", "c.pool = $2 AND c.serial > $3 ORDER BY c.serial LIMIT $4");

    NEXT_CODES =
        codes_where!("codes c", "c.pool = $2 AND c.serial > $3 AND c.state = 0 ORDER BY c.serial LIMIT $4");

    GIVEN_USABLE = "
        SELECT c.serial FROM codes c
        LEFT JOIN imports i ON i.shop_id = $1 AND i.pool = c.pool AND i.number = c.serial >> 32
        WHERE c.shop_id = $1 AND c.customer = $2 AND c.pool = $3 AND (c.assigned_at, c.serial) < ($4, $5)
            AND c.state = 1 AND coalesce(c.ends_at > $6, true)
            AND coalesce(i.state, '') NOT IN ('staging', 'staged', 'dropping', 'failed')
        ORDER BY c.assigned_at DESC, c.serial DESC LIMIT 1";

    GIVEN_NOT_VOID = "
        SELECT c.serial FROM codes c
        LEFT JOIN imports i ON i.shop_id = $1 AND i.pool = c.pool AND i.number = c.serial >> 32
        WHERE c.shop_id = $1 AND c.customer = $2 AND c.pool = $3 AND (c.assigned_at, c.serial) < ($4, $5)
            AND c.state <> 3 AND coalesce(i.state, '') NOT IN ('staging', 'staged', 'dropping', 'failed')
        ORDER BY c.assigned_at DESC, c.serial DESC LIMIT 1";

    /// Whose texts are, be they seen or not.
    CODES_WITH_TEXTS = "
        SELECT text, pool, serial, state FROM codes WHERE shop_id = $1 AND text = ANY($2::text[])
        ORDER BY text";

    CODES_WITH_MATCH_KEYS = "
        SELECT match_key, pool, serial, state FROM codes WHERE shop_id = $1 AND match_key = ANY($2::text[])
        ORDER BY match_key";

    /// Those that are entered byte for byte, and yet are what something would be compared as.
    CODES_WITH_FOLDED = "
        SELECT folded, pool FROM codes WHERE shop_id = $1 AND folded = ANY($2::text[])
        ORDER BY folded, pool, serial";

    COUPONS = "
        SELECT match_key FROM coupons WHERE shop_id = $1 AND match_key = ANY($2::text[]) ORDER BY match_key";

    COUPONS_ADD = "
        INSERT INTO coupons (shop_id, match_key, promotion)
        SELECT $1, n.match_key, n.promotion FROM unnest($2::text[], $3::text[]) AS n (match_key, promotion)
        ON CONFLICT (shop_id, match_key) DO NOTHING";

    COUPONS_REMOVE = "DELETE FROM coupons WHERE shop_id = $1 AND promotion = ANY($2::text[])";

    CODES_SAVE = "
        INSERT INTO codes
            (shop_id, pool, serial, text, match_key, state, customer, assigned_at, starts_at, expires_at,
            ends_at, uses_max, used, held, earliest_hold_end, bound, folded)
        SELECT $1, n.pool, n.serial, n.text, n.match_key, n.state, n.customer, n.assigned_at,
            n.starts_at::json, n.expires_at::json, n.ends_at, n.uses_max, n.used, n.held, n.earliest_hold_end,
            n.bound, nullif(n.folded, '')
        FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::smallint[], $7::text[],
                $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
                $14::bigint[], $15::bigint[], $16::boolean[], $17::text[])
            AS n (pool, serial, text, match_key, state, customer, assigned_at, starts_at, expires_at,
                ends_at, uses_max, used, held, earliest_hold_end, bound, folded)
        ON CONFLICT (shop_id, pool, serial) DO UPDATE SET
            state = excluded.state, customer = excluded.customer, assigned_at = excluded.assigned_at,
            expires_at = excluded.expires_at, ends_at = excluded.ends_at, uses_max = excluded.uses_max,
            used = excluded.used, held = excluded.held, earliest_hold_end = excluded.earliest_hold_end,
            bound = excluded.bound";

    POOLS = "
        SELECT pool, last_serial, cursor, assigned, redeemed, voided, series::text, reserved, watch::text
        FROM pools
        WHERE shop_id = $1 AND pool = ANY($2::text[])
        ORDER BY pool";

    POOLS_SAVE = "
        INSERT INTO pools
            (shop_id, pool, last_serial, cursor, assigned, redeemed, voided, series, reserved, watch)
        SELECT $1, n.pool, n.last_serial, n.cursor, n.assigned, n.redeemed, n.voided, n.series::json,
            n.reserved, n.watch::json
        FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                $8::text[], $9::bigint[], $10::text[])
            AS n (pool, last_serial, cursor, assigned, redeemed, voided, series, reserved, watch)
        ON CONFLICT (shop_id, pool) DO UPDATE SET
            last_serial = excluded.last_serial, cursor = excluded.cursor, assigned = excluded.assigned,
            redeemed = excluded.redeemed, voided = excluded.voided, series = excluded.series,
            reserved = excluded.reserved, watch = excluded.watch";

    /// Makes the rows that are counted in next.
    POOL_ENDINGS_ADD = "
        INSERT INTO pool_endings (shop_id, pool, ends_at, import_no, remaining)
        SELECT $1, n.pool, n.ends_at, n.import_no, 0
        FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS n (pool, ends_at, import_no)
        ON CONFLICT (shop_id, pool, ends_at, import_no) DO NOTHING";

    POOL_ENDINGS_COUNT = "
        UPDATE pool_endings e SET remaining = e.remaining + n.more
        FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS n (pool, ends_at, import_no, more)
        WHERE e.shop_id = $1 AND e.pool = n.pool AND e.ends_at = n.ends_at AND e.import_no = n.import_no";

    POOL_REMAINING = "
        SELECT coalesce(sum(e.remaining), 0)::bigint FROM pool_endings e
        LEFT JOIN imports i ON i.shop_id = $1 AND i.pool = $2 AND i.number = e.import_no
        WHERE e.shop_id = $1 AND e.pool = $2 AND e.ends_at > $3 AND coalesce(i.state, 'published') = 'published'";

    /// What nobody was given of a pool, be it over or not.
    POOL_SUPPLY = "
        SELECT coalesce(sum(e.remaining), 0)::bigint FROM pool_endings e
        LEFT JOIN imports i ON i.shop_id = $1 AND i.pool = $2 AND i.number = e.import_no
        WHERE e.shop_id = $1 AND e.pool = $2 AND coalesce(i.state, 'published') = 'published'";

    IMPORT = "SELECT state, body::text FROM imports WHERE shop_id = $1 AND pool = $2 AND number = $3";

    IMPORT_LAST = "
        SELECT number FROM imports WHERE shop_id = $1 AND pool = $2 ORDER BY number DESC LIMIT 1";

    IMPORTS = "
        SELECT state, body::text FROM imports
        WHERE shop_id = $1 AND pool = $2 AND number < $3 AND state <> 'closed'
        ORDER BY number DESC LIMIT $4";

    IMPORTS_UNDER_WAY = "
        SELECT state, body::text FROM imports
        WHERE shop_id = $1 AND state IN ('staging', 'undoing', 'dropping')
        ORDER BY pool, number";

    IMPORT_SAVE = "
        INSERT INTO imports (shop_id, pool, number, state, body)
        VALUES ($1, $2, $3, $4, $5::text::json)
        ON CONFLICT (shop_id, pool, number) DO UPDATE SET state = excluded.state, body = excluded.body";

    IMPORTS_REPLACE = "
        UPDATE imports SET state = 'replaced' WHERE shop_id = $1 AND pool = $2 AND state = 'published'";

    IMPORT_ROWS_ADD = "
        INSERT INTO import_rows (shop_id, pool, number, row_no, body)
        SELECT $1, $2, $3, n.row_no, n.body::json
        FROM unnest($4::bigint[], $5::text[]) AS n (row_no, body)
        ON CONFLICT (shop_id, pool, number, row_no) DO NOTHING";

    IMPORT_ROWS = "
        SELECT body::text FROM import_rows
        WHERE shop_id = $1 AND pool = $2 AND number = $3 AND row_no > $4
        ORDER BY row_no LIMIT $5";

    IMPORT_CODES = "
        SELECT serial FROM codes WHERE shop_id = $1 AND pool = $2 AND serial >= $3 AND serial <= $4
        ORDER BY serial LIMIT $5";

    IMPORT_FREE_CODES = "
        SELECT serial FROM codes
        WHERE shop_id = $1 AND pool = $2 AND serial >= $3 AND serial <= $4 AND state = 0
        ORDER BY serial LIMIT $5";

    IMPORT_CODES_REMOVE = "
        DELETE FROM codes WHERE shop_id = $1 AND pool = $2 AND serial >= $3 AND serial <= $4";

    IMPORT_FREE_CODES_REMOVE = "
        DELETE FROM codes WHERE shop_id = $1 AND pool = $2 AND serial >= $3 AND serial <= $4 AND state = 0";

    IMPORT_ENDINGS_REMOVE = "
        DELETE FROM pool_endings WHERE shop_id = $1 AND pool = $2 AND import_no = $3";

    DRAWS = "
        SELECT d.pool, d.draw_key, d.code_pool, d.serial, d.text
        FROM unnest($2::text[], $3::text[]) AS n (pool, draw_key)
        JOIN draws d ON d.pool = n.pool AND d.draw_key = n.draw_key
        WHERE d.shop_id = $1 ORDER BY d.pool, d.draw_key";

    DRAWS_ADD = "
        INSERT INTO draws (shop_id, pool, draw_key, code_pool, serial, text)
        SELECT $1, n.pool, n.draw_key, n.code_pool, n.serial, n.text
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
            AS n (pool, draw_key, code_pool, serial, text)";

    RESERVATIONS = "
        SELECT r.pool, r.reservation_key, r.codes, r.remaining, r.made_at, r.returned_at
        FROM unnest($2::text[], $3::text[]) AS n (pool, reservation_key)
        JOIN reservations r ON r.pool = n.pool AND r.reservation_key = n.reservation_key
        WHERE r.shop_id = $1 ORDER BY r.pool, r.reservation_key";

    RESERVATIONS_SAVE = "
        INSERT INTO reservations (shop_id, pool, reservation_key, codes, remaining, made_at, returned_at)
        SELECT $1, n.pool, n.reservation_key, n.codes, n.remaining, n.made_at, n.returned_at
        FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
            AS n (pool, reservation_key, codes, remaining, made_at, returned_at)
        ON CONFLICT (shop_id, pool, reservation_key) DO UPDATE SET
            remaining = excluded.remaining, returned_at = excluded.returned_at";

    REPORTS = "
        SELECT r.pool, r.serial, r.order_id, r.redeemed_at
        FROM unnest($2::text[], $3::bigint[], $4::text[]) AS n (pool, serial, order_id)
        JOIN reports r ON r.pool = n.pool AND r.serial = n.serial AND r.order_id = n.order_id
        WHERE r.shop_id = $1 ORDER BY r.pool, r.serial, r.order_id";

    REPORTS_ADD = "
        INSERT INTO reports (shop_id, pool, serial, order_id, redeemed_at)
        SELECT $1, n.pool, n.serial, n.order_id, n.redeemed_at
        FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[])
            AS n (pool, serial, order_id, redeemed_at)";

    ACTIVITIES_ADD = "
        INSERT INTO activities (shop_id, activity_id, name, order_id, body, pool)
        SELECT $1, n.activity_id, n.name, n.order_id, n.body::json, n.pool
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
            AS n (activity_id, name, order_id, body, pool)";

    ACTIVITIES_OF_POOL = "
        SELECT body::text, activity_id FROM activities WHERE shop_id = $1 AND pool = $2 AND activity_id < $3
        ORDER BY activity_id DESC LIMIT $4";

    CODE_ACTIVITIES_ADD = "
        INSERT INTO code_activities (shop_id, pool, serial, activity_id)
        SELECT $1, n.pool, n.serial, n.activity_id
        FROM unnest($2::text[], $3::bigint[], $4::uuid[]) AS n (pool, serial, activity_id)
        ON CONFLICT (shop_id, pool, serial, activity_id) DO NOTHING";

    ACTIVITIES = "
        SELECT body::text, activity_id FROM activities WHERE shop_id = $1 AND activity_id < $2
        ORDER BY activity_id DESC LIMIT $3";

    ACTIVITIES_OF_CODE = "
        SELECT a.body::text, a.activity_id FROM code_activities c
        JOIN activities a ON a.shop_id = $1 AND a.activity_id = c.activity_id
        WHERE c.shop_id = $1 AND c.pool = $2 AND c.serial = $3 AND c.activity_id < $4
        ORDER BY c.activity_id DESC LIMIT $5";

    ACTIVITIES_OF_ORDER = "
        SELECT body::text FROM activities WHERE shop_id = $1 AND order_id = $2 ORDER BY activity_id";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::connection::Conn;
    use crate::postgres::fresh::FreshDatabase;
    use crate::postgres::migrate;

    /// The tables that a schema makes.
    fn tables(schema: &str) -> Vec<&str> {
        let names = schema.split("CREATE TABLE ").skip(1);
        names.map(|rest| rest.split([' ', '(']).next().unwrap()).collect()
    }

    /// Every migration, in one text, without its comments.
    fn schema() -> String {
        let lines = migrate::ALL.iter().flat_map(|migration| migration.text().lines());
        lines.map(|line| line.split("--").next().unwrap()).collect::<Vec<_>>().join("\n")
    }

    /// The tables that a statement works on, each with what stands for it.
    fn used<'a>(sql: &'a str, tables: &[&str]) -> Vec<(&'a str, &'a str)> {
        let words: Vec<&str> =
            sql.split_whitespace().map(|word| word.trim_matches(['(', ')', ','])).collect();
        let begins = ["FROM", "JOIN", "INTO", "UPDATE", "USING"];
        let named =
            (1..words.len()).filter(|at| begins.contains(&words[at - 1]) && tables.contains(&words[*at]));
        let alias = |at: usize| words.get(at + 1).filter(|word| word.len() == 1).copied().unwrap_or("");
        named.map(|at| (words[at], alias(at))).collect()
    }

    /// What breaks a rule of the page on databases of many machines, if anything does.
    fn fault(name: &str, sql: &str, tables: &[&str]) -> Option<String> {
        let told = |what: &str| Some(format!("{name}: {what}"));
        for (table, alias) in used(sql, tables) {
            let dot = if alias.is_empty() { String::new() } else { format!("{alias}.") };
            let by_shop = sql.contains(&format!("{dot}shop_id = $1"))
                || sql.contains(&format!("INSERT INTO {table} (shop_id"))
                || (sql.contains(&format!("INSERT INTO {table}\n")) && sql.contains("(shop_id,"));
            let is_inserted =
                !sql.contains("INSERT") || sql.contains("VALUES ($1") || sql.contains("SELECT $1,");
            if (!by_shop || !is_inserted) && !["SHOPS", "JOB_SHOPS_DUE"].contains(&name) {
                return told(&format!("{table} is not asked for by its shop"));
            }
        }
        for word in ["MERGE", "OFFSET", "count(*)", "now()", "random", "CURRENT_", "timeofday", "nextval"] {
            if sql.contains(word) {
                return told(word);
            }
        }
        if sql.contains("clock_timestamp") && sql.contains("shop_id") {
            return told("a clock beside a table");
        }
        let locks = sql.contains("FOR UPDATE") || sql.contains("SKIP LOCKED");
        if locks && !sql.contains("shop_id = $1") {
            return told("locks more than a shop");
        }
        let is_list =
            sql.trim_start().starts_with("SELECT") && (sql.contains("ANY(") || sql.contains("unnest("));
        if (is_list || sql.contains("LIMIT")) && !sql.contains("ORDER BY") {
            return told("no order");
        }
        None
    }

    #[test]
    fn every_statement_could_run_on_many_machines() {
        let schema = schema();
        let tables = tables(&schema);
        for (name, sql) in ALL {
            assert_eq!(fault(name, sql, &tables), None);
        }
    }

    #[test]
    fn what_could_not_run_on_many_machines_is_seen() {
        let tables = ["orders", "holds"];
        for wrong in [
            "SELECT body FROM orders WHERE order_id = $1",
            "SELECT o.body FROM orders o JOIN holds h ON h.cart_id = o.cart_id WHERE o.shop_id = $1",
            "INSERT INTO orders (order_id) VALUES ($2)",
            "INSERT INTO orders (shop_id, order_id) VALUES ($2, $1)",
            "UPDATE orders SET placed_at = now() WHERE shop_id = $1",
            "SELECT body FROM orders WHERE shop_id = $1 ORDER BY order_id OFFSET 5",
            "SELECT body FROM orders WHERE shop_id = $1 LIMIT 5",
            "SELECT body FROM orders WHERE shop_id = $1 AND order_id = ANY($2)",
            "DELETE FROM orders WHERE placed_at < $2",
            "MERGE INTO orders USING holds ON true",
        ] {
            assert!(fault("WRONG", wrong, &tables).is_some(), "{wrong}");
        }
    }

    #[test]
    fn the_shop_leads_every_key_of_the_schema() {
        let schema = schema();
        for word in ["TRIGGER", "SERIAL", "DEFAULT", "GENERATED"] {
            assert!(!schema.contains(word), "{word}");
        }
        let one_line: String = schema.split_whitespace().collect::<Vec<_>>().join(" ");
        for begins in ["PRIMARY KEY (", "UNIQUE (", "FOREIGN KEY ("] {
            for key in one_line.split(begins).skip(1) {
                assert!(key.starts_with("shop_id"), "{begins}{}", &key[..40]);
            }
        }
        for index in one_line.split("INDEX ").skip(1) {
            let is_over_all_shops = index.starts_with("job_shops_by_time ");
            let is_led = index.split_once('(').unwrap().1.starts_with("shop_id, ");
            assert!(is_led || is_over_all_shops, "{}", &index[..60]);
        }
        for table in one_line.split("CREATE TABLE ").skip(1) {
            assert!(table.contains("PRIMARY KEY"), "{}", &table[..40]);
        }
    }

    /// How the database would run a statement, whatever it is told.
    async fn plan(conn: &Conn, sql: &str) -> Vec<String> {
        let unbound = vec!["NULL"; (1..=20).filter(|n| sql.contains(&format!("${n}"))).count()].join(", ");
        let unbound = if unbound.is_empty() { unbound } else { format!("({unbound})") };
        conn.script(&format!("PREPARE plan AS {sql}")).await.unwrap();
        let lines = conn.simple(&format!("EXPLAIN (COSTS OFF) EXECUTE plan {unbound}")).await.unwrap();
        conn.script("DEALLOCATE plan").await.unwrap();
        lines
    }

    /// What is wrong with a plan: reading all of a table or of an index, or sorting what is to be paged.
    fn waste(plan: &[String]) -> Option<String> {
        let text = plan.join("\n");
        let scans =
            plan.iter().enumerate().filter(|(_, line)| line.contains("Scan") && line.contains(" on "));
        for (at, line) in scans {
            let is_by_index = line.contains("Index") || line.contains("Bitmap");
            let next = plan[at + 1..].iter().take_while(|line| !line.contains("->")).map(String::as_str);
            let is_bound = next.into_iter().any(|line| line.contains("Cond:"));
            let is_ours = !line.contains("Function Scan") && !line.contains("Subquery Scan");
            if is_ours && (!is_by_index || !is_bound) {
                return Some(format!("{line}\nin\n{text}"));
            }
        }
        (text.starts_with("Limit") && text.contains("Sort")).then(|| format!("sorts a page:\n{text}"))
    }

    #[tokio::test]
    async fn no_statement_scans_a_table_or_sorts_a_page() {
        let database = FreshDatabase::new().await;
        let conn = Conn::open(&database.address()).await.unwrap();
        for (name, sql) in ALL {
            let plan = plan(&conn, sql).await;
            assert_eq!(waste(&plan), None, "{name}");
        }
    }

    #[tokio::test]
    async fn the_plan_test_sees_a_scan() {
        let database = FreshDatabase::new().await;
        let conn = Conn::open(&database.address()).await.unwrap();
        for wasteful in [
            "SELECT body FROM resource_history WHERE written_by = $1",
            "SELECT body::text FROM orders WHERE shop_id = $1 ORDER BY customer LIMIT 5",
            "SELECT order_id FROM orders ORDER BY shop_id, order_id LIMIT 5",
        ] {
            assert!(waste(&plan(&conn, wasteful).await).is_some(), "{wasteful}");
        }
    }
}
