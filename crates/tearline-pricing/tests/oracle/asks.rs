//! Whether a promotion may apply at all, asked in order of precedence.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tearline_pricing::benefits::{Benefit, Credit};
use tearline_pricing::conditions::Condition;
use tearline_pricing::config::Promotion;
use tearline_pricing::config::selector::Selector;
use tearline_pricing::facts::CodeState;
use tearline_pricing::money::Amounts;
use tearline_pricing::refusal::Refusal;

use super::gifts::at_most;
use super::limits;
use super::meets::{State, is_late, meet};
use super::offers::Offer;
use super::world::World;

/// Asks; the first reason against is the answer.
pub(crate) fn ask(world: &World<'_>, offer: &Offer) -> Result<(), Refusal> {
    in_state(offer)?;
    in_time(world, offer)?;
    limits::ask(world, offer)?;
    for_buyer(world, offer)?;
    in_currency(world, &offer.promotion)?;
    let mut state = State::before_promotions(world);
    let early = offer.promotion.conditions.iter().filter(|condition| !is_late(condition));
    let met: Vec<_> = early.map(|condition| meet(world, offer, condition, &mut state)).collect();
    let is_exhausted = limits::left_of_budget(world, offer) == Some(0);
    let exhausted = is_exhausted.then_some(Refusal::BudgetExhausted { left: 0 });
    lowest(met.into_iter().filter_map(Result::err).chain(exhausted)).map_or(Ok(()), Err)
}

/// The reason that goes before all others; among equals the first.
pub(crate) fn lowest(refusals: impl Iterator<Item = Refusal>) -> Option<Refusal> {
    refusals.min_by_key(Refusal::precedence)
}

fn in_state(offer: &Offer) -> Result<(), Refusal> {
    match state(offer) {
        Some(CodeState::Preview) => Err(Refusal::Preview),
        Some(CodeState::Void) => Err(Refusal::Void),
        _ if offer.promotion.paused => Err(Refusal::Void),
        _ => Ok(()),
    }
}

pub(crate) fn state(offer: &Offer) -> Option<CodeState> {
    offer.row.as_ref().map(|(_, row)| row.state)
}

/// The later of the starts, and the earlier of the ends, of a promotion and its code.
fn in_time(world: &World<'_>, offer: &Offer) -> Result<(), Refusal> {
    let row = offer.row.as_ref().map(|(_, row)| row);
    let starts = [offer.promotion.starts_at, row.and_then(|row| row.starts_at)].into_iter().flatten();
    let start = starts.map(|when| when.as_start(&world.zone).expect("a near day")).max();
    if let Some(starts_at) = start.filter(|start| world.at < *start) {
        return Err(Refusal::NotStarted { starts_at });
    }
    if let Some(ended_at) = end(world, offer).filter(|end| world.at >= *end) {
        return Err(Refusal::Ended { ended_at });
    }
    Ok(())
}

pub(crate) fn end(world: &World<'_>, offer: &Offer) -> Option<Timestamp> {
    let row = offer.row.as_ref().and_then(|(_, row)| row.expires_at);
    let ends = [offer.promotion.expires_at, row].into_iter().flatten();
    ends.map(|when| when.as_end(&world.zone).expect("a near day")).min()
}

/// Whether all that it has is credit, and all of that is spent.
pub(crate) fn is_spent(world: &World<'_>, offer: &Offer) -> bool {
    let is_spent = |credit| balance(world, offer, credit) == Some(0);
    offer.is_only_credit() && credits(&offer.promotion).all(is_spent)
}

fn credits(promotion: &Promotion) -> impl Iterator<Item = &Credit> {
    promotion.benefits.iter().filter_map(|benefit| match benefit {
        Benefit::Credit(credit) => Some(credit),
        _ => None,
    })
}

/// What is left of a credit, if that is known in the cart's currency.
pub(crate) fn balance(world: &World<'_>, offer: &Offer, credit: &Credit) -> Option<i64> {
    match world.facts.balances.get(&offer.id) {
        Some(left) => i64::try_from(*left).ok(),
        None => credit.amount.in_currency(world.cart.currency),
    }
}

fn for_buyer(world: &World<'_>, offer: &Offer) -> Result<(), Refusal> {
    let promotion = &offer.promotion;
    let is_personal = !promotion.customers.is_empty()
        || promotion.limits.per_customer.is_some()
        || credits(promotion).any(|credit| !credit.shared);
    let buyer = world.cart.customer.as_ref();
    if is_personal && buyer.is_none() {
        return Err(Refusal::IdentifyFirst);
    }
    if !world.units.iter().any(|unit| unit.is_within(&promotion.events)) {
        return Err(Refusal::WrongEvent { events: promotion.events.clone().into() });
    }
    let is_meant = |buyer: &tearline_pricing::cart::Customer| promotion.customers.contains(&buyer.id);
    if !promotion.customers.is_empty() && !buyer.is_some_and(is_meant) {
        return Err(Refusal::NotARecipient);
    }
    let holder = offer.row.as_ref().and_then(|(_, row)| row.customer.as_ref());
    if holder.is_some_and(|holder| buyer.is_none_or(|buyer| buyer.id != *holder)) {
        return Err(Refusal::NotARecipient);
    }
    Ok(())
}

