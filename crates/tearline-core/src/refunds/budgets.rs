//! What comes back to the budgets of promotions.

use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{ClaimedLimit, Quote};

use super::Order;
use super::basket::{basket, price};
use super::claw_back::{Ground, gave};
use super::request::{Policy, RefundRequest, RefundShipping};
use super::statement::{Remains, ReturnedBudget, Statement};
use super::take::is_waived;

/// What promotions gave to units that are refunded no longer counts against their budgets. Where the basket that
/// remains is priced anew, what they give to that counts, but never more than before.
///
/// What is clawed back does not: how much of it the shop could keep depends on what was returned, and a budget must
/// not be spent twice.
pub(super) fn returned(
    order: &Order<'_>,
    made: &[Statement],
    request: &RefundRequest,
    rest: &Remains,
) -> Vec<ReturnedBudget> {
    if order.budgets.is_empty() {
        return Vec::new();
    }
    let has_shipping = !is_waived(made) && request.shipping != RefundShipping::Full;
    let is_repriced =
        request.policy == Policy::Reprice && !rest.lines.is_empty() && !request.units.is_empty();
    let cart = if is_repriced { basket(order, rest) } else { Ground::of(order, made).cart };
    let quote = price(order, &cart, true);
    let gives = |promotion: &PromotionId| gave(&quote, rest, promotion, has_shipping).iter().sum();
    what_is_less(order, gives)
}

/// The same where units are exchanged.
pub(super) fn exchanged(order: &Order<'_>, quote: &Quote) -> Vec<ReturnedBudget> {
    let claim = |promotion: &PromotionId| {
        let mut claims = quote.claims.iter();
        claims.find(|claim| claim.promotion == *promotion && claim.limit == ClaimedLimit::Budget)
    };
    what_is_less(order, |promotion| claim(promotion).map_or(0, |claim| claim.take))
}

fn what_is_less(order: &Order<'_>, gives: impl Fn(&PromotionId) -> i64) -> Vec<ReturnedBudget> {
    let returned = order.budgets.iter().map(|(promotion, counted)| ReturnedBudget {
        promotion: promotion.clone(),
        minor: counted - gives(promotion),
    });
    returned.filter(|returned| returned.minor > 0).collect()
}
