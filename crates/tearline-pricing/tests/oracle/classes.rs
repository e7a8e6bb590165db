//! How many of the random carts were of the kinds at which a mistake would show.

use std::collections::{BTreeMap, BTreeSet};

use tearline_pricing::quote::CodeStatus;
use tearline_pricing::refusal::Refusal;

use super::limits::sees;
use super::naive::Best;
use super::offers::{Group, Offer};

/// Counts carts by class.
#[derive(Debug, Default, Clone)]
pub(crate) struct Classes {
    carts: u32,
    found: BTreeMap<&'static str, u32>,
}

impl Classes {
    pub(crate) fn count(&mut self, best: &Best<'_>) {
        self.carts += 1;
        let is_parked = best.fates.iter().any(|fate| fate.status == CodeStatus::Parked);
        for (class, is_found) in [
            ("two promotions on one unit", has_two_on_one_unit(best)),
            ("a tie in an allocation", best.run.tied),
            ("a clip", best.run.clipped),
            ("a parked code", is_parked),
            ("a losing greedy choice", best.first_loses),
            ("an exclusive promotion that keeps others out", best.exclusive.is_some() && has_loser(best)),
            ("a loser of a group", has_loser_of_group(best)),
            ("more than eight combinations", best.combinations > 8),
            ("a limit that is reached", best.asked.iter().any(|(_, why)| why.as_ref().is_some_and(is_limit))),
            (
                "a period that is used up",
                best.asked.iter().any(|(_, why)| why.as_ref().is_some_and(is_for_now)),
            ),
            ("an event that is used up", hides_events(best)),
            ("a code of a pool", best.run.offers.iter().any(|offer| offer.row.is_some())),
        ] {
            *self.found.entry(class).or_default() += u32::from(is_found);
        }
    }

    pub(crate) fn carts(&self) -> u32 {
        self.carts
    }

    /// The classes, each with its part of the carts in percent.
    pub(crate) fn percentages(&self) -> BTreeMap<&'static str, f64> {
        let percent = |found: &u32| (f64::from(*found) * 1_000.0 / f64::from(self.carts)).round() / 10.0;
        self.found.iter().map(|(class, found)| (*class, percent(found))).collect()
    }
}

fn is_limit(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::UsedUp { .. } | Refusal::PerCustomerLimit { .. } | Refusal::Held { .. })
}

fn is_for_now(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::UsedUp { again_at: Some(_) })
}

/// Whether a promotion that applies does not see all lines of its events.
fn hides_events(best: &Best<'_>) -> bool {
    let hides = |offer: &Offer| {
        let mut within = best.run.world.units.iter().filter(|unit| unit.is_within(&offer.promotion.events));
        within.any(|unit| !sees(best.run.world, offer, unit))
    };
    let gave = best.run.offers.iter().enumerate().filter(|(number, _)| best.run.gave(*number) > 0);
    gave.map(|(_, offer)| offer).any(hides)
}

fn has_two_on_one_unit(best: &Best<'_>) -> bool {
    let mut on_unit: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for taken in best.run.takes.iter().filter(|taken| taken.minor > 0) {
        on_unit.entry(taken.unit).or_default().insert(taken.offer);
    }
    on_unit.values().any(|offers| offers.len() > 1)
}

/// Those whose conditions are met and that others keep out.
fn losers<'a>(best: &'a Best<'_>) -> impl Iterator<Item = &'a Offer> {
    let is_in = |offer: &&Offer| best.run.offers.iter().any(|other| other.id == offer.id);
    best.eligible.iter().filter(move |offer| !is_in(offer))
}

fn has_loser(best: &Best<'_>) -> bool {
    losers(best).next().is_some()
}

fn has_loser_of_group(best: &Best<'_>) -> bool {
    let is_named = |offer: &&Offer| matches!(offer.group, Some(Group::Named(_)));
    losers(best).filter(is_named).any(|loser| best.run.offers.iter().any(|other| other.shares_group(loser)))
}
