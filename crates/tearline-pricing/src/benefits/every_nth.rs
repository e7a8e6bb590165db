//! Every second, every third unit cheaper or free.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::reach::{cap_fault, cap_words};
use crate::benefits::units::{Covered, Takes, UnitsView};
use crate::benefits::{Choose, Gives, Rank, at_least_one};
use crate::config::selector::Selector;
use crate::money::{Amounts, Percent};
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, at_percent_off};

/// One of every so many units cheaper or free: of 7 units and `every: 3`, two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EveryNth {
    /// Of how many units one is rewarded; at least 2.
    #[cfg_attr(feature = "schema", schema(minimum = 2))]
    pub every: u32,
    /// How much off each rewarded unit.
    #[serde(default = "all")]
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Percent, default = 100))]
    pub percent: Percent,
    /// Of which items; absent = of all.
    #[serde(default)]
    pub items: Selector,
    /// Which of them are rewarded.
    #[serde(default)]
    pub which: Which,
    /// At most so many rewarded units of a cart; absent = as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub units: Option<u32>,
    /// At most so much money off a cart; absent = any amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub at_most: Option<Amounts>,
}

fn all() -> Percent {
    Percent::ALL
}

/// Which units are rewarded; among equals the one added first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The cheapest of all. The default.
    #[default]
    Cheapest,
    /// The dearest of all.
    Dearest,
    /// The n-th, the 2n-th and so on, in the order of adding.
    CartOrder,
    /// The n-th, the 2n-th and so on from the dearest down: the cheapest of each group of n.
    PriceOrder,
}

impl EveryNth {
    fn rewarded(&self, units: &UnitsView<'_>, covered: &mut Covered<'_>) {
        let every = self.every.max(1) as usize;
        let most = self.units.map_or(usize::MAX, |most| most as usize).min(covered.len() / every);
        match self.which {
            Which::Cheapest => units.choose(covered, most, Choose::Cheapest),
            Which::Dearest => units.choose(covered, most, Choose::Dearest),
            Which::CartOrder => units.choose_every(covered, every, most, Choose::CartOrder),
            Which::PriceOrder => units.choose_every(covered, every, most, Choose::Dearest),
        }
    }
}

impl Gives for EveryNth {
    fn stage(&self) -> Stage {
        Stage::Items
    }

    fn rank(&self) -> Rank {
        Rank::Percentage
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        SmallVec::from_iter([&self.items])
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let nothing = (self.percent.ppm() == 0).then(|| ("percent", "must be above 0".to_owned()));
        let one = (self.every < 2)
            .then(|| ("every", "must be at least 2; for every unit, use `percent_off`".to_owned()));
        let counts = at_least_one("units", self.units);
        nothing.into_iter().chain(one).chain(counts).chain(cap_fault(self.at_most.as_ref())).collect()
    }

    fn anchor(&self) -> Option<usize> {
        Some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let (off, items) = (at_percent_off(self.percent), shop.all(&self.items));
        let nth = match self.every {
            2 => "second".to_owned(),
            3 => "third".to_owned(),
            every => format!("{every}th"),
        };
        let which = match self.which {
            Which::Cheapest => ", the cheapest first",
            Which::Dearest => ", the dearest first",
            Which::CartOrder => "",
            Which::PriceOrder => ", counted from the dearest",
        };
        let units = self.units.map_or(String::new(), |units| format!(", up to {units} of them"));
        format!("every {nth} of {items} {off}{which}{units}{}", cap_words(self.at_most.as_ref()))
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        units.lacking(0, Some(&self.items), self.every)
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        if covered.len() < self.every as usize {
            return Err(Refusal::NoMatchingProduct);
        }
        self.rewarded(units, &mut covered);
        units.take_percent_each(&covered, self.percent, takes);
        Ok(())
    }
}
