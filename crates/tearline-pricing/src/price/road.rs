//! Why this cent: who took what off each line, in the order in which it was taken.

use crate::price::bulk::rule_of;
use crate::price::candidates::{Candidates, Case};
use crate::price::pipeline::Outcome;
use crate::price::resolve::ResolvedLine;
use crate::price::taken::Entry;
use crate::quote::{Stage, Taken, TakenBy};

/// Each line's road from its list price to what is left of it after stage 5a, in the cart's order.
pub(crate) fn of_lines(
    case: &Case<'_>,
    candidates: &Candidates<'_>,
    outcome: &Outcome,
    with_units: bool,
) -> Vec<Vec<Taken>> {
    let road = |line: &ResolvedLine<'_>| Road::new(case, line, with_units);
    let mut roads: Vec<Road> = case.cart.lines.iter().map(road).collect();
    for entry in outcome.taken.entries() {
        let line = case.cart.line_index(entry.unit) as usize;
        let by = || taken_by(candidates, entry.candidate, entry.stage);
        roads[line].take(&entry, &case.cart.lines[line], by);
    }
    let mut steps = |line: usize| std::mem::take(&mut roads[line].steps);
    case.cart.as_came().map(&mut steps).collect()
}

/// What was taken off shipping.
pub(crate) fn of_shipping(list: i64, candidates: &Candidates<'_>, outcome: &Outcome) -> Vec<Taken> {
    let mut left = list;
    let taken = outcome.grants.iter().filter(|grant| grant.stage == Stage::Shipping).map(|grant| {
        left -= grant.minor;
        let by = taken_by(candidates, grant.candidate, grant.stage);
        Taken { by, took: grant.minor, left, units: None }
    });
    taken.collect()
}

fn taken_by(candidates: &Candidates<'_>, candidate: usize, stage: Stage) -> TakenBy {
    TakenBy::Promotion { promotion: candidates.all[candidate].promotion.id.clone(), stage }
}

/// A line's road, as far as it has been followed.
struct Road {
    steps: Vec<Taken>,
    left: i64,
    /// Whose step the last one is; none = a bulk discount's.
    last: Option<(usize, Stage)>,
    with_units: bool,
}

impl Road {
    /// A road as far as stage 1 leads.
    fn new(case: &Case<'_>, line: &ResolvedLine<'_>, with_units: bool) -> Self {
        let rule = rule_of(line, case.snapshot).filter(|_| line.after_bulk < line.list);
        let bulk = rule.map(|rule| Taken {
            by: TakenBy::Bulk(rule.name.clone()),
            took: line.list - line.after_bulk,
            left: line.after_bulk,
            units: with_units.then(|| {
                let prices = &case.bulk.units[line.unit_range()];
                prices.iter().map(|price| line.unit_price - price).collect()
            }),
        });
        Self { steps: bulk.into_iter().collect(), left: line.after_bulk, last: None, with_units }
    }

    /// Follows it by what was taken off one unit. What a promotion takes off several units is one step.
    fn take(&mut self, entry: &Entry, line: &ResolvedLine<'_>, by: impl FnOnce() -> TakenBy) {
        let whose = Some((entry.candidate, entry.stage));
        if self.last != whose {
            let units = self.with_units.then(|| vec![0; line.unit_range().len()]);
            self.steps.push(Taken { by: by(), took: 0, left: self.left, units });
            self.last = whose;
        }
        self.left -= entry.minor;
        let Some(step) = self.steps.last_mut() else { return };
        step.took += entry.minor;
        step.left = self.left;
        if let Some(units) = &mut step.units {
            units[(entry.unit - line.first_unit) as usize] += entry.minor;
        }
    }
}
