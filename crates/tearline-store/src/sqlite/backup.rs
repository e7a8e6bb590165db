//! Copies of the file: taken while a server writes to it, and put back.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{migrate, open};
use crate::StoreError;

/// How many pages are copied between two reports: a megabyte.
const PAGES: i32 = 256;

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are copied.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Where a database's schema stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// The last migration that it has seen; 0 if it is new.
    pub applied: u32,
    /// The last one that this program has.
    pub known: u32,
}

/// Copies the database at `from` to the new file `to`, as it is at one instant; a server may go on writing meanwhile.
/// What was copied is checked before it gets its name.
///
/// # Errors
///
/// There is no database, or a file of the other name; or what the disk says.
pub fn back_up(from: &Path, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), StoreError> {
    refuse_existing(to)?;
    let source = open_existing(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.pragma_update(None, "query_only", true)?;
    copy(&source, to, progress)
}

/// Makes the database `to` anew from the copy `from`, and applies the migrations that it lacks, noted as done `at`.
///
/// # Errors
///
/// The copy is none, is damaged, or was made by a newer program; there is a database already, or a server has its
/// folder; or what the disk says.
pub fn restore(
    from: &Path,
    to: &Path,
    at: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<SchemaState, StoreError> {
    let lock = open::lock(to)?;
    refuse_existing(to)?;
    let source = open_existing(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let state = migrate::state(&source, migrate::ALL)?;
    copy(&source, to, progress)?;
    drop(lock);
    open::open(to, at)?;
    Ok(state)
}

/// Where the schema of a database stands; it is left as it is.
///
/// # Errors
///
/// There is no database of ours, or a newer program made it.
pub fn schema_state(path: &Path) -> Result<SchemaState, StoreError> {
    migrate::state(&open_existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?, migrate::ALL)
}

pub(super) fn open_existing(path: &Path, mode: OpenFlags) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::open(path, io::Error::from(io::ErrorKind::NotFound)));
    }
    let conn = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|source| StoreError::open(path, source))?;
    conn.busy_timeout(Duration::from_secs(5))?;
    open::refuse_foreign(path, &conn)?;
    Ok(conn)
}

fn refuse_existing(path: &Path) -> Result<(), StoreError> {
    if path.exists() { Err(StoreError::Exists { path: path.to_owned() }) } else { Ok(()) }
}

/// Copies under another name first: whoever finds a file of the right name finds a whole one.
fn copy(source: &Connection, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), StoreError> {
    let part = part_path(to);
    let copied = copy_to(source, &part, progress)
        .and_then(|()| fs::rename(&part, to).map_err(|source| StoreError::open(to, source)));
    if copied.is_err() {
        // What is left of a failed copy helps nobody; that it cannot go either adds nothing to the failure.
        let _ = fs::remove_file(&part);
    }
    copied?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| StoreError::open(folder, source))
}

