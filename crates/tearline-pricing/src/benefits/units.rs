//! The units of a cart as a benefit sees them, and the ways of taking money off them.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::allocate::{Capped, allocate, allocate_again, allocate_capped};
use crate::benefits::Choose;
use crate::benefits::amount_off::Per;
use crate::config::selector::Selector;
use crate::config::shop::RoundingLevel;
use crate::money::{Currency, Percent, Rounding};
use crate::names::PromotionId;
use crate::need::Need;
use crate::price::left::Left;
use crate::price::resolve::{ResolvedCart, ResolvedLine};
use crate::refusal::Refusal;
use crate::snapshot::matcher::{Matcher, Means, Scope};

/// Money taken off a unit; the unit is its place in [`ResolvedCart`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Take {
    pub(crate) unit: u32,
    pub(crate) minor: i64,
}

/// Takes in the order in which they were made: those of turns before, and those of the turn that is on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Takes {
    units: Vec<u32>,
    /// Each take's money, apart from its unit, so that what is written down is written into its place.
    minors: Vec<i64>,
    /// Where the turn that is on begins.
    start: usize,
    /// Whether somebody asks for units that are covered, though they give nothing.
    lists_all: bool,
}

impl Takes {
    /// Takes that list the units, too, that give nothing.
    pub(crate) fn listing_all() -> Self {
        Self { lists_all: true, ..Self::default() }
    }

    /// With room for so many.
    pub(crate) fn with_capacity(takes: usize) -> Self {
        let (units, minors) = (Vec::with_capacity(takes), Vec::with_capacity(takes));
        Self { units, minors, ..Self::default() }
    }

    /// Those of the turn that is on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Take> {
        self.within(self.start..self.units.len())
    }

    pub(crate) fn within(&self, places: Range<usize>) -> impl Iterator<Item = Take> {
        let (units, minors) = (&self.units[places.clone()], &self.minors[places]);
        units.iter().zip(minors).map(|(&unit, &minor)| Take { unit, minor })
    }

    /// What the turn that is on takes.
    pub(crate) fn total(&self) -> i64 {
        self.minors[self.start..].iter().sum()
    }

    /// Whether the turn that is on takes nothing and covers nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.units.len() == self.start
    }

    /// Begins the turn that is on anew.
    pub(crate) fn clear(&mut self) {
        self.units.truncate(self.start);
        self.minors.truncate(self.start);
    }

    /// Ends the turn that is on; the answer is where its takes lie.
    pub(crate) fn close(&mut self) -> Range<usize> {
        let start = std::mem::replace(&mut self.start, self.units.len());
        start..self.start
    }

    pub(crate) fn unit(&self, place: usize) -> u32 {
        self.units[place]
    }

    /// Takes nothing any more at a place; the answer is what was taken.
    pub(crate) fn withdraw(&mut self, place: usize) -> i64 {
        std::mem::take(&mut self.minors[place])
    }

    /// Lists units with 0 each; the answer is the money, to be written down.
    fn open(&mut self, units: impl Iterator<Item = u32>) -> &mut [i64] {
        let start = self.units.len();
        self.units.extend(units);
        self.minors.resize(self.units.len(), 0);
        &mut self.minors[start..]
    }
}

impl Extend<Take> for Takes {
    fn extend<T: IntoIterator<Item = Take>>(&mut self, takes: T) {
        for take in takes {
            self.units.push(take.unit);
            self.minors.push(take.minor);
        }
    }
}

/// Units by their places in [`ResolvedCart`]; those of a common cart need no allocation.
pub(crate) type Units = SmallVec<[u32; 32]>;

/// Units that a benefit covers, by line id and position: lent by the cart as long as they are all of a sort.
pub(crate) type Covered<'a> = Cow<'a, [u32]>;

