//! How a store fails.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Source = Arc<dyn Error + Send + Sync>;

/// A failure of the world below the store. Nothing of the call has happened, unless the variant says otherwise.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the database open.
    #[error("{} is in use by another process: stop it first, or give this one its own folder", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The file or its folder cannot be opened or made.
    #[error("{} cannot be opened", path.display())]
    Open {
        /// The database.
        path: PathBuf,
        /// What the system says.
        source: Source,
    },
    /// There is a file already where one was to be made.
    #[error("{} is there already, and nothing is ever written over: move it away, or name another", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file, or a database, is something else than a Tearline's; it was left as it is.
    #[error("{place} is not a Tearline database: {why}")]
    Foreign {
        /// The file or the database.
        place: String,
        /// What it looks like instead.
        why: &'static str,
    },
    /// The address of a database server says nothing that could be meant.
    #[error("the address of the database cannot be used: {why}")]
    Address {
        /// What is wrong with it; never the address itself, which may have a password in it.
        why: String,
    },
    /// The database server does not let us in: a wrong password, an unknown database, no rights.
    #[error("{place} does not let us in")]
    Denied {
        /// The server and the database.
        place: String,
        /// What the server says.
        source: Source,
    },
    /// The database server is of a version that we do not know how to use.
    #[error("the database server has version {found}: at least version {needed} is needed")]
    TooOld {
        /// Its version.
        found: String,
        /// The oldest one that does.
        needed: u32,
    },
    /// The database server cannot be reached, or the connection to it was lost. Nothing has happened.
    #[error("{place} cannot be reached")]
    Unreachable {
        /// The server and the database.
        place: String,
        /// What the system says.
        source: Source,
    },
    /// The connection was lost while a transaction was being committed, and the database did not come back in time:
    /// what was asked may have happened. Asked again under the same name, it happens once.
    #[error("the connection was lost, and whether it happened cannot be told yet: ask again")]
    Uncertain,
    /// The database was made by a newer program.
    #[error("the database is at migration {found}, this program knows {known}: use a newer program")]
    Newer {
        /// The newest migration the database has seen.
        found: u32,
        /// The newest one this program has.
        known: u32,
    },
    /// A migration that the database has seen is not the one this program has.
    #[error("migration {version} was applied as `{applied}`, but this program has another text for it")]
    MigrationChanged {
        /// The migration's number.
        version: u32,
        /// The name under which it was applied.
        applied: String,
    },
    /// Someone else kept the database locked, or was in the way, for too long.
    #[error("the database is locked")]
    Busy {
        /// What the database says.
        source: Source,
    },
    /// There is no space left to write to.
    #[error("the disk is full")]
    Full {
        /// What the database says.
        source: Source,
    },
    /// What was read is not what can have been written.
    #[error("the database is damaged: {what}")]
    Damaged {
        /// Where it shows.
        what: &'static str,
        /// What the reader says.
        source: Source,
    },
    /// Anything else the database reports.
    #[error("the database failed")]
    Database {
        /// What the database says.
        source: Source,
    },
    /// The store is closed. A write that was under way when its writer died may have happened.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the same call, a little later, may well succeed without anyone lifting a finger.
    ///
    /// ```
    /// assert!(!tearline_store::StoreError::Closed.retryable());
    /// ```
    pub fn retryable(&self) -> bool {
        match self {
            Self::InUse { .. } | Self::Busy { .. } | Self::Unreachable { .. } | Self::Uncertain => true,
            Self::Open { .. }
            | Self::Exists { .. }
            | Self::Foreign { .. }
            | Self::Address { .. }
            | Self::Denied { .. }
            | Self::TooOld { .. }
            | Self::Newer { .. }
            | Self::MigrationChanged { .. }
            | Self::Full { .. }
            | Self::Damaged { .. }
            | Self::Database { .. }
            | Self::Closed => false,
        }
    }

    pub(crate) fn open(path: &Path, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Open { path: path.to_owned(), source: Arc::new(source) }
    }

    pub(crate) fn damaged(what: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self::Damaged { what, source: Arc::new(source) }
    }
}
