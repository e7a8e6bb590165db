//! The codes of a pool that a customer was given.

use jiff::Timestamp;
use tearline_pricing::names::CustomerId;

use super::books::{Books, Missing, RowKey};
use super::codes::{Code, CodeId, CodeState, PoolId};

/// Which of them are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// Those that may still be used.
    Usable,
    /// All that were not withdrawn.
    NotVoid,
}

impl Which {
    /// Whether a code is one of them at an instant.
    pub fn means(self, code: &Code, now: Timestamp) -> bool {
        match self {
            Self::Usable => code.is_usable(now),
            Self::NotVoid => code.state != CodeState::Void,
        }
    }
}

/// The place of a code among those that a customer was given: when, and its serial.
pub type GivenAt = (Timestamp, u64);

impl Code {
    /// Whether it was given to somebody, is not used up, and has not ended.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.state == CodeState::Assigned && self.ends_at.is_none_or(|end| now < end)
    }

    /// Where it stands among the codes of its customer.
    pub fn given_at(&self) -> Option<GivenAt> {
        self.assigned_at.map(|at| (at, self.id.serial))
    }
}

impl Books {
    pub(super) fn is_usable(&self, code: &Code) -> bool {
        code.is_usable(self.now)
    }

    /// The code of a pool that a customer was given last, of those that are meant.
    pub(super) fn last_given(
        &self,
        pool: &PoolId,
        customer: &CustomerId,
        which: Which,
    ) -> Result<Option<&Code>, Missing> {
        let stored = self.last_stored(pool, customer, which)?;
        // What was given in this batch is not stored yet; it is loaded, since it was changed.
        let is_theirs = |code: &&Code| {
            code.id.pool == *pool && code.customer.as_ref() == Some(customer) && which.means(code, self.now)
        };
        let given_now = self.codes.changed().filter_map(|(_, code)| code).filter(is_theirs);
        Ok(stored.into_iter().chain(given_now).max_by_key(|code| code.given_at()))
    }

    /// The same among those that were stored when the batch began.
    fn last_stored(
        &self,
        pool: &PoolId,
        customer: &CustomerId,
        which: Which,
    ) -> Result<Option<&Code>, Missing> {
        let mut before = None;
        loop {
            let Some(id) = self.given(pool, customer, which, before)? else { return Ok(None) };
            let Some(code) = self.codes.get(id)? else { return Ok(None) };
            if which.means(code, self.now) {
                return Ok(Some(code));
            }
            before = code.given_at();
        }
    }

    fn given(
        &self,
        pool: &PoolId,
        customer: &CustomerId,
        which: Which,
        before: Option<GivenAt>,
    ) -> Result<Option<&CodeId>, Missing> {
        let key = (pool.clone(), customer.clone(), which, before);
        let found = self.given.get(&key).map(Option::as_ref);
        found.ok_or_else(|| {
            let (pool, customer, which, before) = key;
            Missing(vec![RowKey::Given(pool, customer, which, before)])
        })
    }
}
