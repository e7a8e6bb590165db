//! Products at what they cost the shop.

use smallvec::SmallVec;

use crate::benefits::reach::{cap_fault, cap_words, of_items};
use crate::benefits::units::{Takes, UnitsView};
use crate::benefits::{Gives, Rank};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

of_items! {
    /// Items at what they cost the shop; a price already below is left as it is. A unit whose cost is unknown is
    /// left as it is, with a warning.
    #[derive(Default)]
    pub struct AtCost {
        /// Which items; absent = all.
        #[serde(default)]
        pub items: Selector,
    }
}

impl Gives for AtCost {
    fn stage(&self) -> Stage {
        Stage::Items
    }

    fn rank(&self) -> Rank {
        Rank::SetPrice
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        SmallVec::from_iter([&self.items])
    }

    fn anchor(&self) -> Option<usize> {
        Some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let most = cap_words(self.at_most.as_ref());
        format!("{} at cost{most}", self.reach().words(&self.items, shop))
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        self.reach().faults().into_iter().chain(cap_fault(self.at_most.as_ref())).collect()
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        self.reach().needs(units, Some(&self.items))
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        self.reach().narrow(units, &mut covered)?;
        for line in units.by_line(&covered) {
            let Some(cost) = units.cart.cost_as_priced(units.cart.line_of(line[0])) else { continue };
            takes.extend(line.iter().map(|&unit| units.take_down_to(unit, cost)));
        }
        if takes.is_empty() { Err(Refusal::CostUnknown) } else { Ok(()) }
    }
}
