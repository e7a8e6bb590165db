//! The more is bought, or spent, the more is taken off.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::amount_off::Per;
use crate::benefits::reach::{cap_fault, cap_words};
use crate::benefits::units::{Take, Takes, Units, UnitsView};
use crate::benefits::{Choose, Gives, Rank};
use crate::config::price_list::BulkMode;
use crate::config::selector::Selector;
use crate::money::{Amounts, Percent};
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// Steps by the number of units, or by what they cost together after bulk discounts: the more, the more is taken
/// off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// Whether the step that is reached holds for everything, or each part takes the step in which it lies.
    #[serde(default = "volume")]
    #[cfg_attr(feature = "schema", schema(default = "volume"))]
    pub mode: BulkMode,
    /// Of which items; absent = of the whole order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
    /// How often an amount is taken off items.
    #[serde(default)]
    pub per: Per,
    /// The steps, rising; all by units or all by spend, and all with the same sort of reward.
    #[cfg_attr(feature = "schema", schema(min_items = 1))]
    pub steps: Vec<Step>,
    /// At most so much money off a cart; absent = any amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub at_most: Option<Amounts>,
}

/// From where on, how much less.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// From so many units on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub from_units: Option<u32>,
    /// From so much money on; 0 is allowed as the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub from_spend: Option<Amounts>,
    /// So much percent off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Percent>))]
    pub percent: Option<Percent>,
    /// So much money off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub amount: Option<Amounts>,
    /// Each unit for so much; a price already below is left as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub price: Option<Amounts>,
}

fn volume() -> BulkMode {
    BulkMode::Volume
}

impl Step {
    fn rank(&self) -> Option<Rank> {
        match (&self.percent, &self.amount, &self.price) {
            (Some(_), None, None) => Some(Rank::Percentage),
            (None, Some(_), None) => Some(Rank::Amount),
            (None, None, Some(_)) => Some(Rank::SetPrice),
            _ => None,
        }
    }

    fn amounts(&self) -> impl Iterator<Item = &Amounts> {
        self.from_spend.iter().chain(&self.amount).chain(&self.price)
    }

    fn words(&self, per: Per) -> String {
        let from = match (&self.from_units, &self.from_spend) {
            (Some(units), _) => format!("from {units}"),
            (None, Some(spend)) => format!("from {spend}"),
            (None, None) => String::new(),
        };
        let each = if per == Per::Line { " off each line" } else { " off" };
        match (&self.percent, &self.amount, &self.price) {
            (Some(percent), ..) => format!("{percent} off {from}"),
            (None, Some(amount), _) => format!("{amount}{each} {from}"),
            (None, None, Some(price)) => format!("{price} each {from}"),
            (None, None, None) => from,
        }
    }
}

impl Tiers {
    fn is_by_spend(&self) -> bool {
        self.steps.iter().any(|step| step.from_spend.is_some())
    }

    /// The highest step from which on a count of units or a spend holds.
    fn step(&self, reached: i64, units: &UnitsView<'_>) -> Option<&Step> {
        self.steps.iter().rev().find(|step| from(step, units) <= reached)
    }

    /// The step that is reached holds for everything.
    fn take_volume(&self, step: &Step, covered: &[u32], units: &UnitsView<'_>, takes: &mut Takes) {
        let amount = |amounts: &Amounts| amounts.in_currency(units.currency).unwrap_or(0);
        match (&step.percent, &step.amount, &step.price) {
            (Some(percent), ..) if self.items.is_some() => units.take_percent_each(covered, *percent, takes),
            (Some(percent), ..) => units.take_percent_once(covered, *percent, takes),
            (None, Some(off), _) if self.items.is_none() => {
                units.take_amount_once(covered, amount(off), takes);
            }
            (None, Some(off), _) => units.take_amount_per(covered, self.per, amount(off), takes),
            (None, None, Some(price)) => {
                takes.extend(covered.iter().map(|&unit| units.take_down_to(unit, amount(price))));
            }
            (None, None, None) => {}
        }
    }

    /// Each unit takes the step of its own position, in the order of adding.
    fn take_by_position(&self, covered: &[u32], units: &UnitsView<'_>, takes: &mut Takes) {
        let mut in_order = Units::from_slice(covered);
        units.sort(&mut in_order, Choose::CartOrder);
        let mut positions: Vec<(u32, i64)> = in_order.into_iter().zip(1..).collect();
        positions.sort_unstable();
        for run in positions.chunk_by(|(one, at), (other, then)| {
            let (one, other) = (units.cart.line_index(*one), units.cart.line_index(*other));
            one == other && self.step(*at, units) == self.step(*then, units)
        }) {
            let run_units: Units = run.iter().map(|(unit, _)| *unit).collect();
            match self.step(run[0].1, units) {
                Some(step) => self.take_volume(step, &run_units, units, takes),
                None => takes.extend(run_units.iter().map(|&unit| Take { unit, minor: 0 })),
            }
        }
    }

    /// Each part of what is spent takes the percentage of the step in which it lies; rounded once.
    fn take_by_bracket(&self, spend: i64, covered: &[u32], units: &UnitsView<'_>, takes: &mut Takes) {
        let mut parts = 0;
        let ends = self.steps.iter().skip(1).map(|step| from(step, units)).chain([i64::MAX]);
        for (step, end) in self.steps.iter().zip(ends) {
            let within = (spend.min(end) - from(step, units)).max(0);
            let ppm = step.percent.map_or(0, Percent::ppm);
            parts += i128::from(within) * i128::from(ppm);
        }
        let minor = units.rounding.divide_wide(parts, 1_000_000);
        units.take_amount_once(covered, minor, takes);
    }
}

