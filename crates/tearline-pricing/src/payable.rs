//! What a credit may pay for.

use jiff::Timestamp;

use crate::benefits::Benefit;
use crate::cart::Cart;
use crate::facts::Facts;
use crate::names::PromotionId;
use crate::price::candidates::Case;
use crate::price::{bulk, limits, resolve};
use crate::snapshot::Snapshot;

/// What of a cart a credit may pay for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payable {
    /// Each line of the cart, in the cart's order.
    pub lines: Vec<bool>,
    /// Shipping.
    pub shipping: bool,
}

/// What of a cart a promotion's credit may pay for: the lines of its events, and shipping where it says so.
///
/// None where the shop has no such promotion, or the cart cannot be priced.
///
/// ```
/// use tearline_pricing::config::Documents;
/// use tearline_pricing::facts::Facts;
/// use tearline_pricing::payable;
/// use tearline_pricing::snapshot::Snapshot;
///
/// let mut documents = Documents::default();
/// documents.events.insert("spring".into(), Default::default());
/// documents.promotions.insert("sorry".into(), serde_json::from_str(r#"{
///     "events": ["spring"], "benefits": [{"credit": {"amount": "50.00 USD", "acts": "after_tax"}}]
/// }"#).unwrap());
/// let snapshot = Snapshot::compile(&documents, 1).unwrap();
/// let cart = serde_json::from_str(r#"{"currency": "USD", "lines": [
///     {"id": "print", "event": "spring", "quantity": 1, "unit_price": 1999},
///     {"id": "frame", "quantity": 1, "unit_price": 500}
/// ]}"#).unwrap();
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let payable = payable(&cart, &snapshot, &Facts::default(), now, &"sorry".into()).unwrap();
/// assert_eq!((payable.lines, payable.shipping), (vec![true, false], false));
/// ```
pub fn payable(
    cart: &Cart,
    snapshot: &Snapshot,
    facts: &Facts,
    now: Timestamp,
    promotion: &PromotionId,
) -> Option<Payable> {
    let promotion = snapshot.promotion(snapshot.promotion_named(promotion)?);
    let mut resolved = resolve::resolve(cart, snapshot).ok()?;
    let bulk = bulk::apply(&mut resolved, snapshot);
    let at = cart.at.unwrap_or(now);
    let case = Case { cart: &resolved, bulk: &bulk, snapshot, facts, at, resumed: None };
    let narrowed = limits::narrowed(&case, promotion);
    let scope = narrowed.as_deref().unwrap_or(&promotion.scope);
    let lines = resolved.as_came().map(|line| scope.holds(&resolved.lines[line])).collect();
    let covers_shipping =
        |benefit: &Benefit| matches!(benefit, Benefit::Credit(credit) if credit.covers_shipping);
    let shipping = promotion.benefits.iter().any(|benefit| covers_shipping(&benefit.benefit));
    Some(Payable { lines, shipping })
}
