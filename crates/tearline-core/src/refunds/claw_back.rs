//! `claw_back`: what the basket that remains loses is kept from the refund.

use std::collections::BTreeSet;

use tearline_pricing::cart::Cart;
use tearline_pricing::config::shop::{TaxBasis, TaxRules, TaxedPrices};
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{Considered, Quote, Stage, Taken as Step, TakenBy};
use tearline_pricing::refusal::{Refusal, Verdict};

use super::basket::{basket, price};
use super::paid::paid;
use super::request::Policy;
use super::statement::{LostDiscount, Remains, Statement};
use super::sum::{Payers, Sum, share, share_payers, sums};
use super::take::{Taken, is_waived};
use super::{Order, RefundRequest, RefundShipping};

/// Keeps from the units what the basket that remains loses by promotions whose condition it no longer meets, as
/// far as it has not been kept before; and writes it down to those that lose it.
pub(super) fn claw_back(
    order: &Order<'_>,
    made: &[Statement],
    held: &Remains,
    request: &RefundRequest,
    taken: Taken,
) -> (Taken, Vec<LostDiscount>) {
    if taken.rest.lines.is_empty() || taken.lines.is_empty() {
        return (taken, Vec::new());
    }
    let ground = Ground::of(order, made);
    let has_shipping = !is_waived(made) && request.shipping != RefundShipping::Full;
    let losses = ground.losses(order, held, &taken.rest, has_shipping);
    let needs = ground.needs(order, &taken, &losses, has_shipping);
    let lost = losses
        .into_iter()
        .map(|loss| LostDiscount { minor: loss.parts.iter().sum(), promotion: loss.promotion });
    (keep_back(order, taken, &needs), lost.collect())
}

/// What a promotion gave to each part of the basket that remains.
struct Loss {
    promotion: PromotionId,
    parts: Vec<i64>,
}

/// The order, or what it became when it was last priced anew: what discounts are measured by.
pub(super) struct Ground<'a> {
    remains: Remains,
    pub(super) cart: Cart,
    /// The statements made since.
    since: &'a [Statement],
}

impl<'a> Ground<'a> {
    pub(super) fn of(order: &Order<'_>, made: &'a [Statement]) -> Self {
        let is_repriced = |statement: &Statement| statement.request.policy == Policy::Reprice;
        let Some(last) = made.iter().rposition(is_repriced) else {
            let remains = paid(order, order.cart, order.quote);
            return Self { remains, cart: order.cart.clone(), since: made };
        };
        let remains = made[last].remains.clone();
        Self { cart: basket(order, &remains), remains, since: &made[last + 1..] }
    }

    /// What each promotion gave to what remains, of those whose condition it no longer meets: because of this
    /// refund, or of an earlier one that was clawed back too. What another has let stay, stays.
    fn losses(&self, order: &Order<'_>, held: &Remains, rest: &Remains, has_shipping: bool) -> Vec<Loss> {
        let unmet = unmet(&price(order, &basket(order, rest), true));
        let unmet_before = match self.since {
            [] => BTreeSet::new(),
            _ => unmet_of(order, held),
        };
        let lost_before = |promotion: &PromotionId| {
            let mut lost = self.since.iter().flat_map(|statement| &statement.lost);
            lost.any(|lost| lost.promotion == *promotion)
        };
        let quote = price(order, &self.cart, true);
        let is_lost = |promotion: &&PromotionId| {
            unmet.contains(promotion) && (!unmet_before.contains(promotion) || lost_before(promotion))
        };
        let promotions = quote.promotions.iter().map(|applied| &applied.id).filter(is_lost);
        let losses = promotions.map(|promotion| Loss {
            promotion: promotion.clone(),
            parts: gave(&quote, rest, promotion, has_shipping),
        });
        losses.filter(|loss| loss.parts.iter().any(|part| *part > 0)).collect()
    }

    /// What each part that remains is to pay more than the shop holds for it; less than 0 where it has paid more
    /// before.
    fn needs(&self, order: &Order<'_>, taken: &Taken, losses: &[Loss], has_shipping: bool) -> Vec<i64> {
        let prices = order.snapshot.shop().tax.prices;
        let mut needs: Vec<i64> = Vec::new();
        for line in &taken.rest.lines {
            let units = self.remains.units(&line.line).iter().zip(&line.units);
            needs.extend(units.map(|(before, now)| before.price(prices) - now.price(prices)));
        }
        let returned = self.since.iter().map(|statement| &statement.shipping).chain([&taken.shipping]);
        let returned: i64 = returned.map(|shipping| shipping.price(prices)).sum();
        let shipping = self.remains.shipping.price(prices) - returned - taken.rest.shipping.price(prices);
        needs.push(if has_shipping { shipping } else { 0 });
        for loss in losses {
            needs.iter_mut().zip(&loss.parts).for_each(|(need, part)| *need += part);
        }
        needs
    }
}

