//! Changing many codes of a pool at once: a leaked batch is withdrawn, a late one gets more time.

use jiff::Timestamp;
use tearline_pricing::names::CustomerId;
use tearline_pricing::when::When;

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::codes::{Code, CodeState, PoolId};

/// Asks for codes of a pool to be changed: of the next so many behind a serial, those that the filter picks.
///
/// A pool may have millions; whoever asks goes on from [`Answer::Amended`]'s `next`, and stops where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amend {
    /// The pool.
    pub pool: PoolId,
    /// The serial behind which to begin.
    pub after: u64,
    /// How many codes to look at, at most.
    pub look_at: u32,
    /// Which of them to change.
    pub filter: CodeFilter,
    /// What becomes of them.
    pub change: CodeChange,
}

/// Picks codes that can still be used. What is left out picks all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeFilter {
    /// The last serial to look at.
    pub last: Option<u64>,
    /// Those in this state only.
    pub state: Option<CodeState>,
    /// Those that were given to this customer only.
    pub customer: Option<CustomerId>,
    /// Those that were given to somebody at this instant or later only.
    pub assigned_from: Option<Timestamp>,
    /// Those that were given to somebody before this instant only.
    pub assigned_until: Option<Timestamp>,
}

/// What becomes of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeChange {
    /// They hold no more.
    Withdraw {
        /// Why.
        why: String,
    },
    /// They may be used longer by what they say themselves; none is made shorter.
    Extend {
        /// Until when; absent = as long as their promotion.
        expires_at: Option<When>,
        /// The same as an instant.
        ends_at: Option<Timestamp>,
    },
}

impl CodeFilter {
    fn picks(&self, code: &Code) -> bool {
        let is_open = matches!(code.state, CodeState::Unassigned | CodeState::Assigned);
        let is_since = |from| code.assigned_at.is_some_and(|at| from <= at);
        let is_until = |until| code.assigned_at.is_some_and(|at| at < until);
        is_open
            && self.state.is_none_or(|state| state == code.state)
            && self.customer.as_ref().is_none_or(|customer| code.customer.as_ref() == Some(customer))
            && self.assigned_from.is_none_or(is_since)
            && self.assigned_until.is_none_or(is_until)
    }
}

pub(super) fn amend(books: &mut Books, by: &str, amend: &Amend) -> Result<Answer, Missing> {
    books.pools.get(&amend.pool)?;
    let page = books.codes_after(&amend.pool, amend.after, amend.look_at)?.to_vec();
    let is_last = page.len() < amend.look_at as usize;
    let last = amend.filter.last.unwrap_or(u64::MAX);
    let mut changed = 0;
    for id in page.iter().take_while(|id| id.serial <= last) {
        let code = books.codes.get(id)?.filter(|code| amend.filter.picks(code)).cloned();
        changed += u64::from(code.is_some_and(|code| books.change(by, code, &amend.change)));
    }
    let next = page.last().map(|id| id.serial).filter(|reached| !is_last && *reached < last);
    Ok(Answer::Amended { changed, next })
}

impl Books {
    /// Changes a code whose pool is loaded; answers whether that made a difference.
    fn change(&mut self, by: &str, code: Code, change: &CodeChange) -> bool {
        match change {
            CodeChange::Withdraw { why } => {
                self.withdraw(by, code, why);
                true
            }
            CodeChange::Extend { expires_at, ends_at } => self.extend_code(by, code, *expires_at, *ends_at),
        }
    }

    fn extend_code(
        &mut self,
        by: &str,
        code: Code,
        expires_at: Option<When>,
        ends_at: Option<Timestamp>,
    ) -> bool {
        let Some(old_end) = code.ends_at.filter(|old| ends_at.is_none_or(|end| *old < end)) else {
            return false;
        };
        if code.state == CodeState::Unassigned {
            self.count_remaining(&code.id, Some(old_end), -1);
            self.count_remaining(&code.id, ends_at, 1);
        }
        let what = Happened::CodeExtended { code: code.id.clone(), ends_at };
        self.happen(by, code.customer.as_ref(), what);
        self.codes.put(code.id.clone(), Code { expires_at, ends_at, ..code });
        true
    }
}
