//! Items at a price of their own.

use smallvec::SmallVec;

use crate::benefits::reach::{cap_fault, cap_words, of_items};
use crate::benefits::units::{Takes, UnitsView};
use crate::benefits::{Choose, Gives, Rank};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

of_items! {
    /// Items at a price of their own, each unit; a price already below is left as it is.
    pub struct FixedPrice {
        /// The price of each unit.
        #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Amounts))]
        pub price: Amounts,
        /// Which items; absent = all.
        #[serde(default)]
        pub items: Selector,
    }
}

impl FixedPrice {
    /// Everything for so much a unit.
    pub fn new(price: Amounts) -> Self {
        Self {
            price,
            items: Selector::default(),
            units: None,
            units_per_line: None,
            groups_of: None,
            choose: Choose::default(),
            at_most: None,
        }
    }
}

impl Gives for FixedPrice {
    fn stage(&self) -> Stage {
        Stage::Items
    }

    fn rank(&self) -> Rank {
        Rank::SetPrice
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        SmallVec::from_iter([&self.items])
    }

    fn amounts(&self) -> SmallVec<[&Amounts; 2]> {
        SmallVec::from_iter([&self.price])
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        self.reach().faults().into_iter().chain(cap_fault(self.at_most.as_ref())).collect()
    }

    fn anchor(&self) -> Option<usize> {
        Some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let most = cap_words(self.at_most.as_ref());
        format!("{} for {} each{most}", self.reach().words(&self.items, shop), self.price)
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        self.reach().needs(units, Some(&self.items))
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        self.reach().narrow(units, &mut covered)?;
        let price = self.price.in_currency(units.currency).unwrap_or(i64::MAX);
        takes.extend(covered.iter().map(|&unit| units.take_down_to(unit, price)));
        Ok(())
    }
}
