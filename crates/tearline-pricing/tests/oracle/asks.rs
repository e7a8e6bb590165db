//! Whether a promotion may apply at all, asked in order of precedence.

use std::collections::BTreeSet;

use tearline_pricing::benefits::{Benefit, Credit};
use tearline_pricing::conditions::minimum::Basis;
use tearline_pricing::conditions::{Condition, Minimum};
use tearline_pricing::config::Promotion;
use tearline_pricing::money::Amounts;
use tearline_pricing::refusal::Refusal;

use super::offers::Offer;
use super::world::World;

/// Asks; the first reason against is the answer.
pub(crate) fn ask(world: &World<'_>, offer: &Offer) -> Result<(), Refusal> {
    in_time(world, &offer.promotion)?;
    in_limits(world, offer)?;
    for_buyer(world, &offer.promotion)?;
    in_currency(world, &offer.promotion)?;
    let met = offer.promotion.conditions.iter().map(|condition| meet(world, &offer.promotion, condition));
    lowest(met.filter_map(Result::err)).map_or(Ok(()), Err)
}

/// The reason that goes before all others; among equals the first.
pub(crate) fn lowest(refusals: impl Iterator<Item = Refusal>) -> Option<Refusal> {
    refusals.min_by_key(Refusal::precedence)
}

fn in_time(world: &World<'_>, promotion: &Promotion) -> Result<(), Refusal> {
    if promotion.paused {
        return Err(Refusal::Void);
    }
    let start = promotion.starts_at.map(|when| when.as_start(&world.zone).expect("a near day"));
    if let Some(starts_at) = start.filter(|start| world.at < *start) {
        return Err(Refusal::NotStarted { starts_at });
    }
    let end = promotion.expires_at.map(|when| when.as_end(&world.zone).expect("a near day"));
    if let Some(ended_at) = end.filter(|end| world.at >= *end) {
        return Err(Refusal::Ended { ended_at });
    }
    Ok(())
}

fn in_limits(world: &World<'_>, offer: &Offer) -> Result<(), Refusal> {
    let uses = world.facts.uses.get(&offer.id).copied().unwrap_or_default();
    let limits = &offer.promotion.limits;
    let is_spent = |credit| balance(world, offer, credit) == Some(0);
    let all_spent = offer.is_only_credit() && credits(&offer.promotion).all(is_spent);
    if all_spent || limits.total.is_some_and(|most| uses.total >= most) {
        return Err(Refusal::UsedUp);
    }
    match limits.per_customer {
        Some(uses_max) if uses.customer >= uses_max => Err(Refusal::PerCustomerLimit { uses_max }),
        _ => Ok(()),
    }
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

fn for_buyer(world: &World<'_>, promotion: &Promotion) -> Result<(), Refusal> {
    let is_personal = !promotion.customers.is_empty()
        || promotion.limits.per_customer.is_some()
        || credits(promotion).any(|credit| !credit.shared);
    let buyer = world.cart.customer.as_ref();
    if is_personal && buyer.is_none() {
        return Err(Refusal::IdentifyFirst);
    }
    if !world.units.iter().any(|unit| unit.is_within(&promotion.events)) {
        return Err(Refusal::WrongEvent { events: promotion.events.clone() });
    }
    let is_meant = |buyer: &tearline_pricing::cart::Customer| promotion.customers.contains(&buyer.id);
    if !promotion.customers.is_empty() && !buyer.is_some_and(is_meant) {
        return Err(Refusal::NotARecipient);
    }
    Ok(())
}

fn in_currency(world: &World<'_>, promotion: &Promotion) -> Result<(), Refusal> {
    let mut all: Vec<&Amounts> = promotion.benefits.iter().filter_map(amounts).collect();
    promotion.conditions.iter().for_each(|condition| asked(condition, &mut all));
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

fn amounts(benefit: &Benefit) -> Option<&Amounts> {
    match benefit {
        Benefit::AmountOff(amount_off) => Some(&amount_off.amount),
        Benefit::Credit(credit) => Some(&credit.amount),
        _ => None,
    }
}

fn asked<'a>(condition: &'a Condition, all: &mut Vec<&'a Amounts>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| asked(part, all)),
        Condition::Not(part) => asked(part, all),
        Condition::Minimum(minimum) => all.push(&minimum.amount),
    }
}

fn meet(world: &World<'_>, promotion: &Promotion, condition: &Condition) -> Result<(), Refusal> {
    let is_met = |part: &Condition| meet(world, promotion, part).is_ok();
    // The words of a condition are no matter of arithmetic.
    let not_met = || Refusal::ConditionNotMet { condition: String::new() };
    match condition {
        Condition::All(parts) => {
            let refusals = parts.iter().filter_map(|part| meet(world, promotion, part).err());
            lowest(refusals).map_or(Ok(()), Err)
        }
        Condition::Any(parts) => parts.iter().any(is_met).then_some(()).ok_or_else(not_met),
        Condition::Not(part) => (!is_met(part)).then_some(()).ok_or_else(not_met),
        Condition::Minimum(minimum) => reach(world, promotion, minimum),
    }
}

fn reach(world: &World<'_>, promotion: &Promotion, asked: &Minimum) -> Result<(), Refusal> {
    let minimum = asked.amount.in_currency(world.cart.currency).expect("asked before");
    let units = world.units.iter().filter(|unit| unit.is_within(&promotion.events));
    let units = units.filter(|unit| asked.items.as_ref().is_none_or(|items| unit.is_meant(items)));
    let prices = units.map(|unit| match asked.basis {
        Basis::SubTotal => unit.bulk,
        Basis::List => unit.list,
    });
    let sub_total: i64 = prices.sum();
    if sub_total >= minimum {
        return Ok(());
    }
    Err(Refusal::MinimumNotMet { missing: minimum - sub_total, minimum, sub_total })
}
