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
    books.pools.get(&code.id.pool)?;
    let code = books.withdraw(by, code, &withdraw.why);
    Ok(Answer::Withdrawn { code: Box::new(code) })
}

impl Books {
    /// Withdraws a code that holds, and whose pool is loaded.
    pub(super) fn withdraw(&mut self, by: &str, code: Code, why: &str) -> Code {
        let pool = self.pools.get(&code.id.pool).expect("a code's pool is loaded before it is withdrawn");
        let mut pool = pool.cloned().unwrap_or_default();
        if code.state == CodeState::Unassigned {
            self.count_remaining(&code.id, code.ends_at, -1);
        }
        pool.redeemed -= u64::from(code.state == CodeState::Redeemed);
        pool.voided += 1;
        self.pools.put(code.id.pool.clone(), pool);
        let code = Code { state: CodeState::Void, ..code };
        self.codes.put(code.id.clone(), code.clone());
        let what = Happened::CodeWithdrawn { code: code.id.clone(), why: why.to_owned() };
        self.happen(by, code.customer.as_ref(), what);
        code
    }
}
