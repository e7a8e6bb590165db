//! A percentage off the order, or off chosen items.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::{Takes, UnitsView};
use crate::benefits::{Choose, Gives, Rank, at_least_one};
use crate::config::selector::Selector;
use crate::money::Percent;
use crate::names::ProductId;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// A percentage off. Without `items` it is off the order: rounded once, after all discounts on items. With
/// `items` it is off each of those units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PercentOff {
    /// How much.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Percent))]
    pub percent: Percent,
    /// Off which items; absent = off the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
    /// Off at most so many units of a cart; absent = off all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub units: Option<u32>,
    /// Which units come first, where not all are reached.
    #[serde(default)]
    pub choose: Choose,
}

impl Gives for PercentOff {
    fn stage(&self) -> Stage {
        if self.items.is_some() { Stage::Items } else { Stage::Order }
    }

    fn rank(&self) -> Rank {
        Rank::Percentage
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        self.items.iter().collect()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let nothing = (self.percent.ppm() == 0).then(|| ("percent", "must be above 0".to_owned()));
        let homeless = (self.units.is_some() && self.items.is_none())
            .then(|| ("units", "needs `items`: a percentage off the order reaches every unit".to_owned()));
        nothing.into_iter().chain(homeless).chain(at_least_one("units", self.units)).collect()
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let what = match (&self.items, self.units) {
            (None, _) => "the order".to_owned(),
            (Some(items), None) => shop.all(items),
            (Some(items), Some(units)) => shop.chosen(items, units, self.choose),
        };
        if self.percent == Percent::ALL {
            format!("{what} free")
        } else {
            format!("{} off {what}", self.percent)
        }
    }

    fn rewards(&self) -> &[ProductId] {
        self.items.as_ref().map_or(&[], |items| &items.products)
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        if self.items.is_none() {
            units.take_percent_once(&covered, self.percent, takes);
        } else {
            units.choose(&mut covered, self.units, self.choose);
            units.take_percent_each(&covered, self.percent, takes);
        }
        Ok(())
    }
}
