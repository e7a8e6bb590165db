//! The time, told by the machine or by a test.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The instant that it is.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved: for tests.
#[derive(Debug)]
pub struct StillClock(Mutex<Timestamp>);

impl StillClock {
    /// A clock that shows an instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(Mutex::new(instant))
    }

    /// Moves it on, or back.
    pub fn advance(&self, by: SignedDuration) {
        let mut instant = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *instant = instant.checked_add(by).unwrap_or(*instant);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
