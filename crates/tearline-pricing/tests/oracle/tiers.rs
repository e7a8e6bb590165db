//! The more is bought, or spent, the more is taken off.

use tearline_pricing::benefits::Tiers;
use tearline_pricing::benefits::amount_off::Per;
use tearline_pricing::benefits::tiers::Step;
use tearline_pricing::config::price_list::BulkMode;
use tearline_pricing::refusal::Refusal;

use super::fraction::Fraction;
use super::gifts::{Seen, Takes, amount_off_all, by_line, percent_off_all, percent_off_items, take_one};
use super::world::World;

/// Takes what the step says that is reached, or for each part what its own step says.
pub(crate) fn take_tiers(world: &World<'_>, tiers: &Tiers, seen: &[Seen<'_>]) -> Result<Takes, Refusal> {
    let is_meant = |seen: &&Seen<'_>| tiers.items.as_ref().is_none_or(|items| seen.unit.is_meant(items));
    let units: Vec<Seen<'_>> = seen.iter().filter(is_meant).copied().collect();
    if units.is_empty() {
        return Err(Refusal::NoMatchingProduct);
    }
    if units.iter().all(|seen| seen.room == 0) {
        return Err(Refusal::NothingLeftToDiscount);
    }
    let by_units = tiers.steps[0].from_units.is_some();
    let spend: i64 = units.iter().map(|seen| seen.unit.bulk).sum();
    let reached = if by_units { i64::try_from(units.len()).expect("few units") } else { spend };
    let Some(step) = step(world, tiers, reached) else {
        if by_units {
            return Err(Refusal::NoMatchingProduct);
        }
        let minimum = from(world, &tiers.steps[0]);
        return Err(Refusal::MinimumNotMet { missing: minimum - spend, minimum, sub_total: spend });
    };
    Ok(match (tiers.mode, by_units) {
        (BulkMode::Volume, _) => whole(world, tiers, step, &units),
        (BulkMode::Graduated, true) => by_position(world, tiers, &units),
        (BulkMode::Graduated, false) => by_bracket(world, tiers, spend, &units),
    })
}

fn from(world: &World<'_>, step: &Step) -> i64 {
    match (&step.from_units, &step.from_spend) {
        (Some(units), _) => (*units).into(),
        (None, Some(spend)) => spend.in_currency(world.cart.currency).expect("asked before"),
        (None, None) => unreachable!("the generator gives every step a beginning"),
    }
}

fn step<'a>(world: &World<'_>, tiers: &'a Tiers, reached: i64) -> Option<&'a Step> {
    tiers.steps.iter().rfind(|step| from(world, step) <= reached)
}

fn whole(world: &World<'_>, tiers: &Tiers, step: &Step, units: &[Seen<'_>]) -> Takes {
    let minor = |amounts: &tearline_pricing::money::Amounts| {
        amounts.in_currency(world.cart.currency).expect("asked before")
    };
    let mut takes = Takes::default();
    match (&step.percent, &step.amount, &step.price) {
        (Some(percent), ..) if tiers.items.is_some() => return percent_off_items(world, *percent, units),
        (Some(percent), ..) => percent_off_all(world, *percent, units, &mut takes),
        (None, Some(amount), _) if tiers.items.is_none() || tiers.per == Per::Cart => {
            amount_off_all(minor(amount), units, &mut takes);
        }
        (None, Some(amount), _) if tiers.per == Per::Line => {
            for line in by_line(units).values() {
                amount_off_all(minor(amount), line, &mut takes);
            }
        }
        (None, Some(amount), _) => {
            for seen in units {
                take_one(seen, minor(amount), &mut takes);
            }
        }
        (None, None, Some(price)) => {
            let above = |seen: &Seen<'_>| (seen.base - minor(price)).max(0);
            for seen in units {
                take_one(seen, above(seen), &mut takes);
            }
        }
        (None, None, None) => unreachable!("the generator gives every step a reward"),
    }
    takes
}

/// Units of one line at the same step belong together: where the shop rounds by line, that is what is rounded.
fn by_position(world: &World<'_>, tiers: &Tiers, units: &[Seen<'_>]) -> Takes {
    let mut in_order = units.to_vec();
    in_order.sort_by_key(|seen| seen.unit.position);
    let place = |seen: &Seen<'_>| {
        let before = in_order.iter().filter(|other| other.unit.position < seen.unit.position).count();
        i64::try_from(before + 1).expect("few units")
    };
    let mut takes = Takes::default();
    for line in by_line(units).values() {
        let mut rest = &line[..];
        while let Some(first) = rest.first() {
            let own = step(world, tiers, place(first));
            let length = rest.iter().take_while(|seen| step(world, tiers, place(seen)) == own).count();
            let (run, left) = rest.split_at(length);
            rest = left;
            match own {
                None => takes.minor.extend(run.iter().map(|seen| (seen.number, 0))),
                Some(step) => {
                    let own = whole(world, tiers, step, run);
                    takes.minor.extend(own.minor);
                    takes.tied |= own.tied;
                    takes.clipped |= own.clipped;
                }
            }
        }
    }
    takes
}

fn by_bracket(world: &World<'_>, tiers: &Tiers, spend: i64, units: &[Seen<'_>]) -> Takes {
    let mut exact = Fraction::ZERO;
    for cent in tiers.steps.windows(2).map(|pair| (&pair[0], from(world, &pair[1]))) {
        exact = exact + bracket(world, cent.0, cent.1.min(spend));
    }
    exact = exact + bracket(world, tiers.steps.last().expect("a step"), spend);
    let mut takes = Takes::default();
    amount_off_all(exact.round(world.documents.shop.rounding), units, &mut takes);
    takes
}

/// What a step takes of the spend from its beginning to an end.
fn bracket(world: &World<'_>, step: &Step, end: i64) -> Fraction {
    let within = (end - from(world, step)).max(0);
    Fraction::from(within) * Fraction::from(step.percent.expect("brackets have percentages"))
}