/// From how many units, or from what spend on a step holds.
fn from(step: &Step, units: &UnitsView<'_>) -> i64 {
    let spend = step.from_spend.as_ref().and_then(|spend| spend.in_currency(units.currency));
    step.from_units.map(i64::from).or(spend).unwrap_or(i64::MAX)
}

impl Gives for Tiers {
    fn stage(&self) -> Stage {
        if self.items.is_some() { Stage::Items } else { Stage::Order }
    }

    fn rank(&self) -> Rank {
        self.steps.first().and_then(Step::rank).unwrap_or(Rank::Percentage)
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        self.items.iter().collect()
    }

    fn amounts(&self) -> SmallVec<[&Amounts; 2]> {
        self.steps.iter().flat_map(Step::amounts).collect()
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut fault = |is_wrong: bool, field, message: &str| {
            if is_wrong {
                faults.push((field, message.to_owned()));
            }
        };
        let by = |is_by: fn(&Step) -> bool| self.steps.iter().all(is_by);
        let by_units = by(|step| step.from_units.is_some_and(|from| from > 0) && step.from_spend.is_none());
        let by_spend = by(|step| step.from_units.is_none() && step.from_spend.is_some());
        let rank = self.steps.first().and_then(Step::rank);
        let graduated = self.mode == BulkMode::Graduated;
        let is_order = self.items.is_none();
        fault(
            self.steps.is_empty(),
            "steps",
            "needs at least one step, such as {from_units: 3, percent: 10}",
        );
        fault(
            !by_units && !by_spend,
            "steps",
            "need either `from_units`, from 1, or `from_spend`, all the same",
        );
        fault(
            rank.is_none() || self.steps.iter().any(|step| step.rank() != rank),
            "steps",
            "need one of `percent`, `amount` and `price`, all the same",
        );
        fault(!self.rises(), "steps", "must rise from one to the next, in every currency");
        fault(is_order && rank == Some(Rank::SetPrice), "steps", "with a `price` need `items`");
        fault(is_order && graduated && by_units, "mode", "by units needs `items` where it is graduated");
        fault(
            graduated && by_spend && rank != Some(Rank::Percentage),
            "mode",
            "by spend needs percentages where it is graduated",
        );
        fault(is_order && self.per != Per::Unit, "per", "needs `items`: off the order it is taken once");
        fault(graduated && self.per != Per::Unit, "per", "goes with `mode: volume` only");
        faults.into_iter().chain(cap_fault(self.at_most.as_ref())).collect()
    }

    fn anchor(&self) -> Option<usize> {
        self.items.is_some().then_some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let steps: Vec<String> = self.steps.iter().map(|step| step.words(self.per)).collect();
        let items = self.items.as_ref().map_or("the order".to_owned(), |items| shop.all(items));
        let mode = match (self.mode, self.is_by_spend()) {
            (BulkMode::Volume, _) => "",
            (BulkMode::Graduated, false) => ", each unit by its position",
            (BulkMode::Graduated, true) => ", each part of the spend by itself",
        };
        format!("on {items}: {}{mode}{}", steps.join(", "), cap_words(self.at_most.as_ref()))
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        let (Some(first), items) = (self.steps.first(), self.items.as_ref()) else { return Vec::new() };
        if let Some(least) = first.from_units {
            return units.lacking(0, items, least);
        }
        let spend = units.matching(0).iter().map(|&unit| units.after_bulk[unit as usize]).sum::<i64>();
        let of = items.and_then(|items| units.cart.snapshot.vocabulary().items(Some(items)));
        let missing = from(first, units) - spend;
        if missing > 0 { vec![Need::Spend { missing, of }] } else { Vec::new() }
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let covered = units.covered(0)?;
        let is_by_spend = self.is_by_spend();
        let spend = || covered.iter().map(|&unit| units.after_bulk[unit as usize]).sum::<i64>();
        let count = i64::try_from(covered.len()).unwrap_or(i64::MAX);
        let reached = if is_by_spend { spend() } else { count };
        let Some(step) = self.step(reached, units) else { return Err(self.missing(reached, units)) };
        match (self.mode, is_by_spend) {
            (BulkMode::Volume, _) => self.take_volume(step, &covered, units, takes),
            (BulkMode::Graduated, false) => self.take_by_position(&covered, units, takes),
            (BulkMode::Graduated, true) => self.take_by_bracket(reached, &covered, units, takes),
        }
        Ok(())
    }
}

impl Tiers {
    /// Whether each step begins above the one before it.
    fn rises(&self) -> bool {
        let is_above = |lower: &Amounts, higher: &Amounts| {
            let above = |money: crate::money::Money| {
                lower.in_currency(money.currency).is_none_or(|below| below < money.minor)
            };
            higher.iter().all(above)
        };
        self.steps.windows(2).all(|pair| match (&pair[0], &pair[1]) {
            (Step { from_units: Some(lower), .. }, Step { from_units: Some(higher), .. }) => lower < higher,
            (Step { from_spend: Some(lower), .. }, Step { from_spend: Some(higher), .. }) => {
                is_above(lower, higher)
            }
            _ => true,
        })
    }

    /// Why not even the first step is reached.
    fn missing(&self, reached: i64, units: &UnitsView<'_>) -> Refusal {
        let minimum = self.steps.first().map_or(0, |step| from(step, units));
        if self.is_by_spend() {
            Refusal::MinimumNotMet { missing: minimum - reached, minimum, sub_total: reached }
        } else {
            Refusal::NoMatchingProduct
        }
    }
}
