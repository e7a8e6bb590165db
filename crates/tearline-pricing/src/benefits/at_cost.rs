//! Products at what they cost the shop.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::units::{Take, Takes, UnitsView};
use crate::benefits::{Gives, Rank};
use crate::config::selector::Selector;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// Items at what they cost the shop; a price already below is left as it is. A unit whose cost is unknown is
/// left as it is, with a warning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AtCost {
    /// Which items; absent = all.
    pub items: Selector,
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

    fn words(&self, shop: &Vocabulary) -> String {
        format!("{} at cost", shop.all(&self.items))
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let covered = units.covered(0)?;
        for line in units.by_line(&covered) {
            let Some(cost) = units.cart.cost_as_priced(units.cart.line_of(line[0])) else { continue };
            takes.extend(line.iter().map(|&unit| {
                let above = (units.base(unit) - cost).max(0);
                Take { unit, minor: above.min(units.room(unit)) }
            }));
        }
        if takes.is_empty() { Err(Refusal::CostUnknown) } else { Ok(()) }
    }
}
