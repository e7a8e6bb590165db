//! Refunds of a placed order: what comes back for each unit, and what remains.
//!
//! An order was paid with money and with credits; [`refund()`] takes units and shipping out of what was paid, with
//! their tax and in the proportion in which they were paid. Any sequence of refunds adds up to what was paid.
//!
//! The road: `paid` writes down who paid what for each unit, once; `take` finds the units and what the shop holds
//! for them; the policy, `reprice` or `claw_back`, decides what of that comes back; [`exchange()`] adds lines in the same step. What the shop holds afterwards
//! is part of the [`Statement`], and the next refund takes from it.

mod basket;
mod budgets;
mod claw_back;
mod exchange;
mod paid;
mod refusal;
mod reprice;
mod request;
mod statement;
mod sum;
mod take;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::Quote;
use tearline_pricing::snapshot::Snapshot;

pub use exchange::{Exchange, ExchangeRefusal, ExchangeRequest, exchange};
pub use refusal::RefundRefusal;
pub use request::{Policy, RefundRequest, RefundShipping, RefundUnits};
pub use statement::{
    LostDiscount, RefundedLine, RemainingLine, Remains, ReturnedBudget, ReturnedCredit, Statement,
};
pub use sum::Sum;
use take::Taken;

/// A placed order, with all that its price depended on.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// What was ordered.
    pub cart: &'a Cart,
    /// Its price, with units.
    pub quote: &'a Quote,
    /// What was known as of the order.
    pub facts: &'a Facts,
    /// The shop's configuration as of the order.
    pub snapshot: &'a Snapshot,
    /// The instant for which it was priced.
    pub at: Timestamp,
    /// Whether it has been cancelled.
    pub cancelled: bool,
    /// What each promotion that has a budget still counts against it for the order, in minor units.
    pub budgets: &'a BTreeMap<PromotionId, i64>,
}

/// What becomes of credit that returns to a balance that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Grace<'a> {
    /// The promotions whose balance has ended.
    pub ended: &'a BTreeSet<PromotionId>,
    /// Until when what returns to them may be spent; see [`grace_until`].
    pub until: Timestamp,
}

/// For how many days credit that returns to an ended balance may be spent, unless a shop says otherwise.
pub const GRACE_DAYS: u16 = 30;

/// So many calendar days after `now` in the shop's time zone, at the same local time.
///
/// ```
/// use tearline_core::refunds::{GRACE_DAYS, grace_until};
/// use tearline_pricing::{config::Documents, snapshot::Snapshot};
/// let mut documents = Documents::default();
/// documents.shop.time_zone = "Europe/Warsaw".to_owned();
/// let snapshot = Snapshot::compile(&documents, 1).unwrap();
/// // the clock goes back on 25 October: 10:00 before and after
/// let until = grace_until(&snapshot, "2026-10-10T08:00:00Z".parse().unwrap(), GRACE_DAYS);
/// assert_eq!(until.to_string(), "2026-11-09T09:00:00Z");
/// ```
pub fn grace_until(snapshot: &Snapshot, now: Timestamp, days: u16) -> Timestamp {
    let until = snapshot.local(now).checked_add(i64::from(days).days());
    until.map_or(Timestamp::MAX, |until| until.timestamp())
}

/// What the shop holds for an order after the statements made so far.
pub fn remains(order: &Order<'_>, made: &[Statement]) -> Remains {
    let last = made.last().map(|statement| statement.remains.clone());
    last.unwrap_or_else(|| paid::paid(order, order.cart, order.quote))
}

/// Refunds units and shipping of an order of which these statements were made already, in this order.
///
/// # Errors
///
/// Why it is refused, and what would be allowed.
///
/// # Panics
///
/// If the quote lacks its units, or is not of this cart.
///
/// ```
/// use tearline_core::refunds::{Grace, Order, RefundRequest, refund};
/// use tearline_pricing::{config::Documents, facts::Facts, quote::Expand, snapshot::Snapshot};
///
/// let snapshot = Snapshot::compile(&Documents::default(), 1).unwrap();
/// let (facts, at) = (Facts::default(), jiff::Timestamp::UNIX_EPOCH);
/// let cart = serde_json::from_str(r#"{
///     "currency": "USD", "tax_rates": [{"percent": 8}],
///     "lines": [{"id": "print", "quantity": 3, "unit_price": 333}]
/// }"#).unwrap();
/// let expand = Expand { units: true, trace: false };
/// let quote = tearline_pricing::price(&cart, &snapshot, &facts, at, expand).unwrap();
/// let (cancelled, budgets) = (false, &Default::default());
/// let order = Order { cart: &cart, quote: &quote, facts: &facts, snapshot: &snapshot, at, cancelled, budgets };
/// let grace = Grace { ended: &Default::default(), until: at };
///
/// let request = serde_json::from_str(r#"{"units": [{"line": "print", "quantity": 1}]}"#).unwrap();
/// let first = refund(&order, &[], &request, grace).unwrap();
/// let made = [first.clone()];
/// let request = serde_json::from_str(r#"{"units": [{"line": "print", "quantity": 2}]}"#).unwrap();
/// let second = refund(&order, &made, &request, grace).unwrap();
/// // 9.99 and 0.80 of tax, which the three units share as 0.27, 0.27 and 0.26
/// assert_eq!((first.total.money, second.total.money), (333 + 26, 666 + 54));
/// ```
pub fn refund(
    order: &Order<'_>,
    made: &[Statement],
    request: &RefundRequest,
    grace: Grace<'_>,
) -> Result<Statement, RefundRefusal> {
    let held = remains(order, made);
    let taken = take::take(order, made, &held, request)?;
    if taken.lines.is_empty() && request.shipping == RefundShipping::None {
        return Err(RefundRefusal::NothingToRefund);
    }
    let (taken, lost) = match request.policy {
        Policy::Keep => (taken, Vec::new()),
        Policy::Reprice => (reprice::reprice(order, made, &held, request, taken), Vec::new()),
        Policy::ClawBack => claw_back::claw_back(order, made, &held, request, taken),
    };
    let budgets = budgets::returned(order, made, request, &taken.rest);
    Ok(write(request, taken, lost, budgets, grace))
}

fn write(
    request: &RefundRequest,
    taken: Taken,
    lost: Vec<LostDiscount>,
    budgets: Vec<ReturnedBudget>,
    grace: Grace<'_>,
) -> Statement {
    let total = taken.total();
    let returned = |(promotion, minor): (&PromotionId, &i64)| ReturnedCredit {
        promotion: promotion.clone(),
        minor: *minor,
        grace_until: grace.ended.contains(promotion).then_some(grace.until),
    };
    let credits = total.credits.iter().map(returned).collect();
    let Taken { lines, shipping, rest } = taken;
    Statement { request: request.clone(), lines, shipping, total, credits, budgets, lost, remains: rest }
}
