//! Stage 1: what buying many saves.

use tearline_pricing::cart::Cart;
use tearline_pricing::config::price_list::{BulkDiscount, BulkMode, BulkStep, BulkSubjects};
use tearline_pricing::config::{Documents, PriceList};
use tearline_pricing::money::Rounding;
use tearline_pricing::names::{CategoryId, ProductId};

use super::fraction::Fraction;
use super::units::{Unit, category, listed};

/// Where a bulk discount stands in the price list.
enum Rule<'a> {
    OfProduct(&'a ProductId, &'a BulkDiscount),
    OfCategory(&'a CategoryId, &'a BulkDiscount),
}

impl Rule<'_> {
    fn discount(&self) -> &BulkDiscount {
        let (Self::OfProduct(_, discount) | Self::OfCategory(_, discount)) = self;
        discount
    }

    fn counts(&self, unit: &Unit) -> bool {
        match self {
            Self::OfProduct(id, _) => unit.product.as_ref() == Some(*id),
            Self::OfCategory(id, _) => unit.categories.contains_key(*id),
        }
    }
}

/// Sets every unit's price after bulk discounts.
pub(crate) fn apply(units: &mut [Unit], cart: &Cart, documents: &Documents) {
    let prices: Vec<i64> = (0..units.len()).map(|unit| price(&units[unit], units, cart, documents)).collect();
    for (unit, price) in units.iter_mut().zip(prices) {
        unit.bulk = price;
    }
}

fn price(unit: &Unit, units: &[Unit], cart: &Cart, documents: &Documents) -> i64 {
    let event = unit.event.as_ref().and_then(|event| documents.events.get(event));
    let list = event.and_then(|event| event.price_list.as_ref()).and_then(|id| documents.price_lists.get(id));
    let rule = list.and_then(|list| rule(unit, list)).filter(|_| unit.discountable);
    let step = rule.as_ref().and_then(|rule| step(unit, units, rule));
    unit.list
        - step.map_or(0, |step| off(unit.list, step, cart, documents.shop.rounding).min(unit.room(unit.list)))
}

/// The product's own rule, else that of the nearest category that has one.
fn rule<'a>(unit: &'a Unit, list: &'a PriceList) -> Option<Rule<'a>> {
    let product = unit.product.as_ref();
    if let Some(discount) = product.and_then(|id| listed(list, id)?.bulk.as_ref()) {
        return product.map(|id| Rule::OfProduct(id, discount));
    }
    let with_rule = unit.categories.iter().filter_map(|(id, distance)| {
        category(list, id)?.bulk.as_ref().map(|discount| (distance, id, discount))
    });
    let nearest = with_rule.min_by_key(|(distance, id, _)| (*distance, *id));
    nearest.map(|(_, id, discount)| Rule::OfCategory(id, discount))
}

/// The step that the unit has reached, by its count or position in its bucket.
fn step<'a>(unit: &Unit, units: &[Unit], rule: &'a Rule<'_>) -> Option<&'a BulkStep> {
    let discount = rule.discount();
    let apart = discount.subjects == BulkSubjects::Each;
    let together = |other: &&Unit| {
        other.discountable
            && other.event == unit.event
            && rule.counts(other)
            && (!apart || other.subject == unit.subject)
    };
    let reached = match discount.effective_mode() {
        BulkMode::Volume => units.iter().filter(together).count(),
        BulkMode::Graduated => {
            units.iter().filter(together).filter(|other| other.position <= unit.position).count()
        }
    };
    discount.steps.iter().rfind(|step| step.from as usize <= reached)
}

fn off(price: i64, step: &BulkStep, cart: &Cart, rounding: Rounding) -> i64 {
    let percent =
        step.percent.map(|percent| (Fraction::from(price) * Fraction::from(percent)).round(rounding));
    let amount = step.amount.as_ref().and_then(|amount| amount.in_currency(cart.currency));
    percent.or(amount).unwrap_or(0).min(price)
}
