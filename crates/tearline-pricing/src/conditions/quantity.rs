//! So many units are in the cart.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::Units;
use crate::conditions::range::Range;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::config::selector::Selector;
use crate::need::Need;
use crate::price::resolve::ResolvedLine;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The cart has at least, or at most, so many units of certain items; or one of its lines has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Quantity {
    /// At least so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub min: Option<u32>,
    /// At most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Of these items; absent = of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
    /// Whether one line alone must have them.
    #[serde(skip_serializing_if = "crate::defaults::is_no")]
    pub per_line: bool,
    /// Whether the `min` units that it counts, the dearest, are spent: this promotion does not reward them, and no
    /// other condition that spends counts them again.
    #[serde(skip_serializing_if = "crate::defaults::is_no")]
    pub spend: bool,
}

impl Quantity {
    /// The units that it may count on a line.
    fn units<'q>(
        &self,
        question: &'q Question<'_>,
        line: &ResolvedLine<'_>,
    ) -> impl Iterator<Item = u32> + 'q {
        let is_left = |unit: &u32| !question.spent.get(*unit as usize).is_some_and(|is_spent| *is_spent);
        let spends = self.spend;
        line.units().filter(move |unit| !spends || is_left(unit))
    }

    /// How many units there are: in all, or on the line that comes nearest.
    fn count(&self, question: &Question<'_>) -> u64 {
        let on_line = |line: &ResolvedLine<'_>| {
            if self.spend { self.units(question, line).count() as u64 } else { line.source.quantity.into() }
        };
        let counts = question.lines().map(on_line);
        if !self.per_line {
            return counts.sum();
        }
        let counts: SmallVec<[u64; 16]> = counts.collect();
        let fitting = counts.iter().copied().find(|count| self.range().holds(*count));
        fitting.or(counts.into_iter().max()).unwrap_or(0)
    }

    fn range(&self) -> Range {
        Range { min: self.min, max: self.max }
    }
}

impl Asks for Quantity {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn selectors(&self) -> SmallVec<[&Selector; 1]> {
        self.items.iter().collect()
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        let has_no_min = self.min.is_none();
        let others = [
            ("per_line", self.per_line && has_no_min, "needs `min`: one line must have so many"),
            ("spend", self.spend && has_no_min, "needs `min`: it spends so many units"),
            ("spend", self.spend && self.per_line, "does not go together with `per_line`"),
        ];
        let others = others.into_iter().filter(|(_, is_wrong, _)| *is_wrong);
        let others = others.map(|(field, _, message)| (field.into(), message.to_owned()));
        self.range().faults("min", "max").into_iter().chain(others).collect()
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let items = self.items.as_ref().filter(|items| !items.is_everything());
        let some = items.map_or_else(
            || self.range().words_of("item"),
            |items| format!("{} of {}", self.range().words(), shop.all(items)),
        );
        format!("{} {some}", if self.per_line { "one line has" } else { "the cart has" })
    }
}

impl Ready for Quantity {
    fn anchor(&self) -> Option<usize> {
        (self.items.is_some() && self.min.is_some()).then_some(0)
    }

    fn spends(&self) -> bool {
        self.spend
    }

    fn witness(&self, question: &Question<'_>) -> Units {
        let mut units: Units = question.lines().flat_map(|line| self.units(question, line)).collect();
        let (cart, prices) = (question.case.cart, &question.case.bulk.units);
        units.sort_by_key(|&unit| (Reverse(prices[unit as usize]), cart.position(unit)));
        units.truncate(self.min.unwrap_or(0) as usize);
        units
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.met_if(self.range().holds(self.count(question)))
    }

    fn need(&self, question: &Question<'_>) -> Option<Need> {
        let units = self.range().missing(self.count(question))?;
        Some(Need::Add { units, of: question.items(self.items.as_ref()), on_one_line: self.per_line })
    }

    fn found(&self, question: &Question<'_>) -> String {
        self.count(question).to_string()
    }
}
