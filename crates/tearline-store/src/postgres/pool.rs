//! Connections, so many and no more.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tearline_core::names::ShopId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::address::PostgresAddress;
use super::connection::Conn;
use crate::StoreError;

/// A place for a connection, and what its transactions are known by.
pub(super) struct Slot {
    pub(super) writer: Uuid,
    /// How many transactions it has begun to commit.
    pub(super) mark: i64,
    /// The shops in which it has left a mark.
    pub(super) marked: BTreeSet<ShopId>,
    conn: Option<Conn>,
}

/// Connections that are each used by one at a time.
#[derive(Clone)]
pub(super) struct Pool {
    address: PostgresAddress,
    size: u32,
    permits: Arc<Semaphore>,
    slots: Arc<Mutex<Vec<Slot>>>,
}

impl Pool {
    pub(super) fn new(address: PostgresAddress, size: u32) -> Self {
        let slot = |_| Slot { writer: Uuid::now_v7(), mark: 0, marked: BTreeSet::new(), conn: None };
        let slots = Arc::new(Mutex::new((0..size).map(slot).collect()));
        Self { address, size, permits: Arc::new(Semaphore::new(size as usize)), slots }
    }

    /// Waits for a place, and connects if it has lost its connection.
    pub(super) async fn lease(&self) -> Result<Lease, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let slot = self.slots().pop();
        debug_assert!(slot.is_some(), "a permit stands for a slot");
        let mut lease = Lease { slot, pool: self.clone(), _permit: permit };
        lease.connect().await?;
        Ok(lease)
    }

    /// Waits until every place is given back, and closes all connections.
    pub(super) async fn close(&self) {
        if self.permits.acquire_many(self.size).await.is_ok() {
            self.permits.close();
            self.slots().clear();
        }
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection, until it is dropped. One that was dropped in the midst of something is closed.
pub(super) struct Lease {
    slot: Option<Slot>,
    pool: Pool,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    /// Connects anew if the connection is closed or was given up.
    pub(super) async fn connect(&mut self) -> Result<&Conn, StoreError> {
        let is_open = self.slot().conn.as_ref().is_some_and(|conn| !conn.is_closed());
        if !is_open {
            self.slot_mut().conn = Some(Conn::open(&self.pool.address).await?);
        }
        Ok(self.conn())
    }

    pub(super) fn conn(&self) -> &Conn {
        self.slot().conn.as_ref().expect("a lease is connected before it is given away")
    }

    /// Closes the connection, whatever it was doing.
    pub(super) fn give_up(&mut self) {
        self.slot_mut().conn = None;
    }

    pub(super) fn slot(&self) -> &Slot {
        self.slot.as_ref().expect("a lease has its slot until it is dropped")
    }

    pub(super) fn slot_mut(&mut self) -> &mut Slot {
        self.slot.as_mut().expect("a lease has its slot until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.slots().extend(self.slot.take());
    }
}
