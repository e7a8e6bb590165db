//! Stage 1: what buying many saves, by the price list of each line's event.

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
}

/// Whose units are counted together: those under one rule in one event, and for a rule by subject, of one
/// subject, across all their galleries (requirements.md A2-71).
#[derive(PartialEq, Eq, Clone, Copy)]
struct Bucket<'a> {
    event: EventIndex,
    rule: RuleIndex,
    subject: Option<&'a SubjectId>,
}

/// How many units each bucket holds, and how many of them have had their turn.
#[derive(Default)]
struct Counts<'a>(Vec<(Bucket<'a>, u32, u32)>);

impl<'a> Counts<'a> {
    fn entry(&mut self, bucket: Bucket<'a>) -> &mut (Bucket<'a>, u32, u32) {
        let index = self.0.iter().position(|(other, ..)| *other == bucket).unwrap_or(self.0.len());
        if index == self.0.len() {
            self.0.push((bucket, 0, 0));
        }
        &mut self.0[index]
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
    BulkPrices { units }
}

fn discount(cart: &ResolvedCart<'_>, snapshot: &Snapshot, units: &mut [i64]) {
    let mut counts = Counts::default();
    for line in &cart.lines {
        for bucket in counted_in(line, snapshot) {
            counts.entry(bucket).1 += line.source.quantity;
        }
    }
    for run in cart.runs() {
        let line = &cart.lines[run.line as usize];
        if let Some((rule, bucket)) = priced_in(line, snapshot) {
            let (_, count, position) = *counts.entry(bucket);
            for (offset, unit) in (0..).zip(run.first..run.first + run.units) {
                let reached = match rule.mode {
                    BulkMode::Volume => count,
                    BulkMode::Graduated => position + offset + 1,
                };
                let price = &mut units[unit as usize];
                *price -= saved(rule, reached, *price, cart.currency(), snapshot);
            }
        }
        for bucket in counted_in(line, snapshot) {
            counts.entry(bucket).2 += run.units;
        }
    }
}

/// What is saved on a unit whose count, or position, is `reached`: rounded for each unit, at most its price.
fn saved(rule: &Rule, reached: u32, price: i64, currency: Currency, snapshot: &Snapshot) -> i64 {
    let step = rule.steps.iter().rev().find(|step| step.from <= reached);
    match step.map(|step| &step.off) {
        None => 0,
        Some(Off::Percent(percent)) => percent.of(price, snapshot.shop.rounding),
        Some(Off::Amount(amount)) => amount.in_currency(currency).unwrap_or(0).min(price),
    }
}

fn rule_of<'a>(
    line: &ResolvedLine<'_>,
    rule: RuleIndex,
    snapshot: &'a Snapshot,
) -> Option<(EventIndex, &'a Rule)> {
    let event = line.event?;
    let list = snapshot.event(event).price_list?;
    Some((event, snapshot.price_lists[list].rule(rule)))
}

fn bucket<'a>(
    line: &ResolvedLine<'a>,
    index: RuleIndex,
    snapshot: &'a Snapshot,
) -> Option<(&'a Rule, Bucket<'a>)> {
    let (event, rule) = rule_of(line, index, snapshot)?;
    let subject = line.subject.filter(|_| rule.each_subject);
    Some((rule, Bucket { event, rule: index, subject }))
}

fn priced_in<'a>(line: &ResolvedLine<'a>, snapshot: &'a Snapshot) -> Option<(&'a Rule, Bucket<'a>)> {
    line.rule.filter(|_| line.discountable).and_then(|rule| bucket(line, rule, snapshot))
}

fn counted_in<'a>(line: &ResolvedLine<'a>, snapshot: &'a Snapshot) -> impl Iterator<Item = Bucket<'a>> {
    let rules = line.discountable.then_some(&line.counted_by).into_iter().flatten();
    rules
        .filter_map(|&rule| Some(bucket(line, rule, snapshot)?.1))
        .collect::<smallvec::SmallVec<[_; 4]>>()
        .into_iter()
}
