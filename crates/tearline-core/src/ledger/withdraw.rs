//! Withdrawing a code.

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::codes::{Code, CodeId, CodeState};

/// Asks for a code to hold no more. What was ordered with it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdraw {
    /// The code.
    pub code: CodeId,
    /// Why.
    pub why: String,
}

pub(super) fn withdraw(books: &mut Books, by: &str, withdraw: &Withdraw) -> Result<Answer, Missing> {
    let Some(code) = books.codes.get(&withdraw.code)?.cloned() else { return Ok(Answer::NoCode) };
    if code.state == CodeState::Void {
        return Ok(Answer::Withdrawn { code: Box::new(code) });
    }
    let mut pool = books.pools.get(&code.id.pool)?.cloned().unwrap_or_default();
    if code.state == CodeState::Unassigned {
        books.count_remaining(&code.id.pool, code.ends_at, -1);
    }
    pool.redeemed -= u64::from(code.state == CodeState::Redeemed);
    pool.voided += 1;
    books.pools.put(code.id.pool.clone(), pool);
    let code = Code { state: CodeState::Void, ..code };
    books.codes.put(code.id.clone(), code.clone());
    let what = Happened::CodeWithdrawn { code: code.id.clone(), why: withdraw.why.clone() };
    books.happen(by, code.customer.as_ref(), what);
    Ok(Answer::Withdrawn { code: Box::new(code) })
}
