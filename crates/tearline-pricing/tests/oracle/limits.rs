//! How often a promotion may be used, and what an order takes of that.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use tearline_pricing::code::match_key;
use tearline_pricing::facts::{CodeState, Uses};
use tearline_pricing::names::{EventId, PromotionId};
use tearline_pricing::quote::{Claim, ClaimedLimit};
use tearline_pricing::refusal::Refusal;

use super::asks::{end, is_spent, state};
use super::offers::Offer;
use super::pipeline::Run;
use super::units::Unit;
use super::world::World;

/// Asks: what is used up for good, what is used up for now, what others hold, what the buyer has used.
pub(crate) fn ask(world: &World<'_>, offer: &Offer) -> Result<(), Refusal> {
    let (limits, uses) = (&offer.promotion.limits, uses(world, offer));
    let total = limits.total.is_some_and(|most| uses.total >= most);
    if total || is_code_used_up(world, offer) || is_spent(world, offer) || sees_nothing(world, offer) {
        return Err(Refusal::UsedUp { again_at: None });
    }
    let used_up: Vec<Timestamp> =
        periods(world, offer).into_iter().filter_map(|it| it.used_up_until).collect();
    if let Some(until) = used_up.into_iter().max() {
        let again_at = Some(until).filter(|until| end(world, offer).is_none_or(|end| *until < end));
        return Err(Refusal::UsedUp { again_at });
    }
    if let Some(CodeState::Held { until, by_this_buyer: false }) = state(offer)
        && world.at < until
    {
        return Err(Refusal::Held { until });
    }
    match limits.per_customer {
        Some(uses_max) if uses.customer >= uses_max => Err(Refusal::PerCustomerLimit { uses_max }),
        _ => Ok(()),
    }
}

fn uses(world: &World<'_>, offer: &Offer) -> Uses {
    world.facts.uses.get(&offer.id).cloned().unwrap_or_default()
}

/// What is left of an offer's budget, if it has one.
pub(crate) fn left_of_budget(world: &World<'_>, offer: &Offer) -> Option<i64> {
    let budget = offer.promotion.limits.budget?;
    match world.facts.budgets.get(&offer.id) {
        Some(left) => i64::try_from(*left).ok(),
        None => Some(budget.amount.minor),
    }
}

/// A code of a pool may be used as often as it says, else as its promotion says, else once.
fn is_code_used_up(world: &World<'_>, offer: &Offer) -> bool {
    let per_code = offer.promotion.limits.per_code;
    match (&offer.row, &offer.code) {
        (Some((_, row)), _) => {
            let most = row.uses_max.unwrap_or(per_code.unwrap_or(1));
            row.state == CodeState::Redeemed || row.uses >= most
        }
        (None, Some(code)) => {
            let used = uses(world, offer).codes.get(&match_key(code)).copied().unwrap_or(0);
            per_code.is_some_and(|most| used >= most)
        }
        (None, None) => false,
    }
}

/// Whether a promotion sees a unit: it is of its events, and not of one whose limit is reached.
pub(crate) fn sees(world: &World<'_>, offer: &Offer, unit: &Unit) -> bool {
    let uses = uses(world, offer).events;
    let used = unit.event.as_ref().and_then(|event| uses.get(event));
    let is_used_up =
        offer.promotion.limits.per_event.is_some_and(|most| used.is_some_and(|used| *used >= most));
    unit.is_within(&offer.promotion.events) && !is_used_up
}

/// Whether all units of its events are hidden from it.
fn sees_nothing(world: &World<'_>, offer: &Offer) -> bool {
    let within: Vec<&Unit> =
        world.units.iter().filter(|unit| unit.is_within(&offer.promotion.events)).collect();
    !within.is_empty() && within.iter().all(|unit| !sees(world, offer, unit))
}

/// A period in which a promotion may be used only so often.
struct Period {
    limit: ClaimedLimit,
    first_day: Date,
    /// The moment after it, if it is used up.
    used_up_until: Option<Timestamp>,
}

/// The day, the week and the month of the quote, as far as the promotion has limits for them: found by walking
/// through the calendar.
fn periods(world: &World<'_>, offer: &Offer) -> Vec<Period> {
    let (limits, uses) = (&offer.promotion.limits, uses(world, offer));
    let is_monday = |day: Date| day.weekday() == Weekday::Monday;
    let is_first = |day: Date| day.day() == 1;
    let mut periods = Vec::new();
    let mut add = |limit, most: Option<u64>, used: u64, begins: &dyn Fn(Date) -> bool| {
        let Some(most) = most else { return };
        let today = world.at.to_zoned(world.zone.clone()).date();
        let first_day = walk(today, -1, begins);
        let after = walk(today + 1.day(), 1, begins).to_zoned(world.zone.clone()).expect("a near day");
        let used_up_until = (used >= most).then(|| after.timestamp());
        periods.push(Period { limit, first_day, used_up_until });
    };
    add(ClaimedLimit::PerDay, limits.per_day, uses.day, &|_| true);
    add(ClaimedLimit::PerWeek, limits.per_week, uses.week, &is_monday);
    add(ClaimedLimit::PerMonth, limits.per_month, uses.month, &is_first);
    periods
}

fn walk(from: Date, step: i32, is_there: &dyn Fn(Date) -> bool) -> Date {
    if is_there(from) { from } else { walk(from + step.days(), step, is_there) }
}

pub(crate) fn claim(promotion: &PromotionId, limit: ClaimedLimit, take: i64) -> Claim {
    Claim { promotion: promotion.clone(), limit, take, code: None, period: None, event: None }
}

/// What an offer that gives something takes of its limits.
pub(crate) fn claims(run: &Run<'_>, number: usize) -> Vec<Claim> {
    let (world, offer) = (run.world, &run.offers[number]);
    let limits = &offer.promotion.limits;
    let mut claims = Vec::new();
    if limits.total.is_some() {
        claims.push(claim(&offer.id, ClaimedLimit::Total, 1));
    }
    if limits.per_customer.is_some() {
        claims.push(claim(&offer.id, ClaimedLimit::PerCustomer, 1));
    }
    let code = match (&offer.row, &offer.code, limits.per_code) {
        (Some((key, _)), ..) => Some(key.clone()),
        (None, Some(code), Some(_)) => Some(match_key(code)),
        _ => None,
    };
    if code.is_some() {
        claims.push(Claim { code, ..claim(&offer.id, ClaimedLimit::PerCode, 1) });
    }
    for period in periods(world, offer) {
        claims.push(Claim { period: Some(period.first_day), ..claim(&offer.id, period.limit, 1) });
    }
    for event in events(run, number).into_iter().filter(|_| limits.per_event.is_some()) {
        claims.push(Claim { event: Some(event), ..claim(&offer.id, ClaimedLimit::PerEvent, 1) });
    }
    if limits.budget.is_some() && run.spent_of_budget(number) > 0 {
        claims.push(claim(&offer.id, ClaimedLimit::Budget, run.spent_of_budget(number)));
    }
    claims
}

/// The events of the units from which it took; where it paid or lowered shipping, of all that it sees.
fn events(run: &Run<'_>, number: usize) -> BTreeSet<EventId> {
    let beside = run.off_shipping.contains_key(&number) || run.paid.contains_key(&number);
    let took = |unit: usize| run.takes.iter().any(|it| it.unit == unit && it.offer == number && it.minor > 0);
    let units = run.world.units.iter().enumerate();
    let given = units.filter(|(place, unit)| if beside { run.sees(number, unit) } else { took(*place) });
    given.filter_map(|(_, unit)| unit.event.clone()).collect()
}
