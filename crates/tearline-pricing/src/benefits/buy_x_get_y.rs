//! Some units cheaper or free for buying others.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::attribute::Attributes;
use crate::benefits::reach::{cap_fault, cap_words};
use crate::benefits::units::{Takes, Units, UnitsView};
use crate::benefits::{Choose, Gives, Rank, at_least_one};
use crate::config::selector::Selector;
use crate::money::{Amounts, Percent};
use crate::names::ProductId;
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::{Speech, Vocabulary, at_percent_off, times};

/// For every so many units bought, so many others cheaper or free, in complete sets. A unit that was counted as
/// bought is not rewarded. The cheapest are rewarded first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BuyXGetY {
    /// What must be bought.
    pub buy: Share,
    /// What is then rewarded. No items = the same as those bought.
    pub get: Share,
    /// How much off each rewarded unit.
    #[serde(default = "all")]
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Percent, default = 100))]
    pub percent: Percent,
    /// Whether a set is of one product only; each product then makes its own sets.
    #[serde(default, skip_serializing_if = "crate::defaults::is_no")]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub same_product: bool,
    /// In how many sets at most, of one product where a set is of one product; 1 = once. Absent = as often as it fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub sets_max: Option<u32>,
    /// At most so much money off a cart; absent = any amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub at_most: Option<Amounts>,
}

/// So many units of certain items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// How many units.
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub units: u32,
    /// Which items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
}

fn all() -> Percent {
    Percent::ALL
}

static EVERYTHING: Selector = Selector {
    products: Vec::new(),
    categories: Vec::new(),
    price_from: None,
    price_to: None,
    attributes: Attributes::new(),
    skip_reduced: false,
    except_products: Vec::new(),
    except_categories: Vec::new(),
};

impl BuyXGetY {
    fn bought(&self) -> &Selector {
        self.buy.items.as_ref().unwrap_or(&EVERYTHING)
    }

    fn rewarded(&self) -> &Selector {
        self.get.items.as_ref().unwrap_or(self.bought())
    }

    /// How many complete sets fit: enough to buy, enough to reward, and enough for both out of the two together.
    fn sets(&self, bought: usize, rewarded: usize, either: usize) -> usize {
        let (buy, get) = (self.buy.units as usize, self.get.units as usize);
        let fit = (bought / buy).min(rewarded / get).min(either / (buy + get));
        self.sets_max.map_or(fit, |max| fit.min(max as usize))
    }
}

impl Gives for BuyXGetY {
    fn stage(&self) -> Stage {
        Stage::Items
    }

    fn rank(&self) -> Rank {
        Rank::Percentage
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        SmallVec::from_iter([self.bought(), self.rewarded()])
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let counts = [
            at_least_one("buy/units", Some(self.buy.units)),
            at_least_one("get/units", Some(self.get.units)),
            at_least_one("sets_max", self.sets_max),
        ];
        let nothing = (self.percent.ppm() == 0).then(|| ("percent", "must be above 0".to_owned()));
        counts.into_iter().flatten().chain(nothing).chain(cap_fault(self.at_most.as_ref())).collect()
    }

    fn anchor(&self) -> Option<usize> {
        Some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let (off, units) = (at_percent_off(self.percent), self.get.units);
        let alike = Speech::of(self.bought()) == Speech::OneProduct;
        let get = match (&self.get.items, units) {
            (Some(items), _) => format!("{} {off}", shop.chosen(items, units, Choose::Cheapest)),
            (None, 1) if alike => format!("another one {off}"),
            (None, _) if alike => format!("{units} more {off}"),
            (None, 1) => format!("another one {off} that costs no more"),
            (None, _) => format!("{units} more {off} that cost no more"),
        };
        let sets = self.sets_max.map_or(String::new(), |max| match max {
            1 => ", once per order".to_owned(),
            _ => format!(", up to {} per order", times(max.into())),
        });
        let alike = if self.same_product { ", of the same product" } else { "" };
        let most = cap_words(self.at_most.as_ref());
        format!("buy {}, get {get}{alike}{sets}{most}", shop.any(self.bought(), self.buy.units))
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        let (bought, rewarded) = (units.matching(0), units.matching(1));
        let is_bought = |unit: u32| units.matchers[0].matches(units.cart.line_of(unit));
        let only_rewarded = rewarded.iter().filter(|&&unit| !is_bought(unit)).count();
        let lacks = |least: u32, found: usize| least.saturating_sub(u32::try_from(found).unwrap_or(u32::MAX));
        let to_reward = lacks(self.get.units, rewarded.len());
        let both = self.buy.units.saturating_add(self.get.units);
        let together = lacks(both, bought.len() + only_rewarded);
        if self.get.items.is_none() {
            return if together == 0 {
                Vec::new()
            } else {
                vec![units.adding(together, self.buy.items.as_ref())]
            };
        }
        // What is rewarded may be counted as bought, too: then the rest is to be bought.
        let to_buy = lacks(self.buy.units, bought.len()).max(together.saturating_sub(to_reward));
        let needs = [(to_buy, self.buy.items.as_ref()), (to_reward, self.get.items.as_ref())];
        let needs = needs.into_iter().filter(|(count, _)| *count > 0);
        needs.map(|(count, items)| units.adding(count, items)).collect()
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let bought = units.matching(0);
        let rewarded = if self.get.items.is_none() { bought.clone() } else { units.matching(1) };
        let mut chosen = Units::new();
        if self.same_product {
            for product in products(units, &rewarded) {
                let of_product = |all: &[u32]| -> Units {
                    all.iter().copied().filter(|&unit| product_of(units, unit) == Some(product)).collect()
                };
                chosen.extend(self.chosen(units, &of_product(&bought), &of_product(&rewarded)));
            }
        } else {
            chosen = self.chosen(units, &bought, &rewarded);
        }
        if chosen.is_empty() {
            return Err(Refusal::NoMatchingProduct);
        }
        if chosen.iter().all(|&unit| units.room(unit) == 0) {
            return Err(Refusal::NothingLeftToDiscount);
        }
        chosen.sort_unstable();
        units.take_percent_each(&chosen, self.percent, takes);
        Ok(())
    }
}

fn product_of<'a>(units: &UnitsView<'a>, unit: u32) -> Option<&'a ProductId> {
    units.cart.line_of(unit).source.product.as_ref()
}

/// The products of units, each once.
fn products<'a>(units: &UnitsView<'a>, of: &[u32]) -> Vec<&'a ProductId> {
    let mut products: Vec<_> = of.iter().filter_map(|&unit| product_of(units, unit)).collect();
    products.sort_unstable();
    products.dedup();
    products
}

impl BuyXGetY {
    /// The units that are rewarded for those bought; none where no set is complete.
    fn chosen(&self, units: &UnitsView<'_>, bought: &[u32], rewarded: &[u32]) -> Units {
        let is_bought = |unit: u32| self.get.items.is_none() || bought.binary_search(&unit).is_ok();
        let only_rewarded = rewarded.iter().filter(|&&unit| !is_bought(unit)).count();
        let sets = self.sets(bought.len(), rewarded.len(), bought.len() + only_rewarded);
        // What may be rewarded out of what can be bought too: the rest must suffice for buying.
        let mut spare = bought.len() - sets * self.buy.units as usize;
        let mut rewarded = Units::from_slice(rewarded);
        units.sort(&mut rewarded, Choose::Cheapest);
        rewarded.retain(|&mut unit| {
            let rewardable = !is_bought(unit) || spare > 0;
            spare -= usize::from(rewardable && is_bought(unit));
            rewardable
        });
        rewarded.truncate(sets * self.get.units as usize);
        rewarded
    }
}
