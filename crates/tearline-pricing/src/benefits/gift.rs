//! Products as a gift, in lines of their own.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::{Covered, Take, Takes, UnitsView};
use crate::benefits::{Choose, Gives, Rank, at_least_one};
use crate::config::selector::Selector;
use crate::names::ProductId;
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// Units of a product, or of one of several, as a gift. The quote proposes them, and the shop adds a line with
/// `gift_of` naming the promotion; only such lines are free, so that what the buyer bought of the same product
/// stays paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Gift {
    /// Which items; at least one product by name.
    pub items: Selector,
    /// How many units.
    #[serde(default = "crate::defaults::one")]
    #[cfg_attr(feature = "schema", schema(default = 1, minimum = 1))]
    pub units: u32,
}

impl Gift {
    /// The units that are there as this promotion's gift.
    fn given<'a>(units: &UnitsView<'a>) -> Covered<'a> {
        let mut given = units.matching(0);
        given
            .to_mut()
            .retain(|unit| units.cart.line_of(*unit).source.gift_of.as_ref() == Some(units.promotion));
        given
    }
}

impl Gives for Gift {
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
        let nameless = self.items.products.is_empty();
        let nameless =
            nameless.then(|| ("items/products", "needs at least one product to propose".to_owned()));
        nameless.into_iter().chain(at_least_one("units", Some(self.units))).collect()
    }

    fn words(&self, shop: &Vocabulary) -> String {
        format!("{} as a gift", shop.any(&self.items, self.units))
    }

    fn rewards(&self) -> &[ProductId] {
        &self.items.products
    }

    fn proposes(&self) -> u32 {
        self.units
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        if Self::given(units).is_empty() {
            vec![units.adding(self.units, Some(&self.items))]
        } else {
            Vec::new()
        }
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let mut given = Self::given(units);
        if given.is_empty() {
            return Err(Refusal::NoMatchingProduct);
        }
        units.choose(&mut given, self.units as usize, Choose::Dearest);
        takes.extend(given.iter().map(|&unit| Take { unit, minor: units.room(unit) }));
        Ok(())
    }
}
