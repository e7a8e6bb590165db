//! How often a promotion and its codes may be used: what stops them, and what an order takes of that.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::facts::CodeState;
use crate::money::Money;
use crate::names::EventId;
use crate::period::Period;
use crate::price::budgets;
use crate::price::candidates::{Candidate, Case};
use crate::price::hearing::Hearing;
use crate::price::pipeline::Outcome;
use crate::quote::{Claim, ClaimedLimit};
use crate::refusal::Refusal;
use crate::snapshot::CompiledPromotion;
use crate::snapshot::matcher::Scope;
use crate::when::When;

/// The lines that a promotion still sees, if it has been used in some events as often as it may be: of its events,
/// but for those.
pub(crate) fn narrowed(case: &Case<'_>, promotion: &CompiledPromotion) -> Option<Box<Scope>> {
    let most = promotion.limits.per_event?;
    let uses = &case.facts.uses_of(&promotion.id).events;
    let used_up = uses.iter().filter(|(_, used)| **used >= most);
    let except = used_up.filter_map(|(event, _)| case.snapshot.event_index.get(event).copied()).collect();
    Some(Box::new(Scope { except, ..promotion.scope.clone() }))
}

/// Asks in order of precedence. What is used up for good goes before what a period has used up.
pub(crate) fn ask(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    if is_without(candidate) {
        return ask_balance(case, candidate, hearing);
    }
    ask_total(case, candidate, hearing)?;
    ask_code(case, candidate, hearing)?;
    ask_balance(case, candidate, hearing)?;
    ask_events(case, candidate, hearing)?;
    ask_periods(case, candidate, hearing)?;
    ask_hold(case, candidate, hearing)?;
    ask_customer(case, candidate, hearing)
}

/// Whether neither the promotion nor its code has any limit.
fn is_without(candidate: &Candidate<'_>) -> bool {
    !candidate.promotion.is_limited && candidate.key.is_none()
}

fn times(uses: u64) -> String {
    if uses == 1 { "1 use".to_owned() } else { format!("{uses} uses") }
}

fn ask_total(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let Some(most) = candidate.promotion.limits.total else { return ControlFlow::Continue(()) };
    let used = case.facts.uses_of(&candidate.promotion.id).total;
    let asked = || format!("fewer than {}", times(most));
    hearing.hear(used < most, || Refusal::USED_UP, asked, || times(used))
}

fn ask_code(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let Some((most, used)) = code_uses(case, candidate) else { return ControlFlow::Continue(()) };
    let is_redeemed = candidate.row().is_some_and(|row| row.state == CodeState::Redeemed);
    let asked = || format!("fewer than {} of this code", times(most));
    let found = || if is_redeemed { "redeemed".to_owned() } else { times(used) };
    hearing.hear(!is_redeemed && used < most, || Refusal::USED_UP, asked, found)
}

/// How often the candidate's code may be used, and has been; a code of a pool always has a limit.
fn code_uses(case: &Case<'_>, candidate: &Candidate<'_>) -> Option<(u64, u64)> {
    let (key, per_code) = (candidate.key.as_ref()?, candidate.promotion.limits.per_code);
    if let Some(row) = key.row {
        return Some((row.uses_max(per_code), row.uses));
    }
    let used = case.facts.uses_of(&candidate.promotion.id).codes.get(&*key.text);
    Some((per_code?, used.copied().unwrap_or(0)))
}

fn ask_balance(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let promotion = candidate.promotion;
    let Some(&left) = case.facts.balances.get(&promotion.id).filter(|_| promotion.is_credit()) else {
        return ControlFlow::Continue(());
    };
    let money = |minor| Money::new(i64::try_from(minor).unwrap_or(i64::MAX), case.cart.currency());
    let asked = || "something left of the credit".to_owned();
    hearing.hear(left > 0, || Refusal::USED_UP, asked, || money(left).to_string())
}

/// Where lines of its events are in the cart, but in all of these events it is used up.
fn ask_events(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let Some(most) = candidate.promotion.limits.per_event else { return ControlFlow::Continue(()) };
    let within = &candidate.promotion.scope;
    let mut lines = case.cart.lines.iter().filter(|line| within.holds(line)).peekable();
    let met = lines.peek().is_none() || lines.any(|line| candidate.scope().holds(line));
    let uses = &case.facts.uses_of(&candidate.promotion.id).events;
    let found = || {
        let words = |event: &EventId| format!("{} in {event}", times(uses.get(event).copied().unwrap_or(0)));
        events(case, within).into_iter().map(words).collect::<Vec<_>>().join(", ")
    };
    hearing.hear(met, || Refusal::USED_UP, || format!("fewer than {} in an event", times(most)), found)
}

