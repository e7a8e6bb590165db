//! Redemptions that happened in another shop.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_pricing::names::{CustomerId, OrderId};

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::codes::CodeId;
use super::rows::{Claimed, Taken};

/// Tells that codes were redeemed in another shop. It has happened: nothing is refused for being used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which, on which orders.
    pub redeemed: Vec<RedeemedOutside>,
}

/// A redemption in another shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedeemedOutside {
    /// The code and the order: told twice, it is one redemption.
    pub id: ReportId,
    /// Who bought, if that is known.
    pub customer: Option<CustomerId>,
    /// When, where that is known.
    pub at: Option<Timestamp>,
}

/// Names a redemption in another shop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReportId {
    /// The code.
    pub code: CodeId,
    /// The other shop's name for the order.
    pub order: OrderId,
}

pub(super) fn report(books: &mut Books, by: &str, report: &Report) -> Result<Answer, Missing> {
    let mut again = Vec::with_capacity(report.redeemed.len());
    for redeemed in &report.redeemed {
        again.push(!books.redeem_outside(by, redeemed)?);
    }
    Ok(Answer::Reported { again })
}

impl Books {
    /// Counts a redemption elsewhere. Answers whether it was not known.
    fn redeem_outside(&mut self, by: &str, redeemed: &RedeemedOutside) -> Result<bool, Missing> {
        let RedeemedOutside { id, customer, at } = redeemed;
        if self.reports.get(id)?.is_some() {
            return Ok(false);
        }
        let Some(code) = self.codes.get(&id.code)? else { return Ok(false) };
        let most = code.uses_max.map_or(1, |most| i64::try_from(most).unwrap_or(i64::MAX));
        self.use_claims(&[Taken { of: Claimed::Code(id.code.clone()), take: 1, most }], 1)?;
        self.reports.put(id.clone(), at.unwrap_or(self.now));
        let what = Happened::CodeReported { code: id.code.clone(), order: id.order.clone() };
        self.happen(by, customer.as_ref(), what);
        self.watch(by, &id.code.pool)?;
        Ok(true)
    }
}
