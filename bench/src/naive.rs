//! The benchmark cart priced the obvious way: units as objects, names compared as text, every promotion tried in
//! turn on the documents as they were read. It knows the three kinds of the benchmark and the coupon.

use tearline_pricing::benefits::{AmountOff, Benefit, BuyXGetY, PercentOff};
use tearline_pricing::cart::{Cart, Line};
use tearline_pricing::code::match_key;
use tearline_pricing::conditions::Condition;
use tearline_pricing::config::selector::Selector;
use tearline_pricing::config::{Documents, Promotion};
use tearline_pricing::money::{Percent, Rounding};
use tearline_pricing::names::PromotionId;

struct Unit {
    line: Line,
    list: i64,
    price: i64,
}

/// What is due for a cart.
pub fn due(cart: &Cart, documents: &Documents) -> i64 {
    let mut units: Vec<Unit> = cart.lines.iter().flat_map(expand).collect();
    for (_, _, benefit) in turns(cart, documents, &units) {
        apply(&benefit, cart, &mut units);
    }
    units.iter().map(|unit| unit.price).sum()
}

fn expand(line: &Line) -> Vec<Unit> {
    let price = line.unit_price.unwrap_or(0);
    (0..line.quantity).map(|_| Unit { line: line.clone(), list: price, price }).collect()
}

type Turn = ((u8, bool, u8), PromotionId, Benefit);

/// The benefits that apply, in the order of the sort key.
fn turns(cart: &Cart, documents: &Documents, units: &[Unit]) -> Vec<Turn> {
    let mut turns = Vec::new();
    for (id, promotion) in &documents.promotions {
        if is_unlocked(promotion, cart)
            && promotion.conditions.iter().all(|condition| is_met(condition, cart, units))
        {
            for benefit in &promotion.benefits {
                turns.push((place(benefit, promotion), id.clone(), benefit.clone()));
            }
        }
    }
    turns.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
    turns
}

fn is_unlocked(promotion: &Promotion, cart: &Cart) -> bool {
    let entered = |code: &String| cart.codes.iter().any(|entered| match_key(entered) == match_key(code));
    promotion.codes.is_empty() || promotion.codes.iter().any(entered)
}

fn is_met(condition: &Condition, cart: &Cart, units: &[Unit]) -> bool {
    let Condition::Minimum(minimum) = condition else { return false };
    let sub_total: i64 = units.iter().map(|unit| unit.list).sum();
    minimum.amount.in_currency(cart.currency).is_some_and(|minimum| sub_total >= minimum)
}

fn place(benefit: &Benefit, promotion: &Promotion) -> (u8, bool, u8) {
    let (stage, rank) = match benefit {
        Benefit::PercentOff(PercentOff { items: None, .. }) => (1, 1),
        Benefit::AmountOff(AmountOff { items: None, .. }) => (1, 2),
        _ => (0, 1),
    };
    (stage, !promotion.codes.is_empty(), rank)
}

fn apply(benefit: &Benefit, cart: &Cart, units: &mut [Unit]) {
    match benefit {
        Benefit::PercentOff(PercentOff { percent, items: Some(items), .. }) => {
            for unit in units.iter_mut().filter(|unit| matches(items, &unit.line)) {
                unit.price -= percent.of(unit.price, Rounding::HalfUp);
            }
        }
        Benefit::PercentOff(PercentOff { percent, .. }) => {
            let total: i64 = units.iter().map(|unit| unit.price).sum();
            write_down(percent.of(total, Rounding::HalfUp), units);
        }
        Benefit::AmountOff(amount) => {
            let total: i64 = units.iter().map(|unit| unit.price).sum();
            write_down(amount.amount.in_currency(cart.currency).unwrap_or(0).min(total), units);
        }
        Benefit::BuyXGetY(offer) => reward(offer, units),
        _ => {}
    }
}

fn matches(selector: &Selector, line: &Line) -> bool {
    let categories = line.categories.as_deref().unwrap_or(&[]);
    selector.categories.iter().any(|category| categories.contains(category))
}

fn reward(offer: &BuyXGetY, units: &mut [Unit]) {
    let Some(items) = &offer.buy.items else { return };
    let mut matching: Vec<usize> =
        (0..units.len()).filter(|&unit| matches(items, &units[unit].line)).collect();
    matching.sort_by_key(|&unit| (units[unit].price, unit));
    let sets = matching.len() / (offer.buy.units + offer.get.units) as usize;
    for &unit in matching.iter().take(sets * offer.get.units as usize) {
        units[unit].price -= percent_of(units[unit].price, offer.percent);
    }
}

fn percent_of(price: i64, percent: Percent) -> i64 {
    percent.of(price, Rounding::HalfUp)
}

/// Largest remainder, to lines and then to units.
fn write_down(total: i64, units: &mut [Unit]) {
    let mut lines: Vec<(String, i64)> = Vec::new();
    for unit in units.iter() {
        match lines.iter_mut().find(|(id, _)| *id == unit.line.id.to_string()) {
            Some((_, price)) => *price += unit.price,
            None => lines.push((unit.line.id.to_string(), unit.price)),
        }
    }
    lines.sort();
    let weights: Vec<i64> = lines.iter().map(|(_, price)| *price).collect();
    for ((id, _), part) in lines.iter().zip(split(total, &weights)) {
        let mut own: Vec<&mut Unit> =
            units.iter_mut().filter(|unit| unit.line.id.to_string() == *id).collect();
        let weights: Vec<i64> = own.iter().map(|unit| unit.price).collect();
        for (unit, part) in own.iter_mut().zip(split(part, &weights)) {
            unit.price -= part;
        }
    }
}

fn split(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i64 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let share = |weight: i64| i128::from(total) * i128::from(weight);
    let mut parts: Vec<i64> =
        weights.iter().map(|&weight| i64::try_from(share(weight) / i128::from(sum)).unwrap_or(0)).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(share(weights[index]) % i128::from(sum)), index));
    let missing = total - parts.iter().sum::<i64>();
    for &index in order.iter().take(usize::try_from(missing).unwrap_or(0)) {
        parts[index] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use tearline_pricing::facts::Facts;
    use tearline_pricing::quote::Expand;
    use tearline_pricing::snapshot::Snapshot;

    #[test]
    fn the_twin_gives_the_same_price() {
        for automatic in [1, 10, 100] {
            let (cart, documents) = (crate::cart::cart(true), crate::cart::shop(automatic));
            let snapshot = Snapshot::compile(&documents, 1).unwrap();
            let now = cart.at.unwrap();
            let quote =
                tearline_pricing::price(&cart, &snapshot, &Facts::default(), now, Expand::default()).unwrap();
            assert_eq!(due(&cart, &documents), quote.totals.due, "{automatic} automatic promotions");
            assert_eq!(quote.promotions.len(), automatic + 1, "every promotion matches");
            assert!(quote.lines.iter().all(|line| line.after_order > 0), "nothing reaches zero");
        }
    }
}
