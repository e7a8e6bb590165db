//! A few connections that read, beside the one that writes: in WAL mode neither waits for the other.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::open;
use crate::StoreError;

/// How many reads run at once.
const READERS: u32 = 4;

/// The idle connections, and a permit for each that exists.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let idle: Vec<_> = (0..READERS).map(|_| open::reader(path)).collect::<Result<_, _>>()?;
        Ok(Self { permits: Arc::new(Semaphore::new(idle.len())), idle: Arc::new(Mutex::new(idle)) })
    }

    /// Reads right here: for a row or two found by key, which takes microseconds.
    pub(super) async fn look_up<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.borrow().await?.read(read)
    }

    /// Reads on a thread that may block: for a page or more.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let borrowed = self.borrow().await?;
        let done = tokio::task::spawn_blocking(move || borrowed.read(read)).await;
        done.unwrap_or_else(|failure| match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Closed),
        })
    }

    /// Waits for the reads under way and closes every connection.
    pub(super) async fn close(&self) {
        if self.permits.acquire_many(READERS).await.is_ok() {
            self.permits.close();
            self.idle().clear();
        }
    }

    async fn borrow(&self) -> Result<Borrowed, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let conn = self.idle().pop();
        debug_assert!(conn.is_some(), "a permit stands for an idle connection");
        Ok(Borrowed { conn, readers: self.clone(), _permit: permit })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back when dropped, also after a panic; then its permit follows.
struct Borrowed {
    conn: Option<Connection>,
    readers: Readers,
    _permit: OwnedSemaphorePermit,
}

impl Borrowed {
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        read(self.conn.as_ref().ok_or(StoreError::Closed)?)
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        self.readers.idle().extend(self.conn.take());
    }
}
