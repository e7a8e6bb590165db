//! Migrations: numbered, embedded, forward only, each applied once and remembered with its checksum.

use jiff::Timestamp;

use super::connection::{Call, Conn, call};
use super::rows::get;
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
    Migration { name: "imports", sql: include_str!("migrations/0004_imports.sql") },
    Migration { name: "jobs", sql: include_str!("migrations/0005_jobs.sql") },
    Migration { name: "coupons", sql: include_str!("migrations/0006_coupons.sql") },
];

/// The oldest server that does.
const NEEDED: u32 = 15;

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS tearline_migrations (
        version    BIGINT NOT NULL PRIMARY KEY CHECK (version >= 1),
        name       TEXT   NOT NULL,
        blake3     TEXT   NOT NULL CHECK (length(blake3) = 64),
        applied_at BIGINT NOT NULL
    )";

const SERVER: &str =
    "SELECT current_setting('server_version_num')::bigint, current_setting('server_version')";

/// Of several processes that start together one migrates, the others wait: `TRLN` in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1414679630)";

/// How many tables there are, and how many of them are our list of migrations.
const TABLES: &str = "
    SELECT count(*), count(*) FILTER (WHERE relname = 'tearline_migrations') FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')";

const APPLIED: &str = "SELECT version, name, blake3 FROM tearline_migrations ORDER BY version";

const REMEMBER: &str =
    "INSERT INTO tearline_migrations (version, name, blake3, applied_at) VALUES ($1, $2, $3, $4)";

impl Migration {
    #[cfg(test)]
    pub(super) fn text(&self) -> &'static str {
        self.sql
    }

    fn checksum(&self) -> String {
        blake3::hash(self.sql.as_bytes()).to_hex().to_string()
    }
}

/// Brings the schema from wherever it is to the last of `migrations`, all in one transaction.
///
/// # Errors
///
/// [`StoreError::TooOld`], [`StoreError::Foreign`], [`StoreError::Newer`] and [`StoreError::MigrationChanged`], before
/// anything is touched.
pub(super) async fn run(
    conn: &Conn,
    place: &str,
    migrations: &[Migration],
    at: Timestamp,
) -> Result<(), StoreError> {
    refuse_old_server(conn).await?;
    let done = migrate(conn, place, migrations, at).await;
    let end: &[Call<'_>] = &[if done.is_ok() { call!("COMMIT") } else { call!("ROLLBACK") }];
    done.and(conn.pipeline(end).await.map(|_| ()))
}

async fn refuse_old_server(conn: &Conn) -> Result<(), StoreError> {
    let Some(row) = conn.first(SERVER, &[]).await? else { return Ok(()) };
    if get::<i64>(&row, 0)? < i64::from(NEEDED) * 10_000 {
        return Err(StoreError::TooOld { found: get(&row, 1)?, needed: NEEDED });
    }
    Ok(())
}

async fn migrate(
    conn: &Conn,
    place: &str,
    migrations: &[Migration],
    at: Timestamp,
) -> Result<(), StoreError> {
    conn.pipeline(&[call!("BEGIN"), call!(LOCK)]).await?;
    refuse_foreign(conn, place).await?;
    conn.script(TABLE).await?;
    let applied = applied(conn).await?;
    refuse_strange(&applied, migrations)?;
    for (version, migration) in (1_u32..).zip(migrations).skip(applied.len()) {
        conn.script(migration.sql).await?;
        let checksum = migration.checksum();
        let row = call!(REMEMBER, i64::from(version), migration.name, checksum, at.as_microsecond());
        conn.pipeline(&[row]).await?;
    }
    Ok(())
}

/// Lets pass what bears our mark, and what has nothing in it yet; everything else is left as it is.
async fn refuse_foreign(conn: &Conn, place: &str) -> Result<(), StoreError> {
    let Some(tables) = conn.first(TABLES, &[]).await? else { return Ok(()) };
    let (all, ours): (i64, i64) = (get(&tables, 0)?, get(&tables, 1)?);
    if all > 0 && ours == 0 {
        let why = "another program's tables are in it";
        return Err(StoreError::Foreign { place: place.to_owned(), why });
    }
    Ok(())
}

/// What the database remembers of a migration.
struct Applied {
    version: i64,
    name: String,
    blake3: String,
}

async fn applied(conn: &Conn) -> Result<Vec<Applied>, StoreError> {
    let rows = conn.rows(APPLIED, &[]).await?;
    let read = |row| Ok(Applied { version: get(row, 0)?, name: get(row, 1)?, blake3: get(row, 2)? });
    rows.iter().map(read).collect()
}

fn refuse_strange(applied: &[Applied], migrations: &[Migration]) -> Result<(), StoreError> {
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if let Some(last) = applied.last().filter(|last| last.version > i64::from(known)) {
        return Err(StoreError::Newer { found: u32::try_from(last.version).unwrap_or(u32::MAX), known });
    }
    for ((version, ours), theirs) in (1_u32..).zip(migrations).zip(applied) {
        if (theirs.version, &theirs.blake3) != (version.into(), &ours.checksum()) {
            return Err(StoreError::MigrationChanged { version, applied: theirs.name.clone() });
        }
    }
    Ok(())
}