/// The units of a cart at the moment when a benefit acts.
pub(crate) struct UnitsView<'a> {
    pub(crate) cart: &'a ResolvedCart<'a>,
    pub(crate) scope: &'a Scope,
    pub(crate) matchers: &'a [Matcher],
    /// The promotion that acts.
    pub(crate) promotion: &'a PromotionId,
    /// Each unit's price after bulk discounts.
    pub(crate) after_bulk: &'a [i64],
    /// Each unit's price of which the benefit takes its part.
    pub(crate) base: &'a [i64],
    /// What is left of the prices. Those of units are the same as `base` but for a code in mode `add`.
    pub(crate) left: &'a Left,
    /// How much may be taken off each unit: what is left, down to its floor. The same as `left` without floors.
    pub(crate) room: &'a [i64],
    /// Which units the promotion's own conditions have spent, and so are not rewarded; empty if they spend none.
    pub(crate) spent: &'a [bool],
    pub(crate) currency: Currency,
    pub(crate) rounding: Rounding,
    pub(crate) rounding_level: RoundingLevel,
}

impl<'a> UnitsView<'a> {
    /// The discountable units that the benefit's selector number `index` means, by line id and position; all,
    /// if it has none.
    ///
    /// # Errors
    ///
    /// There is none; or all of them cost nothing.
    pub(crate) fn covered(&self, index: usize) -> Result<Covered<'a>, Refusal> {
        let units = self.matching(index);
        match units.iter().any(|&unit| self.room(unit) > 0) {
            true => Ok(units),
            false if units.is_empty() => Err(Refusal::NoMatchingProduct),
            false => Err(Refusal::NothingLeftToDiscount),
        }
    }

    /// Every discountable unit.
    pub(crate) fn all(&self) -> Covered<'a> {
        self.matching(usize::MAX)
    }

    /// [`UnitsView::covered`], without asking whether there is anything to take.
    pub(crate) fn matching(&self, index: usize) -> Covered<'a> {
        let means = self.matchers.get(index).map_or(Means::Everything, Matcher::means);
        let mut units = match means {
            Means::Everything if self.scope.is_everywhere() => self.cart.discountable().into(),
            Means::Category(category) if self.scope.is_everywhere() => self.cart.in_category(category).into(),
            _ => self.meant(index),
        };
        if !self.spent.is_empty() {
            units.to_mut().retain(|unit| !self.spent[*unit as usize]);
        }
        units
    }

    fn meant(&self, index: usize) -> Covered<'a> {
        let matcher = self.matchers.get(index);
        let is_meant = |line: &&ResolvedLine<'_>| {
            line.discountable && self.scope.holds(line) && matcher.is_none_or(|matcher| matcher.matches(line))
        };
        self.cart.lines.iter().filter(is_meant).flat_map(ResolvedLine::units).collect()
    }

    /// The need of so many units of the benefit's selector number `index`, if there are fewer.
    pub(crate) fn lacking(&self, index: usize, items: Option<&Selector>, least: u32) -> Vec<Need> {
        let found = self.matching(index).len();
        let missing = (least as usize).checked_sub(found).filter(|missing| *missing > 0);
        let units = missing.and_then(|missing| u32::try_from(missing).ok());
        units.map(|units| self.adding(units, items)).into_iter().collect()
    }

    /// The need of so many more units.
    pub(crate) fn adding(&self, units: u32, items: Option<&Selector>) -> Need {
        let of = self.cart.snapshot.vocabulary().items(items);
        // Where anything would do, one more is the first.
        if of.is_none() && units == 1 && self.matching(0).is_empty() {
            return Need::AddAnything;
        }
        Need::Add { units, of, on_one_line: false }
    }

    /// At most `count` of the units, those that come first; still by line id and position.
    pub(crate) fn choose(&self, units: &mut Covered<'_>, count: usize, choose: Choose) {
        if count < units.len() {
            let units = units.to_mut();
            self.sort(units, choose);
            units.truncate(count);
            units.sort_unstable();
        }
    }

    /// The n-th, the 2n-th and so on of the units in some order, at most so many; by line id and position again.
    pub(crate) fn choose_every(&self, units: &mut Covered<'_>, every: usize, most: usize, order: Choose) {
        let mut in_order = units.to_vec();
        self.sort(&mut in_order, order);
        let mut chosen: Vec<u32> =
            in_order.chunks_exact(every).map(|group| group[every - 1]).take(most).collect();
        chosen.sort_unstable();
        *units = chosen.into();
    }

    /// Sorts units so that those to be chosen first come first.
    pub(crate) fn sort(&self, units: &mut [u32], choose: Choose) {
        let position = |unit: u32| self.cart.position(unit);
        match choose {
            Choose::Cheapest => units.sort_unstable_by_key(|&unit| (self.base(unit), position(unit))),
            Choose::Dearest => units.sort_unstable_by_key(|&unit| (Reverse(self.base(unit)), position(unit))),
            Choose::CartOrder => units.sort_unstable_by_key(|&unit| position(unit)),
        }
    }

    pub(crate) fn base(&self, unit: u32) -> i64 {
        self.base[unit as usize]
    }

    pub(crate) fn room(&self, unit: u32) -> i64 {
        self.room[unit as usize]
    }

    /// What brings a unit's price down to another, if it is above.
    pub(crate) fn take_down_to(&self, unit: u32, price: i64) -> Take {
        Take { unit, minor: (self.base(unit) - price).max(0).min(self.room(unit)) }
    }

    /// Takes an amount off each unit, off each line, or off all together.
    pub(crate) fn take_amount_per(&self, units: &[u32], per: Per, minor: i64, takes: &mut Takes) {
        match per {
            Per::Unit => {
                takes.extend(units.iter().map(|&unit| Take { unit, minor: minor.min(self.room(unit)) }));
            }
            Per::Line => self.by_line(units).for_each(|line| self.take_amount_once(line, minor, takes)),
            Per::Cart => self.take_amount_once(units, minor, takes),
        }
    }

    /// Takes a percentage off each unit, rounded as the shop says: by unit or by line.
    pub(crate) fn take_percent_each(&self, units: &[u32], percent: Percent, takes: &mut Takes) {
        match self.rounding_level {
            RoundingLevel::Unit => takes.extend(units.iter().map(|&unit| {
                let minor = percent.of(self.base(unit), self.rounding).min(self.room(unit));
                Take { unit, minor }
            })),
            RoundingLevel::Line => {
                for line in self.by_line(units) {
                    self.take_percent_once(line, percent, takes);
                }
            }
        }
    }

    /// Whether these prices are the very list of what is left.
    fn is_what_is_left(&self, prices: &[i64]) -> bool {
        std::ptr::eq(self.left.units.as_slice(), prices)
    }

    /// Takes a percentage off all the units together, rounded once and then written down to lines and units.
    pub(crate) fn take_percent_once(&self, units: &[u32], percent: Percent, takes: &mut Takes) {
        if std::ptr::eq(self.base, self.room) {
            let total = |base| percent.of(base, self.rounding);
            return self.write_down(total, units, self.base, takes);
        }
        let exact = |unit: u32| i128::from(self.base(unit)) * i128::from(percent.ppm());
        let capped = |unit: u32| exact(unit).min(i128::from(self.room(unit)) * 1_000_000);
        let (total, is_capped) = if units.iter().all(|&unit| exact(unit) == capped(unit)) {
            (percent.of(units.iter().map(|&unit| self.base(unit)).sum(), self.rounding), false)
        } else {
            (self.rounding.divide_wide(units.iter().map(|&unit| capped(unit)).sum(), 1_000_000), true)
        };
        let part = |unit| Capped {
            weight: if is_capped { capped(unit) } else { self.base(unit).into() },
            room: self.room(unit),
        };
        self.write_down_by(total, units, part, allocate_capped, takes);
    }

    /// Takes up to an amount off all the units together, written down to lines and units by what is left of them;
    /// what floors cut off is spread again.
    pub(crate) fn take_amount_once(&self, units: &[u32], minor: i64, takes: &mut Takes) {
        if self.is_what_is_left(self.room) {
            return self.write_down(|room| minor.min(room), units, self.room, takes);
        }
        let room: i64 = units.iter().map(|&unit| self.room(unit)).sum();
        let part = |unit| Capped { weight: self.left.units[unit as usize].into(), room: self.room(unit) };
        self.write_down_by(minor.min(room), units, part, allocate_again, takes);
    }

    /// Lowers takes to at most so much in all, each in proportion.
    pub(crate) fn cap(&self, most: i64, takes: &mut Takes) {
        let mut by_unit: Vec<Take> = takes.iter().collect();
        by_unit.sort_unstable_by_key(|take| take.unit);
        if by_unit.iter().map(|take| take.minor).sum::<i64>() <= most {
            return;
        }
        let taken: FxHashMap<u32, i64> = by_unit.iter().map(|take| (take.unit, take.minor)).collect();
        let units: Units = by_unit.iter().map(|take| take.unit).collect();
        takes.clear();
        self.write_down_by(most, &units, |unit| taken[&unit], allocate, takes);
    }

    /// The units in runs, one for each line.
    pub(crate) fn by_line<'u>(&self, units: &'u [u32]) -> impl Iterator<Item = &'u [u32]> {
        let mut left = units;
        std::iter::from_fn(move || {
            let end = self.cart.line_end(*left.first()?);
            let run;
            (run, left) = left.split_at(run_length(left, end));
            Some(run)
        })
    }

    /// Writes a total, found from the sum of their prices, down to lines, then inside each line to its units in
    /// position order.
    fn write_down(&self, total: impl Fn(i64) -> i64, units: &[u32], prices: &[i64], takes: &mut Takes) {
        if units.len() == self.cart.units_len() && self.is_what_is_left(prices) {
            let total = total(self.left.lines.iter().sum());
            return self.write_down_to_all(total, takes);
        }
        let prices = prices_of(units, prices);
        let (mut lengths, mut weights) = (SmallVec::<[usize; 16]>::new(), SmallVec::<[i64; 16]>::new());
        let mut left = &*prices;
        for line in self.by_line(units) {
            let of_line;
            (of_line, left) = left.split_at(line.len());
            lengths.push(line.len());
            weights.push(of_line.iter().sum());
        }
        let mut totals = SmallVec::<[i64; 16]>::from_elem(0, weights.len());
        allocate(total(weights.iter().sum()), &weights, &mut totals);
        let (mut prices, mut parts) = (&*prices, takes.open(units.iter().copied()));
        for (&length, &total) in lengths.iter().zip(&totals) {
            let (of_line, parts_of_line);
            (of_line, prices) = prices.split_at(length);
            (parts_of_line, parts) = parts.split_at_mut(length);
            if total > 0 {
                allocate(total, of_line, parts_of_line);
            }
        }
    }

    /// [`UnitsView::write_down`] to every unit of the cart, by what is left of them.
    fn write_down_to_all(&self, total: i64, takes: &mut Takes) {
        let mut totals = SmallVec::<[i64; 16]>::from_elem(0, self.cart.lines.len());
        allocate(total, &self.left.lines, &mut totals);
        for (index, &total) in totals.iter().enumerate() {
            if total > 0 || takes.lists_all {
                let line = &self.cart.lines[index];
                let parts = takes.open(line.units());
                allocate(total, &self.left.units[line.unit_range()], parts);
            }
        }
    }

    /// [`UnitsView::write_down`] by other weights than prices.
    fn write_down_by<W: Copy + Default + std::iter::Sum<W>>(
        &self,
        total: i64,
        units: &[u32],
        weight: impl Fn(u32) -> W,
        allocate: impl Fn(i64, &[W], &mut [i64]),
        takes: &mut Takes,
    ) {
        let weigh = |line: &[u32]| line.iter().map(|&unit| weight(unit)).sum::<W>();
        let weights: SmallVec<[W; 16]> = self.by_line(units).map(weigh).collect();
        let mut totals = SmallVec::<[i64; 16]>::from_elem(0, weights.len());
        allocate(total, &weights, &mut totals);
        for (line, total) in self.by_line(units).zip(totals) {
            let weights: SmallVec<[W; 16]> = line.iter().map(|&unit| weight(unit)).collect();
            allocate(total, &weights, takes.open(line.iter().copied()));
        }
    }
}

/// The units' prices; nearly always these are all units from the first to the last.
fn prices_of<'p>(units: &[u32], prices: &'p [i64]) -> Cow<'p, [i64]> {
    match *units {
        [first, .., last] if (last - first) as usize == units.len() - 1 => {
            prices[first as usize..=last as usize].into()
        }
        _ => units.iter().map(|&unit| prices[unit as usize]).collect(),
    }
}

/// How many of the units lie before the end of the first one's line; nearly always all from there to it.
fn run_length(units: &[u32], end: u32) -> usize {
    let whole = (end - units[0]) as usize;
    let is_whole = units.get(whole - 1) == Some(&(end - 1));
    if is_whole { whole } else { units.iter().take_while(|&&unit| unit < end).count() }
}
