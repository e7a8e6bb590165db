//! What is missing for a promotion to apply to a cart.

use crate::benefits::units::UnitsView;
use crate::money::Currency;
use crate::need::{Missing, Need};
use crate::price::candidates::{Candidate, Case};
use crate::price::left::Left;
use crate::quote::{Checked, Stage};
use crate::refusal::Refusal;
use crate::snapshot::{CompiledBenefit, Snapshot};
use crate::words;

/// What would make a candidate apply that was asked all of this; empty if nothing is missing, or if nothing that
/// the customer can do would help.
pub(crate) fn of(case: &Case<'_>, candidate: &Candidate<'_>, checks: &[Checked]) -> Vec<Missing> {
    let mut needs = all_of(checks);
    if needs.is_empty() && checks.iter().any(|check| !check.met) {
        return Vec::new();
    }
    needs.extend(of_benefits(case, candidate));
    without_repeats(&needs).into_iter().map(|need| told(need, case.cart.currency(), case.snapshot)).collect()
}

/// A need with its words.
pub(crate) fn told(need: Need, currency: Currency, snapshot: &Snapshot) -> Missing {
    Missing { words: words::need(&need, currency, snapshot), need }
}

/// What it takes for all of these to be met; empty if they are, or if nothing helps.
pub(crate) fn all_of(parts: &[Checked]) -> Vec<Need> {
    let unmet = || parts.iter().filter(|part| !part.met);
    if unmet().any(|part| part.needs.is_empty()) {
        return Vec::new();
    }
    unmet().flat_map(|part| &part.needs).cloned().collect()
}

/// What it takes for one of these to be met.
pub(crate) fn one_of(ways: impl Iterator<Item = Vec<Need>>) -> Vec<Need> {
    let mut ways: Vec<_> = ways.filter(|way| !way.is_empty()).collect();
    ways.dedup();
    if ways.len() > 1 { vec![Need::OneOf { ways }] } else { ways.pop().unwrap_or_default() }
}

/// What it takes for one of the promotion's benefits to have something to take from.
fn of_benefits(case: &Case<'_>, candidate: &Candidate<'_>) -> Vec<Need> {
    let benefits = &candidate.promotion.benefits;
    let needs: Vec<_> = benefits.iter().map(|benefit| of_benefit(case, candidate, benefit)).collect();
    if needs.iter().any(Vec::is_empty) { Vec::new() } else { one_of(needs.into_iter()) }
}

fn of_benefit(case: &Case<'_>, candidate: &Candidate<'_>, compiled: &CompiledBenefit) -> Vec<Need> {
    let left = Left::of(case.bulk.units.clone(), case.cart);
    let prices = &left.units;
    let view = UnitsView {
        cart: case.cart,
        scope: candidate.scope(),
        promotion: &candidate.promotion.id,
        after_bulk: prices,
        matchers: &compiled.matchers,
        base: prices,
        left: &left,
        room: prices,
        spent: &[],
        currency: case.cart.currency(),
        rounding: case.snapshot.shop.rounding,
        rounding_level: case.snapshot.shop.rounding_level,
    };
    let gives = compiled.benefit.gives();
    match gives.stage() {
        Stage::Shipping if case.cart.shipping_by(gives.methods()).is_some() => Vec::new(),
        Stage::Shipping => vec![Need::ChooseShipping { methods: gives.methods().to_vec() }],
        _ => gives.needs(&view),
    }
}

/// Leaves out what other needs include: fewer of the same items, and anything where something is needed anyway.
fn without_repeats(needs: &[Need]) -> Vec<Need> {
    let is_included = |place: usize, need: &Need| {
        let others = needs.iter().enumerate().filter(|(other, _)| *other != place);
        others.into_iter().any(|(other, more)| includes(more, need) && (more != need || other < place))
    };
    let kept = needs.iter().enumerate().filter(|(place, need)| !is_included(*place, need));
    kept.map(|(_, need)| need.clone()).collect()
}

/// Whether who sees to one need sees to another with it.
fn includes(more: &Need, need: &Need) -> bool {
    match (more, need) {
        (Need::Spend { .. } | Need::Add { .. } | Need::AddOthers { .. }, Need::AddAnything) => true,
        (Need::Spend { missing: more, of }, Need::Spend { missing, of: of_need }) => {
            more >= missing && of == of_need
        }
        (Need::Add { units: more, of, .. }, Need::Add { units, of: of_need, on_one_line: false }) => {
            more >= units && of == of_need
        }
        (more, need) => more == need,
    }
}

/// What would help against a refusal that says so itself.
pub(crate) fn of_refusal(refusal: &Refusal) -> Option<Need> {
    match refusal {
        Refusal::NotStarted { starts_at } => Some(Need::Wait { until: *starts_at }),
        Refusal::UsedUp { again_at: Some(until) } | Refusal::Held { until } => {
            Some(Need::Wait { until: *until })
        }
        Refusal::IdentifyFirst => Some(Need::Identify),
        _ => None,
    }
}