fn part_path(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn copy_to(source: &Connection, part: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), StoreError> {
    // Only its owner may look into it: it holds customers' data.
    let mut private = OpenOptions::new();
    private.write(true).create(true).truncate(true).mode(0o600);
    private.open(part).map_err(|source| StoreError::open(part, source))?;
    let mut target = Connection::open(part).map_err(|source| StoreError::open(part, source))?;
    // One read that lasts as long as the copy, so that it is of one instant and never begins anew.
    let reading = source.unchecked_transaction()?;
    let page: u32 = reading.pragma_query_value(None, "page_size", |row| row.get(0))?;
    reading.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    {
        let backup = Backup::new(&reading, &mut target)?;
        loop {
            let step = backup.step(PAGES)?;
            let at = backup.progress();
            let bytes = |pages: i32| u64::try_from(pages).unwrap_or(0) * u64::from(page);
            progress(Progress { done: bytes(at.pagecount - at.remaining), total: bytes(at.pagecount) });
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
    drop(reading);
    // One file, with no log beside it.
    target.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
    let told: String = target.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if told != "ok" {
        return Err(StoreError::damaged("the copy", io::Error::other(told)));
    }
    target.close().map_err(|(_, failure)| failure)?;
    let synced = File::open(part).and_then(|file| file.sync_all());
    synced.map_err(|source| StoreError::open(part, source))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::SqliteStore;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn database(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("tearline.db");
        drop(open::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        path
    }

    fn shops(path: &Path) -> i64 {
        let conn = Connection::open(path).unwrap();
        conn.query_row("SELECT count(*) FROM shops", [], |row| row.get(0)).unwrap()
    }

    fn add_shops(path: &Path, from: u32, count: u32) {
        let mut conn = Connection::open(path).unwrap();
        let tx = conn.transaction().unwrap();
        for n in from..from + count {
            tx.execute("INSERT INTO shops (shop_id, config_version) VALUES (?1, 0)", [format!("s{n}")])
                .unwrap();
        }
        tx.commit().unwrap();
    }

    /// A writer goes on in the middle of the copy, which stays of the instant at which it began.
    #[test]
    fn a_copy_is_of_one_instant_while_others_write() {
        let folder = folder();
        let (path, to) = (database(&folder), folder.path().join("copy.db"));
        // More than one step's worth of pages.
        add_shops(&path, 0, 100_000);
        let mut reports = Vec::new();
        let mut write = |at: Progress| {
            reports.push(at);
            add_shops(&path, 1_000_000 + u32::try_from(reports.len()).unwrap(), 1);
        };
        back_up(&path, &to, &mut write).unwrap();
        assert!(reports.len() > 1, "{reports:?}");
        assert!(reports.iter().is_sorted_by_key(|at| at.done) && reports.last().unwrap().done > 0);
        assert_eq!(shops(&to), 100_000);
        assert_eq!(shops(&path), 100_000 + i64::try_from(reports.len()).unwrap());
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_copy_is_put_back_where_there_is_none() {
        let folder = folder();
        let path = database(&folder);
        add_shops(&path, 0, 3);
        let (copy, new) = (folder.path().join("copy.db"), folder.path().join("new.db"));
        back_up(&path, &copy, &mut |_| {}).unwrap();
        let existing = back_up(&path, &copy, &mut |_| {}).unwrap_err();
        assert!(matches!(existing, StoreError::Exists { .. }), "{existing:?}");
        let existing = restore(&copy, &path, Timestamp::UNIX_EPOCH, &mut |_| {}).unwrap_err();
        assert!(matches!(existing, StoreError::Exists { .. }), "{existing:?}");
        let state = restore(&copy, &new, Timestamp::UNIX_EPOCH, &mut |_| {}).unwrap();
        assert_eq!(state.applied, state.known);
        assert_eq!(shops(&new), 3);
        drop(SqliteStore::open(&new, Timestamp::UNIX_EPOCH).unwrap());
    }

    #[test]
    fn what_is_no_copy_is_refused_and_nothing_is_made() {
        let folder = folder();
        let (bad, new) = (folder.path().join("bad.db"), folder.path().join("new.db"));
        fs::write(&bad, "not a database").unwrap();
        let refused = restore(&bad, &new, Timestamp::UNIX_EPOCH, &mut |_| {}).unwrap_err();
        assert!(matches!(refused, StoreError::Foreign { .. }), "{refused:?}");
        let gone =
            restore(&folder.path().join("gone.db"), &new, Timestamp::UNIX_EPOCH, &mut |_| {}).unwrap_err();
        assert!(matches!(gone, StoreError::Open { .. }), "{gone:?}");
        assert!(!new.exists());

        // Torn off in the middle, as by a disk that was full.
        let path = database(&folder);
        add_shops(&path, 0, 10_000);
        let torn = folder.path().join("torn.db");
        back_up(&path, &torn, &mut |_| {}).unwrap();
        let bytes = fs::metadata(&torn).unwrap().len();
        File::options().write(true).open(&torn).unwrap().set_len(bytes / 2).unwrap();
        let refused = restore(&torn, &new, Timestamp::UNIX_EPOCH, &mut |_| {}).unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. } | StoreError::Database { .. }), "{refused:?}");
        assert!(!new.exists() && !part_path(&new).exists());
    }
}
