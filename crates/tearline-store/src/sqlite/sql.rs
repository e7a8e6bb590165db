//! Every statement of the SQLite store. The rules for a second dialect hold here too: the shop first, always an
//! order, a page by key, times and ids from the program.

/// Names the statements, and lists them for the test that reads their plans.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// Codes with the states of their imports: whoever reads a code asks `imports::seen` what it is to the world.
macro_rules! codes_where {
    ($which:literal) => {
        concat!(
            "
        SELECT c.pool, c.serial, c.text, c.match_key, c.state, c.customer, c.assigned_at, c.starts_at, c.expires_at,
            c.ends_at, c.uses_max, c.used, c.held, c.earliest_hold_end, c.bound, i.state
        FROM codes c
        LEFT JOIN imports i ON i.shop_id = ?1 AND i.pool = c.pool AND i.number = c.serial >> 32
        WHERE c.shop_id = ?1 AND ",
            $which
        )
    };
}

statements! {
    SHOP_VERSION = "SELECT config_version FROM shops WHERE shop_id = ?1";

    SHOPS = "SELECT shop_id, config_version FROM shops WHERE shop_id > ?1 ORDER BY shop_id LIMIT ?2";

    SHOP_ADD = "INSERT INTO shops (shop_id, config_version) VALUES (?1, 0) ON CONFLICT DO NOTHING";

    SHOP_REACHED = "
        INSERT INTO shops (shop_id, config_version) VALUES (?1, ?2)
        ON CONFLICT (shop_id) DO UPDATE SET config_version = excluded.config_version";

    RESOURCE_LAST = "
        SELECT kind, id, version, body, written_at, written_by, deleted FROM resources
        WHERE shop_id = ?1 AND kind = ?2 AND id = ?3";

    RESOURCES_OF_KIND = "
        SELECT kind, id, version, body, written_at, written_by, deleted FROM resources
        WHERE shop_id = ?1 AND kind = ?2 AND id > ?3 AND deleted = 0
        ORDER BY id LIMIT ?4";

    RESOURCES_LIVE = "
        SELECT kind, id, version, body, written_at, written_by, deleted FROM resources
        WHERE shop_id = ?1 AND deleted = 0
        ORDER BY kind, id";

    /// Of each document that there ever was the last version of then.
    RESOURCES_LIVE_AT = "
        SELECT h.kind, h.id, h.version, h.body, h.written_at, h.written_by, h.deleted
        FROM resources r JOIN resource_history h
            ON h.shop_id = r.shop_id AND h.kind = r.kind AND h.id = r.id AND h.config_version = (
                SELECT max(v.config_version) FROM resource_history v
                WHERE v.shop_id = r.shop_id AND v.kind = r.kind AND v.id = r.id AND v.config_version <= ?2)
        WHERE r.shop_id = ?1 AND h.deleted = 0
        ORDER BY r.kind, r.id";

    RESOURCE_SAVE = "
        INSERT INTO resources (shop_id, kind, id, version, body, written_at, written_by, deleted)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (shop_id, kind, id) DO UPDATE SET
            version = excluded.version, body = excluded.body, written_at = excluded.written_at,
            written_by = excluded.written_by, deleted = excluded.deleted";

    HISTORY_ADD = "
        INSERT INTO resource_history
            (shop_id, kind, id, version, body, written_at, written_by, deleted, config_version)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    HISTORY = "
        SELECT kind, id, version, body, written_at, written_by, deleted FROM resource_history
        WHERE shop_id = ?1 AND kind = ?2 AND id = ?3 AND version < ?4
        ORDER BY version DESC LIMIT ?5";

    HISTORY_VERSION = "
        SELECT kind, id, version, body, written_at, written_by, deleted FROM resource_history
        WHERE shop_id = ?1 AND kind = ?2 AND id = ?3 AND version = ?4";

    CHANGES = "
        SELECT kind, id, version, body, written_at, written_by, deleted, config_version FROM resource_history
        WHERE shop_id = ?1 AND config_version > ?2 AND config_version <= ?3
        ORDER BY config_version, kind, id";

    KEY_ADD = "
        INSERT INTO api_keys (shop_id, key_id, hash, name, created_at, revoked_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT DO NOTHING";

    KEY_BY_ID = "
        SELECT key_id, hash, name, created_at, revoked_at FROM api_keys
        WHERE shop_id = ?1 AND key_id = ?2";

    KEY_BY_HASH = "
        SELECT key_id, hash, name, created_at, revoked_at FROM api_keys
        WHERE shop_id = ?1 AND hash = ?2 AND revoked_at IS NULL";

    KEYS = "
        SELECT key_id, hash, name, created_at, revoked_at FROM api_keys
        WHERE shop_id = ?1 AND key_id > ?2
        ORDER BY key_id LIMIT ?3";

    KEY_REVOKE = "
        UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3)
        WHERE shop_id = ?1 AND key_id = ?2";

    SHOP_STATE = "SELECT config_version, settled_until FROM shops WHERE shop_id = ?1";

    SHOP_SETTLED = "
        UPDATE shops SET settled_until = max(coalesce(settled_until, ?2), ?2) WHERE shop_id = ?1";

    LIMIT = "
        SELECT used, held, earliest_hold_end FROM limits
        WHERE shop_id = ?1 AND promotion = ?2 AND limit_kind = ?3 AND counted_for = ?4";

    LIMIT_SAVE = "
        INSERT INTO limits (shop_id, promotion, limit_kind, counted_for, used, held, earliest_hold_end)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (shop_id, promotion, limit_kind, counted_for) DO UPDATE SET
            used = excluded.used, held = excluded.held, earliest_hold_end = excluded.earliest_hold_end";

    /// What holds that have ended keep of a limit.
    HELD_UNTIL = "
        SELECT coalesce(sum(take), 0) FROM hold_claims
        WHERE shop_id = ?1 AND promotion = ?2 AND limit_kind = ?3 AND counted_for = ?4 AND ends_at <= ?5";

    HELD_UNTIL_REMOVE = "
        DELETE FROM hold_claims
        WHERE shop_id = ?1 AND promotion = ?2 AND limit_kind = ?3 AND counted_for = ?4 AND ends_at <= ?5";

    NEXT_HOLD_END = "
        SELECT min(ends_at) FROM hold_claims
        WHERE shop_id = ?1 AND promotion = ?2 AND limit_kind = ?3 AND counted_for = ?4";

    HELD_BY_OTHERS = "
        SELECT coalesce(sum(take), 0) FROM hold_claims
        WHERE shop_id = ?1 AND promotion = ?2 AND limit_kind = ?3 AND counted_for = ?4 AND ends_at > ?5
            AND cart_id <> ?6 AND coalesce(customer <> ?7, 1)";

    /// What is held, and when the first of it is free again.
    HELD_BY_OTHERS_UNTIL = "
        SELECT coalesce(sum(take), 0), min(ends_at) FROM hold_claims
        WHERE shop_id = ?1 AND promotion = ?2 AND limit_kind = ?3 AND counted_for = ?4 AND ends_at > ?5
            AND take > 0 AND cart_id <> ?6 AND coalesce(customer <> ?7, 1)";

    HOLD = "SELECT body FROM holds WHERE shop_id = ?1 AND cart_id = ?2";

    HOLD_SAVE = "
        INSERT INTO holds (shop_id, cart_id, customer, ends_at, body)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (shop_id, cart_id) DO UPDATE SET
            customer = excluded.customer, ends_at = excluded.ends_at, body = excluded.body";

    HOLD_REMOVE = "DELETE FROM holds WHERE shop_id = ?1 AND cart_id = ?2";

    HOLD_CLAIMS_REMOVE = "DELETE FROM hold_claims WHERE shop_id = ?1 AND cart_id = ?2";

    HOLD_CLAIM_ADD = "
        INSERT INTO hold_claims
            (shop_id, promotion, limit_kind, counted_for, cart_id, customer, ends_at, take)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    HOLDS_OF_CUSTOMER = "
        SELECT cart_id FROM holds WHERE shop_id = ?1 AND customer = ?2 ORDER BY cart_id";

    ORDER = "SELECT body FROM orders WHERE shop_id = ?1 AND order_id = ?2";

    ORDERS = "
        SELECT body FROM orders
        WHERE shop_id = ?1 AND placed_at >= ?2 AND (placed_at, order_id) < (?3, ?4)
        ORDER BY placed_at DESC, order_id DESC LIMIT ?5";

    ORDERS_SINCE = "
        SELECT body FROM orders
        WHERE shop_id = ?1 AND (placed_at, order_id) > (?2, ?3) AND placed_at < ?4
        ORDER BY placed_at, order_id LIMIT ?5";

    ORDER_SAVE = "
        INSERT INTO orders (shop_id, order_id, customer, state, placed_at, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (shop_id, order_id) DO UPDATE SET state = excluded.state, body = excluded.body";

    CUSTOMER = "SELECT orders, last_order_at, email FROM customers WHERE shop_id = ?1 AND customer_id = ?2";

    CUSTOMER_SAVE = "
        INSERT INTO customers (shop_id, customer_id, orders, last_order_at, email)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (shop_id, customer_id) DO UPDATE SET
            orders = excluded.orders, last_order_at = excluded.last_order_at, email = excluded.email";

    REQUEST = "SELECT answer, fingerprint, answered_at FROM requests WHERE shop_id = ?1 AND request_key = ?2";

    REQUEST_ADD = "
        INSERT INTO requests (shop_id, request_key, fingerprint, answer, answered_at)
        VALUES (?1, ?2, ?3, ?4, ?5)";

    CODE = codes_where!("c.pool = ?2 AND c.serial = ?3");

    CODE_BY_TEXT = codes_where!("c.text = ?2");

    CODE_BY_MATCH_KEY = codes_where!("c.match_key = ?2");

    POOL_CODES = codes_where!("c.pool = ?2 AND c.serial > ?3 ORDER BY c.serial LIMIT ?4");

    COUPON = "SELECT promotion FROM coupons WHERE shop_id = ?1 AND match_key = ?2";

    COUPON_FIRST = "SELECT match_key FROM coupons WHERE shop_id = ?1 ORDER BY match_key LIMIT 1";

    COUPON_ADD = "
        INSERT INTO coupons (shop_id, match_key, promotion) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";

    COUPONS_REMOVE = "DELETE FROM coupons WHERE shop_id = ?1 AND promotion = ?2";

    /// A code that is entered byte for byte, and yet is what something would be compared as.
    CODE_ID_BY_FOLDED = "
        SELECT pool, serial, state FROM codes WHERE shop_id = ?1 AND folded = ?2
        ORDER BY pool, serial LIMIT 1";

    /// Whose a text is, be it seen or not.
    CODE_ID_BY_TEXT = "SELECT pool, serial, state FROM codes WHERE shop_id = ?1 AND text = ?2";

    CODE_ID_BY_MATCH_KEY = "SELECT pool, serial, state FROM codes WHERE shop_id = ?1 AND match_key = ?2";

    NEXT_CODES = codes_where!("c.pool = ?2 AND c.serial > ?3 AND c.state = 0 ORDER BY c.serial LIMIT ?4");

    GIVEN_USABLE = "
        SELECT c.serial FROM codes c
        LEFT JOIN imports i ON i.shop_id = ?1 AND i.pool = c.pool AND i.number = c.serial >> 32
        WHERE c.shop_id = ?1 AND c.customer = ?2 AND c.pool = ?3 AND (c.assigned_at, c.serial) < (?4, ?5)
            AND c.state = 1 AND coalesce(c.ends_at > ?6, TRUE)
            AND coalesce(i.state, '') NOT IN ('staging', 'staged', 'dropping', 'failed')
        ORDER BY c.assigned_at DESC, c.serial DESC LIMIT 1";

    GIVEN_NOT_VOID = "
        SELECT c.serial FROM codes c
        LEFT JOIN imports i ON i.shop_id = ?1 AND i.pool = c.pool AND i.number = c.serial >> 32
        WHERE c.shop_id = ?1 AND c.customer = ?2 AND c.pool = ?3 AND (c.assigned_at, c.serial) < (?4, ?5)
            AND c.state <> 3 AND coalesce(i.state, '') NOT IN ('staging', 'staged', 'dropping', 'failed')
        ORDER BY c.assigned_at DESC, c.serial DESC LIMIT 1";

    CODES_AFTER = "
        SELECT serial FROM codes WHERE shop_id = ?1 AND pool = ?2 AND serial > ?3
        ORDER BY serial LIMIT ?4";

    CODE_SAVE = "
        INSERT INTO codes
            (shop_id, pool, serial, text, match_key, state, customer, assigned_at, starts_at, expires_at,
            ends_at, uses_max, used, held, earliest_hold_end, bound, folded)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, nullif(?17, ''))
        ON CONFLICT (shop_id, pool, serial) DO UPDATE SET
            state = excluded.state, customer = excluded.customer, assigned_at = excluded.assigned_at,
            expires_at = excluded.expires_at, ends_at = excluded.ends_at, uses_max = excluded.uses_max,
            used = excluded.used, held = excluded.held, earliest_hold_end = excluded.earliest_hold_end,
            bound = excluded.bound";

    POOL = "
        SELECT last_serial, cursor, assigned, redeemed, voided, series, reserved, watch FROM pools
        WHERE shop_id = ?1 AND pool = ?2";

    POOL_SAVE = "
        INSERT INTO pools
            (shop_id, pool, last_serial, cursor, assigned, redeemed, voided, series, reserved, watch)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (shop_id, pool) DO UPDATE SET
            last_serial = excluded.last_serial, cursor = excluded.cursor, assigned = excluded.assigned,
            redeemed = excluded.redeemed, voided = excluded.voided, series = excluded.series,
            reserved = excluded.reserved, watch = excluded.watch";

    POOL_ENDING_ADD = "
        INSERT INTO pool_endings (shop_id, pool, ends_at, import_no, remaining)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (shop_id, pool, ends_at, import_no) DO UPDATE SET
            remaining = pool_endings.remaining + excluded.remaining";

    POOL_ENDING_SUBTRACT = "
        UPDATE pool_endings SET remaining = remaining - ?5
        WHERE shop_id = ?1 AND pool = ?2 AND ends_at = ?3 AND import_no = ?4";

    POOL_REMAINING = "
        SELECT coalesce(sum(e.remaining), 0) FROM pool_endings e
        LEFT JOIN imports i ON i.shop_id = ?1 AND i.pool = ?2 AND i.number = e.import_no
        WHERE e.shop_id = ?1 AND e.pool = ?2 AND e.ends_at > ?3 AND coalesce(i.state, 'published') = 'published'";

    /// What nobody was given of a pool, be it over or not.
    POOL_SUPPLY = "
        SELECT coalesce(sum(e.remaining), 0) FROM pool_endings e
        LEFT JOIN imports i ON i.shop_id = ?1 AND i.pool = ?2 AND i.number = e.import_no
        WHERE e.shop_id = ?1 AND e.pool = ?2 AND coalesce(i.state, 'published') = 'published'";

    IMPORT = "SELECT state, body FROM imports WHERE shop_id = ?1 AND pool = ?2 AND number = ?3";

    IMPORT_STATE = "SELECT state FROM imports WHERE shop_id = ?1 AND pool = ?2 AND number = ?3";

    IMPORT_LAST = "
        SELECT number FROM imports WHERE shop_id = ?1 AND pool = ?2 ORDER BY number DESC LIMIT 1";

    IMPORTS = "
        SELECT state, body FROM imports
        WHERE shop_id = ?1 AND pool = ?2 AND number < ?3 AND state <> 'closed'
        ORDER BY number DESC LIMIT ?4";

    IMPORTS_UNDER_WAY = "
        SELECT state, body FROM imports
        WHERE shop_id = ?1 AND state IN ('staging', 'undoing', 'dropping')
        ORDER BY pool, number";

    IMPORT_SAVE = "
        INSERT INTO imports (shop_id, pool, number, state, body)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (shop_id, pool, number) DO UPDATE SET state = excluded.state, body = excluded.body";

    IMPORTS_REPLACE = "
        UPDATE imports SET state = 'replaced' WHERE shop_id = ?1 AND pool = ?2 AND state = 'published'";

    IMPORT_ROW_ADD = "
        INSERT INTO import_rows (shop_id, pool, number, row_no, body)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT DO NOTHING";

    IMPORT_ROWS = "
        SELECT body FROM import_rows
        WHERE shop_id = ?1 AND pool = ?2 AND number = ?3 AND row_no > ?4
        ORDER BY row_no LIMIT ?5";

    CODE_STAGE = "
        INSERT INTO codes
            (shop_id, pool, serial, text, match_key, state, customer, assigned_at, starts_at, expires_at,
            ends_at, uses_max, used, held, folded)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, nullif(?14, ''))
        ON CONFLICT DO NOTHING";

    IMPORT_CODES = "
        SELECT serial FROM codes WHERE shop_id = ?1 AND pool = ?2 AND serial >= ?3 AND serial <= ?4
        ORDER BY serial LIMIT ?5";

    IMPORT_FREE_CODES = "
        SELECT serial FROM codes WHERE shop_id = ?1 AND pool = ?2 AND serial >= ?3 AND serial <= ?4 AND state = 0
        ORDER BY serial LIMIT ?5";

    IMPORT_CODES_REMOVE = "
        DELETE FROM codes WHERE shop_id = ?1 AND pool = ?2 AND serial >= ?3 AND serial <= ?4";

    IMPORT_FREE_CODES_REMOVE = "
        DELETE FROM codes WHERE shop_id = ?1 AND pool = ?2 AND serial >= ?3 AND serial <= ?4 AND state = 0";

    IMPORT_ENDINGS_REMOVE = "
        DELETE FROM pool_endings WHERE shop_id = ?1 AND pool = ?2 AND import_no = ?3";

    DRAW = "SELECT code_pool, serial, text FROM draws WHERE shop_id = ?1 AND pool = ?2 AND draw_key = ?3";

    DRAW_ADD = "
        INSERT INTO draws (shop_id, pool, draw_key, code_pool, serial, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    RESERVATION = "
        SELECT codes, remaining, made_at, returned_at FROM reservations
        WHERE shop_id = ?1 AND pool = ?2 AND reservation_key = ?3";

    RESERVATION_SAVE = "
        INSERT INTO reservations (shop_id, pool, reservation_key, codes, remaining, made_at, returned_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (shop_id, pool, reservation_key) DO UPDATE SET
            remaining = excluded.remaining, returned_at = excluded.returned_at";

    REPORT = "
        SELECT redeemed_at FROM reports WHERE shop_id = ?1 AND pool = ?2 AND serial = ?3 AND order_id = ?4";

    REPORT_ADD = "
        INSERT INTO reports (shop_id, pool, serial, order_id, redeemed_at) VALUES (?1, ?2, ?3, ?4, ?5)";

    ACTIVITY_ADD = "
        INSERT INTO activities (shop_id, activity_id, name, order_id, body, pool)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    ACTIVITIES_OF_POOL = "
        SELECT body, activity_id FROM activities WHERE shop_id = ?1 AND pool = ?2 AND activity_id < ?3
        ORDER BY activity_id DESC LIMIT ?4";

    JOB_ADD = "
        INSERT INTO jobs (shop_id, job_id, given_up, priority, due_at, once, attempts, body)
        VALUES (?1, ?2, 0, ?3, ?4, ?5, 0, ?6)
        ON CONFLICT (shop_id, once) WHERE once IS NOT NULL AND worker IS NULL AND given_up = 0
        DO UPDATE SET due_at = min(due_at, excluded.due_at)";

    /// Over all shops: which of them have something to do.
    JOB_SHOPS_DUE = "SELECT shop_id FROM job_shops WHERE due_at <= ?1 ORDER BY due_at, shop_id LIMIT ?2";

    JOB_SHOP_EARLIER = "
        INSERT INTO job_shops (shop_id, due_at) VALUES (?1, ?2)
        ON CONFLICT (shop_id) DO UPDATE SET due_at = min(due_at, excluded.due_at)";

    JOB_SHOP_SAVE = "
        INSERT INTO job_shops (shop_id, due_at) VALUES (?1, ?2)
        ON CONFLICT (shop_id) DO UPDATE SET due_at = excluded.due_at";

    JOB_SHOP_REMOVE = "DELETE FROM job_shops WHERE shop_id = ?1";

    JOBS_DUE = "
        SELECT job_id, due_at, attempts, error, body FROM jobs
        WHERE shop_id = ?1 AND given_up = 0 AND priority = ?2 AND due_at <= ?3
        ORDER BY due_at, job_id LIMIT ?4";

    JOB_NEXT = "
        SELECT due_at FROM jobs WHERE shop_id = ?1 AND given_up = 0 AND priority = ?2
        ORDER BY due_at, job_id LIMIT 1";

    JOB_LEASE = "
        UPDATE jobs SET worker = ?3, due_at = ?4, attempts = attempts + 1 WHERE shop_id = ?1 AND job_id = ?2";

    JOB_OF = "
        SELECT once, attempts FROM jobs WHERE shop_id = ?1 AND job_id = ?2 AND worker = ?3 AND given_up = 0";

    JOB_ONCE_EARLIER = "
        UPDATE jobs SET due_at = min(due_at, ?3)
        WHERE shop_id = ?1 AND once = ?2 AND worker IS NULL AND given_up = 0";

    JOB_WAIT = "
        UPDATE jobs SET worker = NULL, given_up = 0, due_at = ?3, attempts = ?4, error = ?5
        WHERE shop_id = ?1 AND job_id = ?2";

    JOB_GIVE_UP = "
        UPDATE jobs SET worker = NULL, given_up = 1, error = ?3 WHERE shop_id = ?1 AND job_id = ?2";

    JOB_REMOVE = "DELETE FROM jobs WHERE shop_id = ?1 AND job_id = ?2";

    JOBS = "
        SELECT job_id, due_at, attempts, error, body FROM jobs
        WHERE shop_id = ?1 AND given_up = ?2 AND job_id > ?3
        ORDER BY job_id LIMIT ?4";

    JOB_GIVEN_UP = "
        SELECT job_id, due_at, attempts, error, body, once FROM jobs
        WHERE shop_id = ?1 AND job_id = ?2 AND given_up = 1";

    OLDEST_HOLDS = "SELECT cart_id, ends_at FROM holds WHERE shop_id = ?1 ORDER BY ends_at, cart_id LIMIT ?2";

    OLDEST_REQUESTS = "
        SELECT request_key, answered_at FROM requests WHERE shop_id = ?1
        ORDER BY answered_at, request_key LIMIT ?2";

    REQUEST_REMOVE = "DELETE FROM requests WHERE shop_id = ?1 AND request_key = ?2";

    ACTIVITIES = "
        SELECT body, activity_id FROM activities WHERE shop_id = ?1 AND activity_id < ?2
        ORDER BY activity_id DESC LIMIT ?3";

    CODE_ACTIVITY_ADD = "
        INSERT INTO code_activities (shop_id, pool, serial, activity_id) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO NOTHING";

    ACTIVITIES_OF_CODE = "
        SELECT a.body, a.activity_id FROM code_activities c
        JOIN activities a ON a.shop_id = ?1 AND a.activity_id = c.activity_id
        WHERE c.shop_id = ?1 AND c.pool = ?2 AND c.serial = ?3 AND c.activity_id < ?4
        ORDER BY c.activity_id DESC LIMIT ?5";

    ACTIVITIES_OF_ORDER = "
        SELECT body FROM activities WHERE shop_id = ?1 AND order_id = ?2 ORDER BY activity_id";
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rusqlite::Connection;

    use super::*;
    use crate::sqlite::migrate;

    fn empty_database() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate::run(&mut conn, migrate::ALL, Timestamp::UNIX_EPOCH).unwrap();
        conn
    }

    fn plan(conn: &Connection, sql: &str) -> Vec<String> {
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let unbound = vec![rusqlite::types::Null; explain.parameter_count()];
        let steps =
            explain.query_map(rusqlite::params_from_iter(unbound), |step| step.get("detail")).unwrap();
        steps.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn no_statement_scans_a_table_or_sorts() {
        let conn = empty_database();
        for (name, sql) in ALL {
            for step in plan(&conn, sql) {
                assert!(!step.contains("SCAN") && !step.contains("TEMP B-TREE"), "{name}: {step}");
            }
        }
    }

    #[test]
    fn the_plan_test_sees_a_scan() {
        let conn = empty_database();
        let steps =
            plan(&conn, "SELECT body FROM resource_history WHERE written_by = ?1 ORDER BY written_at");
        assert!(steps.iter().any(|step| step.contains("SCAN resource_history")), "{steps:?}");
        assert!(steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
    }

    #[test]
    fn every_statement_names_its_shop_and_every_list_its_order() {
        for (name, sql) in ALL {
            let by_shop = sql.contains("shop_id = ?1")
                || sql.contains("VALUES (?1,")
                || ["SHOPS", "JOB_SHOPS_DUE"].contains(name);
            assert!(by_shop, "{name}");
            assert!(!sql.contains("OFFSET"), "{name}");
            assert!(!sql.contains("LIMIT") || sql.contains("ORDER BY"), "{name}");
        }
    }

    #[test]
    fn the_shop_leads_every_primary_key_and_unique_index() {
        let conn = empty_database();
        let indexes = "
            SELECT t.name || '.' || i.name, c.name FROM pragma_table_list t
            JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
            WHERE t.schema = 'main' AND i.\"unique\" AND c.seqno = 0 ORDER BY 1";
        let mut leads = conn.prepare(indexes).unwrap();
        let leads: Vec<(String, String)> =
            leads.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        assert!(leads.len() >= 20, "{leads:?}");
        for (index, column) in leads {
            assert_eq!(column, "shop_id", "{index}");
        }
    }
}
