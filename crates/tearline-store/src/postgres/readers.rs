//! Connections that read: each serves many at a time, one answer behind the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Mutex;

use super::address::PostgresAddress;
use super::connection::Conn;
use crate::StoreError;

/// A few connections, taken in turn, made when they are first needed.
pub(super) struct Readers {
    address: PostgresAddress,
    turn: AtomicUsize,
    is_closed: AtomicBool,
    conns: Vec<Mutex<Option<Arc<Conn>>>>,
}

impl Readers {
    pub(super) fn new(address: PostgresAddress, size: usize) -> Self {
        let conns = (0..size).map(|_| Mutex::new(None)).collect();
        Self { address, turn: AtomicUsize::new(0), is_closed: AtomicBool::new(false), conns }
    }

    /// The next connection.
    pub(super) async fn conn(&self) -> Result<Arc<Conn>, StoreError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut conn = self.conns[turn % self.conns.len()].lock().await;
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        if let Some(open) = conn.as_ref().filter(|conn| !conn.is_closed()) {
            return Ok(Arc::clone(open));
        }
        let opened = Arc::new(Conn::open(&self.address).await?);
        *conn = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Lets go of every connection; reads under way end first.
    pub(super) async fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        for conn in &self.conns {
            conn.lock().await.take();
        }
    }
}
