//! How many of the random carts were of the kinds at which a mistake would show.

use std::collections::{BTreeMap, BTreeSet};

use tearline_pricing::conditions::Condition;
use tearline_pricing::quote::CodeStatus;
use tearline_pricing::refusal::Refusal;

use super::asks::in_currency;
use super::limits::sees;
use super::meets::{State, meet};
use super::naive::Best;
use super::offers::{Group, Offer, shop_offers};
use super::world::World;

/// Counts carts by class.
#[derive(Debug, Default, Clone)]
pub(crate) struct Classes {
    carts: u32,
    found: BTreeMap<&'static str, u32>,
    /// For each condition, in how many shops it is met, and in how many it is not.
    conditions: BTreeMap<(String, bool), u32>,
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
            ("a budget that is reached", reaches_budget(best)),
            ("a code of a pool", best.run.offers.iter().any(|offer| offer.row.is_some())),
        ] {
            *self.found.entry(class).or_default() += u32::from(is_found);
        }
        for answer in answers(best.run.world) {
            *self.conditions.entry(answer).or_default() += 1;
        }
    }

    pub(crate) fn carts(&self) -> u32 {
        self.carts
    }

    /// The classes, each with its part of the carts in percent.
    pub(crate) fn percentages(&self) -> BTreeMap<&'static str, f64> {
        self.found.iter().map(|(class, found)| (*class, self.percent(*found))).collect()
    }

    /// Every condition that there is, with the part of the carts in percent that meet it, and that do not.
    pub(crate) fn of_conditions(&self) -> BTreeMap<(String, bool), f64> {
        let percent =
            |answer: &(String, bool)| self.percent(self.conditions.get(answer).copied().unwrap_or(0));
        let answers = leaves().into_iter().flat_map(|name| [(name.clone(), true), (name, false)]);
        answers.map(|answer| (answer.clone(), percent(&answer))).collect()
    }

    fn percent(&self, found: u32) -> f64 {
        (f64::from(found) * 1_000.0 / f64::from(self.carts)).round() / 10.0
    }
}

/// The names of all conditions that hold no other, as whoever reads one that there is not is told them.
fn leaves() -> Vec<String> {
    let told = serde_json::from_str::<Condition>(r#"{"?": {}}"#).expect_err("no condition").to_string();
    let names = told.split('`').skip(1).step_by(2).map(str::to_owned);
    names.filter(|name| !["?", "all", "any", "not"].contains(&name.as_str())).collect()
}

/// Every condition of a shop's promotions by its name, with whether a cart meets it.
fn answers(world: &World<'_>) -> BTreeSet<(String, bool)> {
    let mut answers = BTreeSet::new();
    for offer in shop_offers(world.documents) {
        if in_currency(world, &offer.promotion).is_ok() {
            for condition in &offer.promotion.conditions {
                answer(world, &offer, condition, &mut answers);
            }
        }
    }
    answers
}

fn answer(world: &World<'_>, offer: &Offer, condition: &Condition, answers: &mut BTreeSet<(String, bool)>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                answer(world, offer, part, answers);
            }
        }
        Condition::Not(part) => answer(world, offer, part, answers),
        leaf => {
            let is_met = meet(world, offer, leaf, &mut State::before_promotions(world)).is_ok();
            let document = serde_json::to_value(leaf).expect("a condition is a plain value");
            let names = document.as_object().into_iter().flat_map(|fields| fields.keys().cloned());
            answers.extend(names.map(|name| (name, is_met)));
        }
    }
}

fn is_limit(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::UsedUp { .. } | Refusal::PerCustomerLimit { .. } | Refusal::Held { .. })
}

/// Whether nothing is left of a budget, too little, or nothing after this order.
fn reaches_budget(best: &Best<'_>) -> bool {
    let is_exhausted = |why: &Option<Refusal>| matches!(why, Some(Refusal::BudgetExhausted { .. }));
    best.asked.iter().any(|(_, why)| is_exhausted(why))
        || best.run.is_over_budget()
        || best.run.is_clipped_by_budget()
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
