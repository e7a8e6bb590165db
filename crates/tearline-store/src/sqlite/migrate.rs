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

    #[test]
    fn a_broken_migration_leaves_the_schema_as_it_was() {
        let mut conn = Connection::open_in_memory().unwrap();
        run_on(&mut conn, &[FIRST]).unwrap();
        assert!(run_on(&mut conn, &[FIRST, SECOND, BROKEN]).is_err());
        assert_eq!(tables(&conn), "a schema_migrations");
    }
}
