//! The database's clock, read here.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::readers::Readers;
use super::rows::get;
use super::sql;
use crate::StoreError;

/// Tells the time that the database has: of processes that share it, all tell the same, however wrong the clocks of
/// their machines are.
#[derive(Clone, Debug, Default)]
pub struct PostgresClock {
    /// By how many microseconds it is ahead of this machine's.
    ahead: Arc<AtomicI64>,
}

impl PostgresClock {
    /// The instant that it is.
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_micros(self.ahead.load(Ordering::Relaxed));
        let here = Timestamp::now();
        here.checked_add(ahead).unwrap_or(here)
    }

    /// Looks what time it is there. The way back takes as long as the way there, give or take.
    pub(super) async fn set(&self, readers: &Readers) -> Result<(), StoreError> {
        let conn = readers.conn().await?;
        let asked_at = Timestamp::now().as_microsecond();
        let there = conn.first(sql::CLOCK, &[]).await?.map(|row| get::<i64>(&row, 0)).transpose()?;
        let here = i64::midpoint(asked_at, Timestamp::now().as_microsecond());
        self.ahead.store(there.unwrap_or(here) - here, Ordering::Relaxed);
        Ok(())
    }
}
