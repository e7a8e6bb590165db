//! A percentage off the order, or off chosen items.

use smallvec::SmallVec;

use crate::benefits::reach::{cap_fault, cap_words, homeless, of_items};
use crate::benefits::units::{Takes, UnitsView};
use crate::benefits::{Choose, Gives, Rank};
use crate::config::selector::Selector;
use crate::money::{Amounts, Percent};
use crate::names::ProductId;
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

of_items! {
    /// A percentage off. Without `items` it is off the order: rounded once, after all discounts on items. With
    /// `items` it is off each of those units.
    pub struct PercentOff {
        /// How much.
        #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Percent))]
        pub percent: Percent,
        /// Off which items; absent = off the order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub items: Option<Selector>,
    }
}

impl PercentOff {
    /// A percentage off all these items; off the order without.
    pub fn new(percent: Percent, items: Option<Selector>) -> Self {
        Self {
            percent,
            items,
            units: None,
            units_per_line: None,
            groups_of: None,
            choose: Choose::default(),
            at_most: None,
        }
    }
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

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let nothing = (self.percent.ppm() == 0).then(|| ("percent", "must be above 0".to_owned()));
        let homeless = homeless(self.items.as_ref(), self.reach(), "a percentage");
        let cap = cap_fault(self.at_most.as_ref());
        nothing.into_iter().chain(homeless).chain(self.reach().faults()).chain(cap).collect()
    }

    fn anchor(&self) -> Option<usize> {
        self.items.is_some().then_some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let reached = |items| self.reach().words(items, shop);
        let what = self.items.as_ref().map_or("the order".to_owned(), reached);
        let most = cap_words(self.at_most.as_ref());
        if self.percent == Percent::ALL {
            format!("{what} free{most}")
        } else {
            format!("{} off {what}{most}", self.percent)
        }
    }

    fn rewards(&self) -> &[ProductId] {
        self.items.as_ref().map_or(&[], |items| &items.products)
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        self.reach().needs(units, self.items.as_ref())
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        if self.items.is_none() {
            units.take_percent_once(&covered, self.percent, takes);
        } else {
            self.reach().narrow(units, &mut covered)?;
            units.take_percent_each(&covered, self.percent, takes);
        }
        Ok(())
    }
}
