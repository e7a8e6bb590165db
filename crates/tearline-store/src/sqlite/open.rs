//! Opening the file: one process at a time, nothing that is not ours, the schema brought up to date.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrate;
use crate::StoreError;

/// How long to wait for a lock that some other program, a backup or a shell, holds on the file.
const BUSY: Duration = Duration::from_secs(5);

/// More than there are statements, so that each is parsed once per connection.
const STATEMENTS_KEPT: usize = 64;

/// An open database: one connection that writes, and the lock that makes this process the only one.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) writer: Connection,
    pub(super) lock: File,
}

/// Opens or makes the database and brings its schema up to date.
pub(super) fn open(path: &Path, at: Timestamp) -> Result<Database, StoreError> {
    let lock = lock(path)?;
    let mut writer = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    refuse_foreign(path, &writer)?;
    configure(path, &writer)?;
    migrate::run(&mut writer, migrate::ALL, at)?;
    Ok(Database { writer, lock })
}

/// One more connection to an open database, one that cannot write.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let conn = connect(path, OpenFlags::empty())?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(conn)
}

/// Takes the lock file beside the database; the system lets go of it when the process ends, however it ends.
///
/// The database itself is not the file to lock: closing any handle on it would drop the locks SQLite holds there.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let lock = File::options().create(true).truncate(false).write(true).open(lock_path(path));
    let lock = lock.map_err(|source| StoreError::open(path, source))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::open(path, source)),
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    name.into()
}

fn connect(path: &Path, more: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let conn = Connection::open_with_flags(path, flags).map_err(|source| StoreError::open(path, source))?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(conn)
}

fn configure(path: &Path, writer: &Connection) -> Result<(), StoreError> {
    let mode: String = writer.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        let source = io::Error::other("its file system cannot share memory between connections");
        return Err(StoreError::open(path, source));
    }
    writer.pragma_update(None, "synchronous", "full")?;
    writer.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Lets pass what bears our mark, and what has nothing in it yet; everything else is left as it is.
pub(super) fn refuse_foreign(path: &Path, conn: &Connection) -> Result<(), StoreError> {
    let foreign = |why| Err(StoreError::Foreign { place: path.display().to_string(), why });
    let mark: i32 = match conn.pragma_query_value(None, "application_id", |row| row.get(0)) {
        Err(failure) if failure.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return foreign("it is no SQLite file");
        }
        mark => mark?,
    };
    let things: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if mark == migrate::APPLICATION_ID || (mark == 0 && things == 0) {
        return Ok(());
    }
    foreign("another program made this SQLite file")
}
