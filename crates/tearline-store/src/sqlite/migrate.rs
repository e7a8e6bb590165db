//! Migrations: numbered, embedded, forward only, each applied once and remembered with its checksum.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::backup::SchemaState;
use crate::StoreError;

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// Every migration; the first is number 1. A published one is never changed, only followed.
pub(super) const ALL: &[Migration] = &[
    Migration { name: "configuration", sql: include_str!("migrations/0001_configuration.sql") },
    Migration { name: "ledger", sql: include_str!("migrations/0002_ledger.sql") },
    Migration { name: "codes", sql: include_str!("migrations/0003_codes.sql") },
    Migration { name: "history", sql: include_str!("migrations/0004_history.sql") },
    Migration { name: "timelines", sql: include_str!("migrations/0005_timelines.sql") },
    Migration { name: "imports", sql: include_str!("migrations/0006_imports.sql") },
    Migration { name: "jobs", sql: include_str!("migrations/0007_jobs.sql") },
    Migration { name: "balances", sql: include_str!("migrations/0008_balances.sql") },
    Migration { name: "pools", sql: include_str!("migrations/0009_pools.sql") },
    Migration { name: "emails", sql: include_str!("migrations/0010_emails.sql") },
    Migration { name: "coupons", sql: include_str!("migrations/0011_coupons.sql") },
];

/// Marks a file as ours, `TRLN` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x5452_4c4e;

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version    INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1),
        name       TEXT    NOT NULL,
        blake3     TEXT    NOT NULL CHECK (length(blake3) = 64),
        applied_at INTEGER NOT NULL
    ) STRICT";

impl Migration {
    fn checksum(&self) -> String {
        blake3::hash(self.sql.as_bytes()).to_hex().to_string()
    }
}

/// What the database remembers of a migration.
struct Applied {
    version: u32,
    name: String,
    blake3: String,
}

/// Brings the schema from wherever it is to the last of `migrations`, all in one transaction.
///
/// # Errors
///
/// [`StoreError::Newer`] and [`StoreError::MigrationChanged`], before anything is touched.
pub(super) fn run(conn: &mut Connection, migrations: &[Migration], at: Timestamp) -> Result<(), StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(TABLE)?;
    let applied = applied(&tx)?;
    refuse_strange(&applied, migrations)?;
    for (version, migration) in (1_u32..).zip(migrations).skip(applied.len()) {
        apply(&tx, version, migration, at)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(tx.commit()?)
}

/// Where the schema of a database stands.
///
/// # Errors
///
/// As [`run`]'s.
pub(super) fn state(conn: &Connection, migrations: &[Migration]) -> Result<SchemaState, StoreError> {
    let is_new = "SELECT count(*) = 0 FROM sqlite_schema WHERE name = 'schema_migrations'";
    let is_new = conn.query_row(is_new, [], |row| row.get(0))?;
    let applied = if is_new { Vec::new() } else { applied(conn)? };
    refuse_strange(&applied, migrations)?;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(SchemaState { applied: count(applied.len()), known: count(migrations.len()) })
}

