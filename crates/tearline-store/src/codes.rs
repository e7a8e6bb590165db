//! What a store is told of codes, and tells.

use jiff::Timestamp;
use tearline_core::ledger::{Code, CodeId, CodeState, Counter, CustomerId, PoolState, When};

/// A code that is to be added to a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCode {
    /// The code, byte for byte.
    pub text: String,
    /// Whether it must be entered so; else case, spaces and dashes do not matter.
    pub exact: bool,
    /// From when it may be used.
    pub starts_at: Option<When>,
    /// Until when it may be used.
    pub expires_at: Option<When>,
    /// The same as an instant.
    pub ends_at: Option<Timestamp>,
    /// On how many orders it may be used.
    pub uses_max: Option<u64>,
    /// On how many orders it was used elsewhere.
    pub used: u64,
    /// To whom it was given elsewhere.
    pub customer: Option<CustomerId>,
    /// When it is added, for codes that were given or used elsewhere.
    pub at: Option<Timestamp>,
}

impl NewCode {
    /// What becomes of it: one that was used elsewhere as often as it may be is redeemed.
    pub(crate) fn state(&self) -> CodeState {
        let is_used_up = self.used >= self.uses_max.unwrap_or(1);
        match (self.used, &self.customer) {
            (used, _) if used > 0 && is_used_up => CodeState::Redeemed,
            (0, None) => CodeState::Unassigned,
            _ => CodeState::Assigned,
        }
    }

    /// Since when it is somebody's, as far as is known.
    pub(crate) fn assigned_at(&self) -> Option<Timestamp> {
        self.at.filter(|_| self.state() != CodeState::Unassigned)
    }

    /// The code with its name.
    pub(crate) fn code(&self, id: CodeId, match_key: String) -> Code {
        Code {
            id,
            text: self.text.clone(),
            match_key: (!self.exact).then_some(match_key),
            state: self.state(),
            customer: self.customer.clone(),
            is_bound: self.customer.is_some(),
            assigned_at: self.assigned_at(),
            starts_at: self.starts_at,
            expires_at: self.expires_at,
            ends_at: self.ends_at,
            uses_max: self.uses_max,
            uses: Counter { used: i64::try_from(self.used).unwrap_or(i64::MAX), ..Counter::default() },
        }
    }
}

/// What became of a code that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is in the pool, under this number.
    Serial(u64),
    /// It, or one that could be taken for it, is somebody's already.
    Known,
}

/// What somebody other than the asker holds of a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldByOthers {
    /// How many of its uses.
    pub uses: u64,
    /// When the first of these holds ends.
    pub until: Option<Timestamp>,
}

/// How many codes of a pool there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCounts {
    /// That nobody was given, and that have not ended.
    pub remaining: u64,
    /// That were ever given to somebody, whatever became of them.
    pub assigned: u64,
    /// That are used up.
    pub redeemed: u64,
    /// That were withdrawn.
    pub voided: u64,
    /// That remain and are set aside.
    pub reserved: u64,
    /// When none remain, if they go on as in the last days.
    pub runs_out_at: Option<Timestamp>,
}

impl PoolCounts {
    pub(crate) fn new(state: &PoolState, remaining: u64, now: Timestamp) -> Self {
        Self {
            remaining,
            assigned: state.assigned,
            redeemed: state.redeemed,
            voided: state.voided,
            reserved: state.reserved,
            runs_out_at: state.watch.rate.runs_out_at(remaining, now),
        }
    }
}
