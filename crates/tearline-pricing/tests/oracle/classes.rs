//! How many of the random carts were of the kinds at which a mistake would show.

use std::collections::{BTreeMap, BTreeSet};

use tearline_pricing::quote::CodeStatus;

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