pub(crate) fn in_currency(world: &World<'_>, promotion: &Promotion) -> Result<(), Refusal> {
    let mut all: Vec<&Amounts> = promotion.benefits.iter().flat_map(amounts).collect();
    promotion.conditions.iter().for_each(|condition| asked(condition, &mut all));
    let budget =
        promotion.limits.budget.map(|budget| Amounts::try_from(budget.amount).expect("a valid amount"));
    all.extend(&budget);
    if all.iter().all(|amounts| amounts.in_currency(world.cart.currency).is_some()) {
        return Ok(());
    }
    // Told are those in which every amount is given.
    let named: BTreeSet<&str> =
        all.iter().flat_map(|amounts| amounts.iter()).map(|money| money.currency.code()).collect();
    let is_in_all =
        |code: &&str| all.iter().all(|amounts| amounts.iter().any(|money| money.currency.code() == *code));
    Err(Refusal::CurrencyNotOffered {
        offered: named.into_iter().filter(is_in_all).map(str::to_owned).collect(),
    })
}

/// Every amount of a benefit: its own, its cap, and those of its selectors.
fn amounts(benefit: &Benefit) -> Vec<&Amounts> {
    let (own, selectors): (Vec<&Amounts>, Vec<&Selector>) = match benefit {
        Benefit::PercentOff(off) => (Vec::new(), off.items.iter().collect()),
        Benefit::AmountOff(off) => {
            ([&off.amount].into_iter().chain(&off.further).collect(), off.items.iter().collect())
        }
        Benefit::FixedPrice(fixed) => (vec![&fixed.price], vec![&fixed.items]),
        Benefit::FreeProduct(free) => (Vec::new(), vec![&free.items]),
        Benefit::BuyXGetY(sets) => (Vec::new(), sets.buy.items.iter().chain(&sets.get.items).collect()),
        Benefit::EveryNth(nth) => (Vec::new(), vec![&nth.items]),
        Benefit::Bundle(bundle) => {
            (vec![&bundle.price], bundle.parts.iter().map(|part| &part.items).collect())
        }
        Benefit::Tiers(tiers) => {
            let of_steps = tiers
                .steps
                .iter()
                .flat_map(|step| step.from_spend.iter().chain(&step.amount).chain(&step.price));
            (of_steps.collect(), tiers.items.iter().collect())
        }
        Benefit::Gift(gift) => (Vec::new(), vec![&gift.items]),
        Benefit::AtCost(at_cost) => (Vec::new(), vec![&at_cost.items]),
        Benefit::FreeShipping(_) => (Vec::new(), Vec::new()),
        Benefit::ShippingOff(off) => (off.amount.iter().chain(&off.price).collect(), Vec::new()),
        Benefit::Credit(credit) => (vec![&credit.amount], Vec::new()),
    };
    let of_selectors = selectors.into_iter().flat_map(of_selector);
    own.into_iter().chain(at_most(benefit)).chain(of_selectors).collect()
}

fn of_selector(selector: &Selector) -> impl Iterator<Item = &Amounts> {
    selector.price_from.iter().chain(&selector.price_to)
}

fn asked<'a>(condition: &'a Condition, all: &mut Vec<&'a Amounts>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| asked(part, all)),
        Condition::Not(part) => asked(part, all),
        Condition::Minimum(minimum) => {
            all.push(&minimum.amount);
            all.extend(minimum.items.iter().flat_map(of_selector));
        }
        Condition::Maximum(maximum) => {
            all.push(&maximum.amount);
            all.extend(maximum.items.iter().flat_map(of_selector));
        }
        Condition::Quantity(quantity) => all.extend(quantity.items.iter().flat_map(of_selector)),
        Condition::Distinct(distinct) => all.extend(distinct.items.iter().flat_map(of_selector)),
        Condition::Contains(contains) => all.extend(of_selector(&contains.items)),
        Condition::Event(_)
        | Condition::SignedIn(_)
        | Condition::Customer(_)
        | Condition::KnownCustomer(_)
        | Condition::Recipient(_)
        | Condition::Segment(_)
        | Condition::OrderNumber(_)
        | Condition::DaysSinceOrder(_)
        | Condition::Currency(_)
        | Condition::Channel(_)
        | Condition::Shipping(_)
        | Condition::Dates(_)
        | Condition::Weekly(_)
        | Condition::Attribute(_)
        | Condition::Expression(_) => {}
    }
}
