//! An amount off the order, or off chosen items.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::{Take, Takes, UnitsView};
use crate::benefits::{Choose, Gives, Rank, at_least_one};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::names::ProductId;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// An amount off. Without `items` it is off the order, once; what the order cannot take is forfeited. With
/// `items` it is off each of those units, each of their lines, or all of them together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AmountOff {
    /// How much.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Amounts))]
    pub amount: Amounts,
    /// Off which items; absent = off the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
    /// How often the amount is taken off items.
    #[serde(default)]
    pub per: Per,
    /// Off at most so many units of a cart; absent = off all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub units: Option<u32>,
    /// Which units come first, where not all are reached.
    #[serde(default)]
    pub choose: Choose,
}

/// How often an amount is taken off items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Off each unit. The default.
    #[default]
    Unit,
    /// Once off each line.
    Line,
    /// Once off all the items together.
    Cart,
}

impl Gives for AmountOff {
    fn stage(&self) -> Stage {
        if self.items.is_some() { Stage::Items } else { Stage::Order }
    }

    fn rank(&self) -> Rank {
        Rank::Amount
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        self.items.iter().collect()
    }

    fn amounts(&self) -> Option<&Amounts> {
        Some(&self.amount)
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let nothing = self.amount.iter().any(|money| money.minor == 0);
        let nothing = nothing.then(|| ("amount", "must be above 0".to_owned()));
        let order = self.items.is_none();
        let units = (order && self.units.is_some())
            .then(|| ("units", "needs `items`: an amount off the order is taken once".to_owned()));
        let per = (order && self.per != Per::Unit)
            .then(|| ("per", "needs `items`: an amount off the order is taken once".to_owned()));
        nothing.into_iter().chain(units).chain(per).chain(at_least_one("units", self.units)).collect()
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let Some(items) = &self.items else { return format!("{} off the order", self.amount) };
        let reached = self.units.map_or(shop.all(items), |units| shop.chosen(items, units, self.choose));
        match (self.per, self.units) {
            (Per::Unit, None) => format!("{} off {}", self.amount, shop.each(items)),
            (Per::Unit, Some(1)) | (Per::Cart, _) => format!("{} off {reached}", self.amount),
            (Per::Unit, Some(_)) => format!("{} each off {reached}", self.amount),
            (Per::Line, _) => format!("{} off each line of {reached}", self.amount),
        }
    }

    fn rewards(&self) -> &[ProductId] {
        self.items.as_ref().map_or(&[], |items| &items.products)
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        let minor = self.amount.in_currency(units.currency).unwrap_or(0);
        units.choose(&mut covered, self.units, self.choose);
        match (&self.items, self.per) {
            (None, _) | (Some(_), Per::Cart) => units.take_amount_once(&covered, minor, takes),
            (Some(_), Per::Line) => {
                units.by_line(&covered).for_each(|line| units.take_amount_once(line, minor, takes));
            }
            (Some(_), Per::Unit) => {
                takes.extend(covered.iter().map(|&unit| Take { unit, minor: minor.min(units.room(unit)) }));
            }
        }
        Ok(())
    }
}