/// The events in which lines of a scope are bought.
fn events<'a>(case: &Case<'a>, scope: &Scope) -> BTreeSet<&'a EventId> {
    let lines = case.cart.lines.iter().filter(|line| scope.holds(line));
    lines.filter_map(|line| case.cart.event_of(line)).collect()
}

/// A period, how often a promotion may be used in it, and how often it has been.
type PeriodUses = (Period, Option<u64>, u64);

fn ask_periods(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let (limits, uses) = (&candidate.promotion.limits, case.facts.uses_of(&candidate.promotion.id));
    let periods = [
        (Period::Day, limits.per_day, uses.day),
        (Period::Week, limits.per_week, uses.week),
        (Period::Month, limits.per_month, uses.month),
    ];
    let again_at = again_at(case, candidate, &periods);
    for (period, most, used) in periods {
        let Some(most) = most else { continue };
        let asked = || format!("fewer than {} this {}", times(most), period.name());
        hearing.hear(used < most, || Refusal::UsedUp { again_at }, asked, || times(used))?;
    }
    ControlFlow::Continue(())
}

/// From when no period is used up any more; none if the promotion is over by then.
fn again_at(case: &Case<'_>, candidate: &Candidate<'_>, periods: &[PeriodUses]) -> Option<Timestamp> {
    let used_up = periods.iter().filter(|(_, most, used)| most.is_some_and(|most| *used >= most));
    let next = used_up.filter_map(|(period, ..)| period.next(case.today())).max()?;
    let again_at = When::Day(next).as_start(&case.snapshot.zone).ok()?;
    (!candidate.window(case).is_over(again_at)).then_some(again_at)
}

fn ask_hold(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let held = candidate.row().and_then(|row| row.held_until(case.at));
    let Some(until) = held else { return ControlFlow::Continue(()) };
    let asked = || "a code that nobody else holds".to_owned();
    hearing.hear(false, || Refusal::Held { until }, asked, || format!("held until {}", case.local(until)))
}

fn ask_customer(case: &Case<'_>, candidate: &Candidate<'_>, hearing: &mut Hearing) -> ControlFlow<()> {
    let Some(uses_max) = candidate.promotion.limits.per_customer else { return ControlFlow::Continue(()) };
    let used = case.facts.uses_of(&candidate.promotion.id).customer;
    let asked = || format!("fewer than {} by this customer", times(uses_max));
    hearing.hear(used < uses_max, || Refusal::PerCustomerLimit { uses_max }, asked, || times(used))
}

/// What placing the order takes of the limits of a candidate that gives something.
pub(crate) fn claim(
    case: &Case<'_>,
    index: usize,
    candidate: &Candidate<'_>,
    outcome: &Outcome,
) -> Vec<Claim> {
    if is_without(candidate) {
        return Vec::new();
    }
    let limits = &candidate.promotion.limits;
    let one = |limit| Claim::new(&candidate.promotion.id, limit, 1);
    let mut claims = Vec::new();
    claims.extend(limits.total.map(|_| one(ClaimedLimit::Total)));
    claims.extend(limits.per_customer.map(|_| one(ClaimedLimit::PerCustomer)));
    if let Some(key) = candidate.key.as_ref().filter(|_| code_uses(case, candidate).is_some()) {
        claims.push(Claim { code: Some(key.text.clone().into_owned()), ..one(ClaimedLimit::PerCode) });
    }
    for (period, limit, most) in [
        (Period::Day, ClaimedLimit::PerDay, limits.per_day),
        (Period::Week, ClaimedLimit::PerWeek, limits.per_week),
        (Period::Month, ClaimedLimit::PerMonth, limits.per_month),
    ] {
        claims.extend(most.map(|_| Claim { period: Some(period.first_day(case.today())), ..one(limit) }));
    }
    if limits.per_event.is_some() {
        let events = events_given(case, index, candidate, outcome).into_iter();
        claims
            .extend(events.map(|event| Claim { event: Some(event.clone()), ..one(ClaimedLimit::PerEvent) }));
    }
    let given = limits.budget.map(|_| budgets::given(index, &outcome.taken, &outcome.grants));
    claims.extend(
        given.filter(|given| *given > 0).map(|given| Claim { take: given, ..one(ClaimedLimit::Budget) }),
    );
    claims
}

/// The events in which a candidate gives something. What goes to shipping, or pays, goes to all that it sees.
fn events_given<'a>(
    case: &Case<'a>,
    index: usize,
    candidate: &Candidate<'_>,
    outcome: &Outcome,
) -> BTreeSet<&'a EventId> {
    if outcome.grants.iter().any(|grant| grant.candidate == index) {
        return events(case, candidate.scope());
    }
    let entries = outcome.taken.entries().filter(|entry| entry.candidate == index);
    entries.filter_map(|entry| case.cart.event_of(case.cart.line_of(entry.unit))).collect()
}
