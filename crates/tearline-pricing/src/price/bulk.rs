//! Stage 1: what buying many saves, by the price list of each line's event.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::config::price_list::BulkMode;
use crate::money::Currency;
use crate::names::SubjectId;
use crate::price::resolve::{ResolvedCart, ResolvedLine};
use crate::snapshot::Snapshot;
use crate::snapshot::matcher::EventIndex;
use crate::snapshot::price_lists::{Off, Rule, RuleIndex};

/// Each unit's price after bulk discounts.
pub(crate) struct BulkPrices {
    pub(crate) units: Vec<i64>,
    /// All of them together.
    pub(crate) sub_total: i64,
}

/// Whose units are counted together: those under one rule in one event, and for a rule by subject, of one
/// subject, across all their galleries (requirements.md A2-71).
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
struct Bucket<'a> {
    event: EventIndex,
    rule: RuleIndex,
    subject: Option<&'a SubjectId>,
}

/// How many units a bucket holds, and how many of them have had their turn.
#[derive(Default, Clone, Copy)]
struct Count {
    units: u32,
    passed: u32,
}

/// The buckets of a cart, and for each line those that count it.
struct Buckets<'a> {
    numbers: FxHashMap<Bucket<'a>, usize>,
    counts: Vec<Count>,
    counting: Vec<SmallVec<[usize; 4]>>,
}

impl<'a> Buckets<'a> {
    fn of(cart: &ResolvedCart<'a>, snapshot: &'a Snapshot) -> Self {
        let lines = cart.lines.len();
        let mut buckets =
            Self { numbers: FxHashMap::default(), counts: Vec::new(), counting: Vec::with_capacity(lines) };
        for line in &cart.lines {
            let rules = line.discountable.then_some(&line.counted_by).into_iter().flatten();
            let numbers =
                rules.filter_map(|&rule| Some(buckets.number(bucket(line, rule, snapshot)?.1))).collect();
            buckets.counting.push(numbers);
        }
        for (line, numbers) in cart.lines.iter().zip(&buckets.counting) {
            for &number in numbers {
                buckets.counts[number].units += line.source.quantity;
            }
        }
        buckets
    }

    fn number(&mut self, bucket: Bucket<'a>) -> usize {
        let next = self.counts.len();
        let number = *self.numbers.entry(bucket).or_insert(next);
        if number == next {
            self.counts.push(Count::default());
        }
        number
    }

    fn count(&self, bucket: Bucket<'a>) -> Count {
        self.numbers.get(&bucket).map_or(Count::default(), |&number| self.counts[number])
    }

    /// Units of a line have had their turn.
    fn pass(&mut self, line: u32, units: u32) {
        for &number in &self.counting[line as usize] {
            self.counts[number].passed += units;
        }
    }
}

/// Prices every unit after bulk discounts, and notes each line's sum.
pub(crate) fn apply(cart: &mut ResolvedCart<'_>, snapshot: &Snapshot) -> BulkPrices {
    let mut units = Vec::with_capacity(cart.units_len());
    for line in &cart.lines {
        units.resize(line.unit_range().end, line.unit_price);
    }
    if cart.lines.iter().any(|line| line.rule.is_some()) {
        discount(cart, snapshot, &mut units);
    }
    for line in &mut cart.lines {
        line.after_bulk = units[line.unit_range()].iter().sum();
    }
    let sub_total = cart.lines.iter().map(|line| line.after_bulk).sum();
    BulkPrices { units, sub_total }
}

fn discount(cart: &ResolvedCart<'_>, snapshot: &Snapshot, units: &mut [i64]) {
    let mut buckets = Buckets::of(cart, snapshot);
    for run in cart.runs() {
        let line = &cart.lines[run.line as usize];
        if let Some((rule, bucket)) = priced_in(line, snapshot) {
            let count = buckets.count(bucket);
            for (offset, unit) in (0..).zip(run.first..run.first + run.units) {
                let reached = match rule.mode {
                    BulkMode::Volume => count.units,
                    BulkMode::Graduated => count.passed + offset + 1,
                };
                let price = &mut units[unit as usize];
                *price -=
                    saved(rule, reached, *price, cart.currency(), snapshot).min(line.above_floor(*price));
            }
        }
        buckets.pass(run.line, run.units);
    }
}

/// What is saved on a unit whose count, or position, is `reached`: rounded for each unit, at most its price.
pub(crate) fn saved(rule: &Rule, reached: u32, price: i64, currency: Currency, snapshot: &Snapshot) -> i64 {
    let step = rule.steps.iter().rev().find(|step| step.from <= reached);
    match step.map(|step| &step.off) {
        None => 0,
        Some(Off::Percent(percent)) => percent.of(price, snapshot.shop.rounding),
        Some(Off::Amount(amount)) => amount.in_currency(currency).unwrap_or(0).min(price),
    }
}

/// A rule of the price list of a line's event, and the bucket in which it counts the line.
fn bucket<'a>(
    line: &ResolvedLine<'a>,
    index: RuleIndex,
    snapshot: &'a Snapshot,
) -> Option<(&'a Rule, Bucket<'a>)> {
    let event = line.event?;
    let rule = snapshot.price_lists[snapshot.event(event).price_list?].rule(index);
    let subject = line.subject.filter(|_| rule.each_subject);
    Some((rule, Bucket { event, rule: index, subject }))
}

fn priced_in<'a>(line: &ResolvedLine<'a>, snapshot: &'a Snapshot) -> Option<(&'a Rule, Bucket<'a>)> {
    line.rule.filter(|_| line.discountable).and_then(|rule| bucket(line, rule, snapshot))
}

/// The rule that prices a line, if one does.
pub(crate) fn rule_of<'a>(line: &ResolvedLine<'_>, snapshot: &'a Snapshot) -> Option<&'a Rule> {
    let list = snapshot.event(line.event?).price_list?;
    line.rule.filter(|_| line.discountable).map(|rule| snapshot.price_lists[list].rule(rule))
}
