//! Whether a condition is met.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use tearline_pricing::attribute::Attributes;
use tearline_pricing::conditions::attribute::Owner;
use tearline_pricing::conditions::basis::Basis;
use tearline_pricing::conditions::contains::How;
use tearline_pricing::conditions::{Condition, Contains, Minimum, Quantity};
use tearline_pricing::config::selector::Selector;
use tearline_pricing::names::{CategoryId, ProductId};
use tearline_pricing::refusal::Refusal;

use super::asks::lowest;
use super::attributes::compares;
use super::clock::{is_between, is_open};
use super::expressed;
use super::limits::sees;
use super::offers::Offer;
use super::people::{buyer, days_since_order, is_number, is_one};
use super::units::Unit;
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
        Condition::Maximum(maximum) => maximum.basis == Basis::Current,
        Condition::Quantity(quantity) => quantity.spend,
        _ => false,
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
    let met_if = |is_met: bool| is_met.then_some(()).ok_or_else(not_met);
    let seen = || meant(world, offer, None).into_iter().map(|unit| &world.units[unit]);
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
        Condition::Maximum(asked) => {
            let most = asked.amount.in_currency(world.cart.currency).expect("asked before");
            met_if(sum(world, offer, asked.items.as_ref(), asked.basis, state) <= most)
        }
        Condition::Quantity(quantity) => met_if(count(world, offer, quantity, state)),
        Condition::Distinct(asked) => {
            let units = meant(world, offer, asked.items.as_ref()).into_iter();
            let products: BTreeSet<_> = units.filter_map(|unit| world.units[unit].product.as_ref()).collect();
            met_if(fits(products.len(), asked.min, asked.max))
        }
        Condition::Contains(asked) => met_if(contains(world, offer, asked)),
        Condition::Event(asked) => {
            let is_there = seen().any(|unit| unit.event.as_ref().is_some_and(|it| asked.events.contains(it)));
            let events = || asked.events.clone().into();
            is_there.then_some(()).ok_or_else(|| Refusal::WrongEvent { events: events() })
        }
        Condition::SignedIn(_) => buyer(world).map(|_| ()),
        Condition::Customer(asked) => is_one(world, |buyer| asked.customers.contains(&buyer.id)),
        Condition::KnownCustomer(_) => is_one(world, |buyer| {
            let events = seen().filter_map(|unit| world.documents.events.get(unit.event.as_ref()?));
            events.flat_map(|event| &event.known_customers).any(|known| known.customer == buyer.id)
        }),
        Condition::Recipient(_) => is_one(world, |_| world.facts.recipient_of.contains(&offer.id)),
        Condition::Segment(asked) => {
            is_one(world, |_| asked.segments.iter().any(|segment| world.facts.segments.contains(segment)))
        }
        Condition::OrderNumber(asked) => buyer(world).and_then(|_| met_if(is_number(world, asked))),
        Condition::DaysSinceOrder(asked) => {
            let is_so = |days| fits(days, asked.min, asked.max);
            buyer(world).and_then(|_| met_if(days_since_order(world).is_some_and(is_so)))
        }
        Condition::Currency(asked) => {
            let offered = || asked.currencies.iter().map(ToString::to_string).collect();
            let is_there = asked.currencies.contains(&world.cart.currency);
            is_there.then_some(()).ok_or_else(|| Refusal::CurrencyNotOffered { offered: offered() })
        }
        Condition::Channel(asked) => {
            met_if(world.cart.channel.as_ref().is_some_and(|channel| asked.channels.contains(channel)))
        }
        Condition::Shipping(asked) => {
            let country = world.cart.shipping.as_ref().and_then(|shipping| shipping.country.as_ref());
            let is_there = country.is_some_and(|country| asked.countries.contains(country));
            let is_so = world.shipping.is_some_and(|option| asked.methods.contains(&option.id));
            met_if((is_there || asked.countries.is_empty()) && (is_so || asked.methods.is_empty()))
        }
        Condition::Dates(asked) => is_between(world, asked),
        Condition::Weekly(asked) => {
            is_open(world, &offer.promotion, asked).map_err(|refusal| refusal.unwrap_or_else(not_met))
        }
        Condition::Attribute(asked) => {
            let value = |attributes: &Attributes| compares(attributes.get(&asked.name), asked);
            met_if(match asked.of {
                Owner::Cart => value(&world.cart.attributes),
                Owner::Line => seen().any(|unit| value(&unit.attributes)),
                Owner::Customer => value(&buyer(world)?.attributes),
            })
        }
        Condition::Expression(expressed) => {
            expressed::holds(world, offer, expressed.when.text()).then_some(()).ok_or_else(not_met)
        }
    }
}

/// Whether there is something of certain items: of any, of each that is named, none, or only of these.
fn contains(world: &World<'_>, offer: &Offer, asked: &Contains) -> bool {
    let seen = meant(world, offer, None);
    let found: Vec<&Unit> =
        meant(world, offer, Some(&asked.items)).into_iter().map(|unit| &world.units[unit]).collect();
    let has_product = |id: &ProductId| found.iter().any(|unit| unit.product.as_ref() == Some(id));
    let has_category = |id: &CategoryId| found.iter().any(|unit| unit.categories.contains_key(id));
    match asked.how {
        How::Any => !found.is_empty(),
        How::All => {
            asked.items.products.iter().all(has_product) && asked.items.categories.iter().all(has_category)
        }
        How::None => found.is_empty(),
        How::Only => !found.is_empty() && found.len() == seen.len(),
    }
}

fn fits(count: usize, min: Option<u32>, max: Option<u32>) -> bool {
    min.is_none_or(|min| count >= min as usize) && max.is_none_or(|max| count <= max as usize)
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
    let sub_total = sum(world, offer, asked.items.as_ref(), asked.basis, state);
    if sub_total >= minimum {
        return Ok(());
    }
    Err(Refusal::MinimumNotMet { missing: minimum - sub_total, minimum, sub_total })
}

/// What the units that a selector means cost together.
fn sum(world: &World<'_>, offer: &Offer, items: Option<&Selector>, basis: Basis, state: &State) -> i64 {
    let prices = meant(world, offer, items).into_iter().map(|unit| match basis {
        Basis::SubTotal => world.units[unit].bulk,
        Basis::List => world.units[unit].list,
        Basis::Current => state.prices[unit],
    });
    prices.sum()
}

/// Counts units, in all or line by line; the dearest are spent.
fn count(world: &World<'_>, offer: &Offer, asked: &Quantity, state: &mut State) -> bool {
    let fits = |count: usize| fits(count, asked.min, asked.max);
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
