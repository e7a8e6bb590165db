//! Whether a condition is met.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use tearline_pricing::conditions::minimum::Basis;
use tearline_pricing::conditions::{Condition, Minimum, Quantity};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::refusal::Refusal;

use super::asks::lowest;
use super::expressed;
use super::limits::sees;
use super::offers::Offer;
use super::world::World;

/// What has become of the units when a condition is asked.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// What is left of each unit's price.
    pub(crate) prices: Vec<i64>,
    /// The units that conditions have spent.
    pub(crate) spent: BTreeSet<usize>,
}

impl State {
    pub(crate) fn before_promotions(world: &World<'_>) -> Self {
        Self { prices: world.units.iter().map(|unit| unit.bulk).collect(), spent: BTreeSet::new() }
    }
}

/// Whether it is asked when the promotion's turn comes.
pub(crate) fn is_late(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(is_late),
        Condition::Not(part) => is_late(part),
        Condition::Minimum(minimum) => minimum.basis == Basis::Current,
        Condition::Quantity(quantity) => quantity.spend,
        Condition::Expression(_) => false,
    }
}

/// Asks; what a condition spends is noted if it is met.
pub(crate) fn meet(
    world: &World<'_>,
    offer: &Offer,
    condition: &Condition,
    state: &mut State,
) -> Result<(), Refusal> {
    // The words of a condition are no matter of arithmetic.
    let not_met = || Refusal::ConditionNotMet { condition: "".into() };
    match condition {
        Condition::All(parts) => {
            let refusals: Vec<Refusal> =
                parts.iter().filter_map(|part| meet(world, offer, part, state).err()).collect();
            lowest(refusals.into_iter()).map_or(Ok(()), Err)
        }
        Condition::Any(parts) => {
            for part in parts {
                let mut after = state.clone();
                if meet(world, offer, part, &mut after).is_ok() {
                    *state = after;
                    return Ok(());
                }
            }
            Err(not_met())
        }
        Condition::Not(part) => match meet(world, offer, part, &mut state.clone()) {
            Ok(()) => Err(not_met()),
            Err(_) => Ok(()),
        },
        Condition::Minimum(minimum) => reach(world, offer, minimum, state),
        Condition::Quantity(quantity) => {
            count(world, offer, quantity, state).then_some(()).ok_or_else(not_met)
        }
        Condition::Expression(expressed) => {
            expressed::holds(world, offer, expressed.when.text()).then_some(()).ok_or_else(not_met)
        }
    }
}

/// The units of a promotion's events that a selector means.
fn meant(world: &World<'_>, offer: &Offer, items: Option<&Selector>) -> Vec<usize> {
    let is_meant = |unit: &usize| {
        let unit = &world.units[*unit];
        sees(world, offer, unit) && items.is_none_or(|items| unit.is_meant(items))
    };
    (0..world.units.len()).filter(is_meant).collect()
}

fn reach(world: &World<'_>, offer: &Offer, asked: &Minimum, state: &State) -> Result<(), Refusal> {
    let minimum = asked.amount.in_currency(world.cart.currency).expect("asked before");
    let units = meant(world, offer, asked.items.as_ref()).into_iter();
    let prices = units.map(|unit| match asked.basis {
        Basis::SubTotal => world.units[unit].bulk,
        Basis::List => world.units[unit].list,
        Basis::Current => state.prices[unit],
    });
    let sub_total: i64 = prices.sum();
    if sub_total >= minimum {
        return Ok(());
    }
    Err(Refusal::MinimumNotMet { missing: minimum - sub_total, minimum, sub_total })
}

/// Counts units, in all or line by line; the dearest are spent.
fn count(world: &World<'_>, offer: &Offer, asked: &Quantity, state: &mut State) -> bool {
    let fits = |count: usize| {
        asked.min.is_none_or(|min| count >= min as usize) && asked.max.is_none_or(|max| count <= max as usize)
    };
    let mut units = meant(world, offer, asked.items.as_ref());
    if asked.per_line {
        let on_line = |line| units.iter().filter(|unit| world.units[**unit].line == line).count();
        return units.iter().any(|unit| fits(on_line(world.units[*unit].line)));
    }
    if !asked.spend {
        return fits(units.len());
    }
    units.retain(|unit| !state.spent.contains(unit));
    let is_met = fits(units.len());
    if is_met {
        units.sort_by_key(|unit| (Reverse(world.units[*unit].bulk), world.units[*unit].position));
        state.spent.extend(&units[..asked.min.expect("a condition that spends has a minimum") as usize]);
    }
    is_met
}
