//! How values are written in every SQL database.

use std::sync::{LazyLock, Mutex};

use jiff::Timestamp;
use tearline_core::ledger::Claimed;
use uuid::{ContextV7, Uuid};

use crate::StoreError;

/// A count as a statement compares it: one beyond what a column can hold is beyond every row too.
pub(crate) fn bound(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Microseconds since 1970 as an instant.
pub(crate) fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    let nanos = i32::try_from(micros % 1_000_000 * 1_000).expect("below a second there are 10^9 nanoseconds");
    Timestamp::new(micros / 1_000_000, nanos).map_err(|bad| StoreError::damaged("an instant", bad))
}

/// Under what the holds of a limit, or of a code, are listed.
pub(crate) fn claimed_key(claimed: &Claimed) -> (&str, &str, String) {
    match claimed {
        Claimed::Limit(key) => (key.promotion.as_str(), key.limit.as_str(), key.of.clone()),
        Claimed::Code(id) => (id.pool.as_str(), "code", id.serial.to_string()),
    }
}

/// Keeps apart, and in order, what happens at one instant.
static IDS: LazyLock<Mutex<ContextV7>> = LazyLock::new(|| Mutex::new(ContextV7::new()));

/// An id that grows with time.
pub(crate) fn new_id(at: Timestamp) -> Uuid {
    let nanos = u32::try_from(at.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(&*IDS, u64::try_from(at.as_second()).unwrap_or(0), nanos))
}