/// The promotions whose condition a basket does not meet.
fn unmet_of(order: &Order<'_>, remains: &Remains) -> BTreeSet<PromotionId> {
    unmet(&price(order, &basket(order, remains), true))
}

fn unmet(quote: &Quote) -> BTreeSet<PromotionId> {
    let considered = quote.trace.iter().flatten();
    let applies = |promotion: &PromotionId| quote.promotions.iter().any(|applied| applied.id == *promotion);
    let unmet = considered.filter(|considered| is_unmet(considered) && !applies(&considered.id));
    unmet.map(|considered| considered.id.clone()).collect()
}

/// Whether more goods would make it apply: then it is its condition that is not met.
fn is_unmet(considered: &Considered) -> bool {
    considered.because.as_ref().map(Refusal::verdict) == Some(Verdict::Parked)
}

/// What a promotion gave to each part that remains, as prices are written. Credits are no discounts.
pub(super) fn gave(quote: &Quote, rest: &Remains, promotion: &PromotionId, has_shipping: bool) -> Vec<i64> {
    let mut parts = Vec::new();
    for line in &rest.lines {
        let mut units = vec![0; line.units.len()];
        let quoted = quote.lines.iter().find(|quoted| quoted.id == line.line);
        let steps = quoted.into_iter().flat_map(|line| line.road.iter().flatten());
        for step in steps.filter(|step| is_by(step, promotion)) {
            let took = step.units.iter().flatten();
            units.iter_mut().zip(took).for_each(|(unit, took)| *unit += took);
        }
        parts.extend(units);
    }
    let steps = quote.shipping.iter().flat_map(|shipping| shipping.road.iter().flatten());
    let off_shipping: i64 = steps.filter(|step| is_by(step, promotion)).map(|step| step.took).sum();
    parts.push(if has_shipping { off_shipping } else { 0 });
    parts
}

fn is_by(step: &Step, promotion: &PromotionId) -> bool {
    let discounts = [Stage::Items, Stage::Order, Stage::Shipping];
    matches!(&step.by, TakenBy::Promotion { promotion: by, stage } if by == promotion && discounts.contains(stage))
}

/// Keeps as much from the units as is needed, at most all of it.
fn keep_back(order: &Order<'_>, taken: Taken, needs: &[i64]) -> Taken {
    let shop = order.snapshot.shop();
    let rules = shop.tax;
    let units: Vec<&Sum> = taken.units().collect();
    let whole: Sum = units.iter().copied().sum();
    let price = whole.price(rules.prices);
    let kept = needs.iter().sum::<i64>().clamp(0, price.max(0));
    if kept == 0 {
        return taken;
    }
    let tax = match rules.basis {
        // Tax is due on the list price, whatever is taken off.
        TaxBasis::BeforeDiscount => whole.tax,
        TaxBasis::AfterDiscount => {
            let left = i128::from(whole.tax) * i128::from(price - kept);
            shop.rounding.divide_wide(left, i128::from(price))
        }
    };
    let prices = share(price - kept, &[&column(&units, |unit| unit.price(rules.prices))]);
    let taxes = share(tax, &[&column(&units, |unit| unit.tax)]);
    let totals = totals(rules, &prices, &taxes);
    let payers = share_payers(&whole.payers(), totals.iter().sum());
    let refunded = sums(&totals, &taxes, &payers);
    let back: Sum = refunded.iter().sum();
    let rest = write_down(rules, &taken.rest, kept, &whole.without(&back), needs);
    Taken { rest, ..taken.with_units(refunded) }
}

fn column(sums: &[&Sum], of: impl Fn(&Sum) -> i64) -> Vec<i64> {
    sums.iter().map(|sum| of(sum)).collect()
}

fn totals(rules: TaxRules, prices: &[i64], taxes: &[i64]) -> Vec<i64> {
    match rules.prices {
        TaxedPrices::Inclusive => prices.to_vec(),
        TaxedPrices::Exclusive => prices.iter().zip(taxes).map(|(price, tax)| price + tax).collect(),
    }
}

/// Raises what the shop holds for what remains by what it kept, each part by what it needs.
fn write_down(rules: TaxRules, rest: &Remains, price: i64, kept: &Sum, needs: &[i64]) -> Remains {
    let needs: Vec<i64> = needs.iter().map(|need| (*need).max(0)).collect();
    let prices = share(price, &[&needs]);
    let taxes = share(kept.tax, &[&prices]);
    let payers: Payers = kept.payers();
    let more = sums(&totals(rules, &prices, &taxes), &taxes, &payers);
    let parts = rest.parts().zip(&more).map(|(part, more)| [part, more].into_iter().sum());
    rest.with_parts(parts.collect())
}
