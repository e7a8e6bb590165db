//! Whether a reward that waits to be added would be given once it is in the cart.

use crate::cart::Line;
use crate::names::{LineId, ProductId};
use crate::price::bulk;
use crate::price::candidates::{self, Case};
use crate::price::choose;
use crate::price::resolve;
use crate::quote::Expand;
use crate::snapshot::CompiledPromotion;

/// Whether so many units of a product, added to the cart as a promotion's reward, would make it give more than is
/// left of its budget, and so nothing at all. Where nobody knows what they cost, nobody knows that.
pub(crate) fn is_over_budget(
    case: &Case<'_>,
    promotion: &CompiledPromotion,
    product: &ProductId,
    units: u32,
    is_gift: bool,
) -> bool {
    if promotion.limits.budget.as_ref().is_none_or(|budget| budget.clip) {
        return false;
    }
    let mut cart = case.cart.source.clone();
    let added = Line {
        product: Some(product.clone()),
        unit_price: None,
        gift_of: is_gift.then(|| promotion.id.clone()),
        ..Line::of(free_id(case), units, 0)
    };
    cart.lines.push(added);
    let Ok(mut resolved) = resolve::resolve(&cart, case.snapshot) else { return false };
    let bulk = bulk::apply(&mut resolved, case.snapshot);
    let Case { snapshot, facts, at, resumed, .. } = *case;
    let case = Case { cart: &resolved, bulk: &bulk, snapshot, facts, at, resumed };
    let candidates = candidates::gather(&case, Expand::default());
    let outcome = choose::best(&case, &candidates, Expand::default()).outcome;
    outcome.over.iter().any(|over| candidates.all[over.candidate].promotion.id == promotion.id)
}

/// A name that no line of the cart has.
fn free_id(case: &Case<'_>) -> LineId {
    let is_free = |id: &LineId| case.cart.lines.iter().all(|line| line.source.id != *id);
    let mut ids = (0..=case.cart.lines.len()).map(|number| LineId::from(format!("reward {number}")));
    ids.find(is_free).expect("there is one more name than there are lines")
}
