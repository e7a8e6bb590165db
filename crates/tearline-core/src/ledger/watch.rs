//! Telling that a pool runs low.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::activity::Happened;
use super::books::{Books, Missing};
use super::codes::{Code, CodeState, PoolId, PoolState};
use crate::pool::{Low, Rate};

/// How long after it was told it is told again: a day.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is kept of a pool to tell that it runs low.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    /// When it is low, as its document said at the last draw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Low>,
    /// What was told last; none while it is not low.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// How many codes were given lately.
    pub rate: Rate,
}

/// That somebody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Whether the pool was empty.
    pub is_empty: bool,
    /// When.
    pub at: Timestamp,
}

impl Watch {
    /// Whether there is something to tell of a pool that is low.
    fn is_due(&self, is_empty: bool, now: Timestamp) -> bool {
        self.told
            .is_none_or(|told| (is_empty && !told.is_empty) || now.duration_since(told.at) >= AGAIN_AFTER)
    }
}

impl Books {
    /// Takes in when a pool is low; one that is not any more, since codes were added, will be told anew.
    pub(super) fn watch_for(&mut self, pool: &PoolId, low: Option<&Low>) -> Result<(), Missing> {
        let state = self.pools.get(pool)?;
        if state.and_then(|state| state.watch.low.as_ref()) != low {
            let mut state = state.cloned().unwrap_or_default();
            state.watch.low = low.cloned();
            self.pools.put(pool.clone(), state);
        }
        let Some(state) = self.pools.get(pool)?.filter(|state| state.watch.told.is_some()).cloned() else {
            return Ok(());
        };
        if !self.is_low(pool, &state)? {
            let mut state = state;
            state.watch.told = None;
            self.pools.put(pool.clone(), state);
        }
        Ok(())
    }

    fn is_low(&self, pool: &PoolId, state: &PoolState) -> Result<bool, Missing> {
        let Some(low) = &state.watch.low else { return Ok(false) };
        let remaining = self.remaining(pool)?;
        let is_reached = low.at.is_reached(remaining, state.assigned, &state.watch.rate, self.now);
        Ok(remaining == 0 || is_reached)
    }

    /// Tells that a pool is low: when it comes to that, once a day while it lasts, and when it is empty.
    pub(super) fn watch(&mut self, by: &str, pool: &PoolId) -> Result<(), Missing> {
        let Some(mut state) = self.pools.get(pool)?.cloned() else { return Ok(()) };
        let Some(low) = state.watch.low.clone() else { return Ok(()) };
        if !self.is_low(pool, &state)? {
            return Ok(());
        }
        let remaining = self.remaining(pool)?;
        if !state.watch.is_due(remaining == 0, self.now) {
            return Ok(());
        }
        let runs_out_at = state.watch.rate.runs_out_at(remaining, self.now);
        state.watch.told = Some(Told { is_empty: remaining == 0, at: self.now });
        self.pools.put(pool.clone(), state);
        let (pool, tell) = (pool.clone(), low.tell);
        let what = match remaining {
            0 => Happened::PoolEmpty { pool, tell },
            _ => Happened::PoolLow { pool, remaining, runs_out_at, tell },
        };
        self.happen(by, None, what);
        Ok(())
    }

    /// Counts a code that nobody had as given to somebody.
    pub(super) fn count_given(&mut self, pool: &PoolId, code: &Code) -> Result<(), Missing> {
        debug_assert_eq!(code.state, CodeState::Unassigned, "a code is given away once");
        self.count_remaining(&code.id, code.ends_at, -1);
        let mut state = self.pools.get(pool)?.cloned().unwrap_or_default();
        state.assigned += 1;
        state.watch.rate.count(self.now);
        self.pools.put(pool.clone(), state);
        Ok(())
    }
}