fn applied(conn: &Connection) -> Result<Vec<Applied>, StoreError> {
    let mut select = conn.prepare("SELECT version, name, blake3 FROM schema_migrations ORDER BY version")?;
    let rows = select
        .query_map([], |row| Ok(Applied { version: row.get(0)?, name: row.get(1)?, blake3: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn refuse_strange(applied: &[Applied], migrations: &[Migration]) -> Result<(), StoreError> {
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if let Some(last) = applied.last().filter(|last| last.version > known) {
        return Err(StoreError::Newer { found: last.version, known });
    }
    for ((version, ours), theirs) in (1_u32..).zip(migrations).zip(applied) {
        if (theirs.version, &theirs.blake3) != (version, &ours.checksum()) {
            return Err(StoreError::MigrationChanged { version, applied: theirs.name.clone() });
        }
    }
    Ok(())
}

fn apply(tx: &Transaction<'_>, version: u32, migration: &Migration, at: Timestamp) -> Result<(), StoreError> {
    tx.execute_batch(migration.sql)?;
    tx.execute(
        "INSERT INTO schema_migrations (version, name, blake3, applied_at) VALUES (?1, ?2, ?3, ?4)",
        params![version, migration.name, migration.checksum(), at.as_microsecond()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration { name: "first", sql: "CREATE TABLE a (x INTEGER) STRICT;" };
    const SECOND: Migration = Migration { name: "second", sql: "CREATE TABLE b (x INTEGER) STRICT;" };
    const BROKEN: Migration = Migration { name: "broken", sql: "CREATE TABLE c (x INTEGER) STRICT; CREATE;" };

    fn run_on(conn: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
        run(conn, migrations, Timestamp::UNIX_EPOCH)
    }

    fn tables(conn: &Connection) -> String {
        let names = "SELECT group_concat(name, ' ' ORDER BY name) FROM sqlite_schema WHERE type = 'table'";
        conn.query_row(names, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn each_migration_runs_once() {
        let mut conn = Connection::open_in_memory().unwrap();
        run_on(&mut conn, &[FIRST]).unwrap();
        run_on(&mut conn, &[FIRST, SECOND]).unwrap();
        run_on(&mut conn, &[FIRST, SECOND]).unwrap();
        assert_eq!(tables(&conn), "a b schema_migrations");
    }

    #[test]
    fn a_newer_database_is_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        run_on(&mut conn, &[FIRST, SECOND]).unwrap();
        let refused = run_on(&mut conn, &[FIRST]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the database is at migration 2, this program knows 1: use a newer program"
        );
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        run_on(&mut conn, &[FIRST, SECOND]).unwrap();
        let refused = run_on(&mut conn, &[FIRST, Migration { sql: "-- ", ..SECOND }]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "migration 2 was applied as `second`, but this program has another text for it"
        );
    }

    #[test]
    fn a_missing_migration_is_refused() {
        let mut conn = Connection::open_in_memory().unwrap();
        run_on(&mut conn, &[FIRST, SECOND]).unwrap();
        conn.execute("DELETE FROM schema_migrations WHERE version = 1", []).unwrap();
        let refused = run_on(&mut conn, &[FIRST, SECOND]).unwrap_err();
        assert!(matches!(refused, StoreError::MigrationChanged { version: 1, .. }), "{refused:?}");
    }

    /// Two orders of a credit in two currencies, one of which was cancelled, an order of somebody's own, a hold.
    #[test]
    fn balances_are_counted_anew_by_currency() {
        let mut conn = Connection::open_in_memory().unwrap();
        let balances = ALL.iter().position(|migration| migration.name == "balances").unwrap();
        run_on(&mut conn, &ALL[..balances]).unwrap();
        let claim = |kind: &str, of: &str, take: i64| {
            format!(
                r#"{{"of":{{"limit":{{"promotion":"c","limit":"{kind}","of":"{of}"}}}},"take":{take},"most":9}}"#
            )
        };
        let body = |currency: &str, claims: &[String]| {
            let claims = claims.join(",");
            format!(r#"{{"claims":[{claims}],"priced":{{"due":0.5,"quote":{{"currency":"{currency}"}}}}}}"#)
        };
        conn.execute("INSERT INTO shops (shop_id, config_version) VALUES ('s', 0)", []).unwrap();
        let code = r#"{"of":{"code":{"pool":"p","serial":1}},"take":1,"most":1}"#.to_owned();
        for (id, state, body) in [
            ("a", "placed", body("USD", &[claim("shared_balance", "", 300), code])),
            ("b", "placed", body("EUR", &[claim("shared_balance", "", 200)])),
            ("c", "cancelled", body("EUR", &[claim("shared_balance", "", 100)])),
            ("d", "placed", body("USD", &[claim("total", "", 1), claim("own_balance", "ann", 50)])),
        ] {
            let row = params![id, state, body];
            conn.execute("INSERT INTO orders VALUES ('s', ?1, NULL, ?2, 0, ?3)", row).unwrap();
        }
        let held = body("EUR", &[claim("shared_balance", "", 7)]);
        conn.execute("INSERT INTO holds VALUES ('s', 'cart', NULL, 60, ?1)", [held]).unwrap();
        conn.execute_batch(
            "INSERT INTO hold_claims VALUES ('s', 'c', 'shared_balance', '', 'cart', NULL, 60, 7);
             INSERT INTO limits VALUES ('s', 'c', 'shared_balance', '', 500, 7, 60), ('s', 'c', 'total', '', 1, 0, NULL),
                ('s', 'c', 'own_balance', 'ann', 50, 0, NULL);",
        )
        .unwrap();

        run_on(&mut conn, ALL).unwrap();
        let all = |sql: &str| {
            let mut select = conn.prepare(sql).unwrap();
            let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.collect::<Result<Vec<_>, _>>().unwrap()
        };
        let limits =
            "SELECT concat_ws(' ', limit_kind, counted_for, used, held, earliest_hold_end) FROM limits";
        assert_eq!(
            all(limits),
            [
                "own_balance USD:ann 50 0",
                "shared_balance EUR 200 7 60",
                "shared_balance USD 300 0",
                "total  1 0"
            ]
        );
        assert_eq!(all("SELECT counted_for FROM hold_claims"), ["EUR"]);
        let told =
            "SELECT json_extract(body, '$.claims[' || (json_array_length(body, '$.claims') - 1) || '].of')
            FROM orders ORDER BY order_id";
        assert_eq!(all(told)[3], r#"{"limit":{"promotion":"c","limit":"own_balance","of":"USD:ann"}}"#);
        assert_eq!(all(told)[0], r#"{"code":{"pool":"p","serial":1}}"#);
        assert!(all("SELECT body FROM orders")[1].contains(r#""due":0.5"#));
    }

    #[test]
    fn a_broken_migration_leaves_the_schema_as_it_was() {
        let mut conn = Connection::open_in_memory().unwrap();
        run_on(&mut conn, &[FIRST]).unwrap();
        assert!(run_on(&mut conn, &[FIRST, SECOND, BROKEN]).is_err());
        assert_eq!(tables(&conn), "a schema_migrations");
    }
}
