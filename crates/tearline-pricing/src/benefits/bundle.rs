//! A set of items for one price.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::reach::{cap_fault, cap_words};
use crate::benefits::units::{Takes, Units, UnitsView};
use crate::benefits::{Choose, Gives, Rank, at_least_one};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::need::Need;
use crate::quote::Stage;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list, times};

/// The most parts that a bundle may have.
pub const PARTS_MAX: usize = 6;

/// A complete set of items for one price: a camera, a bag and two films for 99.00. As many sets as save money; the
/// dearest units fill them, and none fills two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// What a set consists of.
    #[cfg_attr(feature = "schema", schema(min_items = 1, max_items = 6))]
    pub parts: Vec<Part>,
    /// The price of a set.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Amounts))]
    pub price: Amounts,
    /// How many sets at most; 1 = once. Absent = as often as it fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub sets_max: Option<u32>,
    /// At most so much money off a cart; absent = any amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub at_most: Option<Amounts>,
}

/// A part of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How many units.
    #[serde(default = "crate::defaults::one")]
    #[cfg_attr(feature = "schema", schema(default = 1, minimum = 1))]
    pub units: u32,
    /// Of which items; absent = of any.
    #[serde(default)]
    pub items: Selector,
}

/// The parts of a bundle into which a unit would fit, one bit for each.
type Parts = u8;

/// Units that fit into some part, the dearest first, and what the parts need.
///
/// Whether units can fill places so that none fills two is told by Hall's theorem: for each set of parts, those
/// units that fit nowhere else are no more than the places that these parts have.
struct Places<'a> {
    needs: SmallVec<[u64; PARTS_MAX]>,
    units: SmallVec<[(u32, Parts); 32]>,
    view: &'a UnitsView<'a>,
}

impl Places<'_> {
    fn all(&self) -> Parts {
        (1 << self.needs.len()) - 1
    }

    fn need_of(&self, parts: Parts) -> u64 {
        let is_in = |part: &usize| parts & (1 << part) != 0;
        (0..self.needs.len()).filter(is_in).map(|part| self.needs[part]).sum()
    }

    /// How many complete sets fit: for each set of parts there are enough units that fit into one of them.
    fn sets(&self) -> u64 {
        let fitting = |parts: Parts| self.units.iter().filter(|(_, fits)| fits & parts != 0).count() as u64;
        (1..=self.all()).map(|parts| fitting(parts) / self.need_of(parts)).min().unwrap_or(0)
    }

    /// The dearest units that fill so many sets.
    fn fill(&self, sets: u64) -> Units {
        let mut chosen = Units::new();
        // How many of the chosen fit only into these parts.
        let mut confined = vec![0_u64; usize::from(self.all()) + 1];
        let full = sets * self.need_of(self.all());
        for &(unit, fits) in &self.units {
            if chosen.len() as u64 == full {
                break;
            }
            let holding = |parts: &Parts| fits & !parts == 0;
            let has_place = |parts: Parts| confined[usize::from(parts)] < sets * self.need_of(parts);
            if (1..=self.all()).filter(holding).all(has_place) {
                (1..=self.all()).filter(holding).for_each(|parts| confined[usize::from(parts)] += 1);
                chosen.push(unit);
            }
        }
        chosen
    }

    fn worth(&self, sets: u64) -> i64 {
        self.fill(sets).iter().map(|&unit| self.view.base(unit)).sum()
    }

    /// The number of sets that saves most; the fewest of them. What one more set adds never grows with their
    /// number, so the first that adds no more than its price is the last to ask.
    fn best(&self, price: i64, most: u64) -> u64 {
        let (mut saves, mut saves_not) = (0, most + 1);
        while saves_not - saves > 1 {
            let middle = u64::midpoint(saves, saves_not);
            let adds = self.worth(middle) - self.worth(middle - 1);
            if adds > price { saves = middle } else { saves_not = middle }
        }
        saves
    }
}

impl Bundle {
    fn places<'a>(&self, view: &'a UnitsView<'a>) -> Places<'a> {
        let mut units = view.all().into_owned();
        view.sort(&mut units, Choose::Dearest);
        let fits = |unit: u32| {
            let line = view.cart.line_of(unit);
            let matching = (0..self.parts.len()).filter(|&part| view.matchers[part].matches(line));
            matching.fold(0, |fits, part| fits | (1 << part))
        };
        let units = units.into_iter().map(|unit| (unit, fits(unit))).filter(|(_, fits)| *fits != 0);
        Places {
            needs: self.parts.iter().map(|part| part.units.into()).collect(),
            units: units.collect(),
            view,
        }
    }
}

impl Gives for Bundle {
    fn stage(&self) -> Stage {
        Stage::Items
    }

    fn rank(&self) -> Rank {
        Rank::SetPrice
    }

    fn selectors(&self) -> SmallVec<[&Selector; 2]> {
        self.parts.iter().map(|part| &part.items).collect()
    }

    fn amounts(&self) -> SmallVec<[&Amounts; 2]> {
        SmallVec::from_iter([&self.price])
    }

    fn at_most(&self) -> Option<&Amounts> {
        self.at_most.as_ref()
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let parts = match self.parts.len() {
            1..=PARTS_MAX => None,
            _ => {
                Some(("parts", format!("must be 1 to {PARTS_MAX} parts, such as {{units: 2, items: {{}}}}")))
            }
        };
        let nothing = self.parts.iter().any(|part| part.units == 0);
        let nothing = nothing.then(|| ("parts", "must have at least 1 of `units` each".to_owned()));
        let sets = at_least_one("sets_max", self.sets_max);
        parts.into_iter().chain(nothing).chain(sets).chain(cap_fault(self.at_most.as_ref())).collect()
    }

    fn anchor(&self) -> Option<usize> {
        Some(0)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let parts: Vec<String> = self.parts.iter().map(|part| shop.any(&part.items, part.units)).collect();
        let sets = match self.sets_max {
            None => String::new(),
            Some(1) => ", once per order".to_owned(),
            Some(max) => format!(", up to {} per order", times(max.into())),
        };
        let parts = list(parts.iter().map(String::as_str), "and");
        format!("{parts} for {}{sets}{}", self.price, cap_words(self.at_most.as_ref()))
    }

    fn needs(&self, units: &UnitsView<'_>) -> Vec<Need> {
        let parts = self.parts.iter().enumerate();
        parts.flat_map(|(index, part)| units.lacking(index, Some(&part.items), part.units)).collect()
    }

    fn take(&self, units: &UnitsView<'_>, takes: &mut Takes) -> Result<(), Refusal> {
        let places = self.places(units);
        let most = self.sets_max.map_or(places.sets(), |max| places.sets().min(max.into()));
        if most == 0 {
            return Err(Refusal::NoMatchingProduct);
        }
        let price = self.price.in_currency(units.currency).unwrap_or(i64::MAX);
        let sets = places.best(price, most);
        if sets == 0 {
            return Err(Refusal::NothingLeftToDiscount);
        }
        let mut chosen = places.fill(sets);
        let paid = i64::try_from(sets).unwrap_or(i64::MAX).saturating_mul(price);
        let worth: i64 = chosen.iter().map(|&unit| units.base(unit)).sum();
        chosen.sort_unstable();
        units.take_amount_once(&chosen, worth - paid, takes);
        Ok(())
    }
}
