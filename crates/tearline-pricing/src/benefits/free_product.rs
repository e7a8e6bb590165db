//! Products for nothing.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::{Take, Takes, UnitsView};
use crate::benefits::{Choose, Gives, Rank, at_least_one};
use crate::config::selector::Selector;
use crate::names::ProductId;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// Some units of certain items for nothing. The shop adds them to the cart; until then a hint says that they
/// are free to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FreeProduct {
    /// Which items.
    pub items: Selector,
    /// How many units.
    #[serde(default = "crate::defaults::one")]
    #[cfg_attr(feature = "schema", schema(default = 1, minimum = 1))]
    pub units: u32,
    /// Which units come first.
    #[serde(default)]
    pub choose: Choose,
}

impl Gives for FreeProduct {
    fn stage(&self) -> Stage {
        Stage::Items
    }

    fn rank(&self) -> Rank {
        Rank::Percentage
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        SmallVec::from_iter([&self.items])
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        at_least_one("units", Some(self.units)).into_iter().collect()
    }

    fn words(&self, shop: &Vocabulary) -> String {
        format!("{} free", shop.chosen(&self.items, self.units, self.choose))
    }

    fn rewards(&self) -> &[ProductId] {
        &self.items.products
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut covered = units.covered(0)?;
        units.choose(&mut covered, self.units as usize, self.choose);
        takes.extend(covered.iter().map(|&unit| Take { unit, minor: units.room(unit) }));
        Ok(())
    }
}
