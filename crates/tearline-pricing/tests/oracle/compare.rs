//! Both answers as the same plain values, so that a difference shows in the message of the failing test.

use std::collections::BTreeMap;

use tearline_pricing::names::{LineId, PromotionId};
use tearline_pricing::quote::{Claim, CodeStatus, Quote, Stage, Totals, UnitQuote};
use tearline_pricing::refusal::Refusal;

use super::naive::{Best, Fate, claims};
use super::pipeline::Run;

/// What both must agree on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) totals: Totals,
    /// Per line: the prices of its units, and its tax.
    pub(crate) lines: Vec<(Vec<UnitQuote>, i64)>,
    /// Shipping after discounts, and its tax.
    pub(crate) shipping: Option<(i64, i64)>,
    /// What each promotion gave, by stage and line (`None` = to shipping, or by paying).
    pub(crate) gave: BTreeMap<(PromotionId, Stage, Option<LineId>), i64>,
    pub(crate) codes: Vec<(Option<PromotionId>, CodeStatus, Option<Refusal>)>,
    pub(crate) claims: Vec<Claim>,
}

/// The fast answer.
pub(crate) fn fast(quote: &Quote) -> Plain {
    let units = |line: &tearline_pricing::quote::LineQuote| line.units.clone().expect("asked for");
    let code = |code: &tearline_pricing::quote::CodeAnswer| {
        (code.promotion.clone(), code.status, code.because.clone().map(without_words))
    };
    let mut claims = quote.claims.clone();
    claims.sort_by_key(|claim| format!("{claim:?}"));
    Plain {
        totals: quote.totals,
        lines: quote.lines.iter().map(|line| (units(line), line.tax)).collect(),
        shipping: quote.shipping.as_ref().map(|shipping| (shipping.after_discount, shipping.tax)),
        gave: gave(quote),
        codes: quote.codes.iter().map(code).collect(),
        claims,
    }
}

fn gave(quote: &Quote) -> BTreeMap<(PromotionId, Stage, Option<LineId>), i64> {
    let mut gave = BTreeMap::new();
    for applied in &quote.promotions {
        for gift in applied.gifts.iter().filter(|gift| gift.gave > 0) {
            if gift.lines.is_empty() {
                gave.insert((applied.id.clone(), gift.stage, None), gift.gave);
            }
            for line in gift.lines.iter().filter(|line| line.gave > 0) {
                gave.insert((applied.id.clone(), gift.stage, Some(line.id.clone())), line.gave);
            }
        }
    }
    gave
}

/// The words of a condition are no matter of arithmetic.
fn without_words(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::ConditionNotMet { .. } => Refusal::ConditionNotMet { condition: "".into() },
        other => other,
    }
}

/// The naive answer.
pub(crate) fn naive(best: &Best<'_>) -> Plain {
    let run = &best.run;
    let code = |fate: &Fate| (fate.promotion.clone(), fate.status, fate.because.clone());
    let mut claims = claims(run);
    claims.sort_by_key(|claim| format!("{claim:?}"));
    Plain {
        totals: totals(run),
        lines: (0..run.world.cart.lines.len())
            .map(|line| (units(run, line), run.taxes.lines[line]))
            .collect(),
        shipping: run.world.shipping.map(|_| (run.shipping_left(), run.taxes.shipping)),
        gave: given(run),
        codes: best.fates.iter().map(code).collect(),
        claims,
    }
}

fn totals(run: &Run<'_>) -> Totals {
    let sum = |price: fn(&super::units::Unit) -> i64| run.world.units.iter().map(price).sum::<i64>();
    let sub_total = sum(|unit| unit.bulk);
    Totals {
        list: sum(|unit| unit.list),
        bulk_discount: sum(|unit| unit.list) - sub_total,
        sub_total,
        item_discount: run.stage_sum(Stage::Items),
        order_discount: run.stage_sum(Stage::Order),
        shipping: run.world.shipping.map_or(0, |option| option.price),
        shipping_discount: run.off_shipping.values().sum(),
        tax: run.taxes.lines.iter().sum::<i64>() + run.taxes.shipping,
        credit_applied: run.credit_applied(),
        due: run.due(),
        due_before_credit: run.due() + run.credit_applied(),
    }
}

fn units(run: &Run<'_>, line: usize) -> Vec<UnitQuote> {
    let mut quotes = Vec::new();
    for (number, unit) in run.world.units.iter().enumerate().filter(|(_, unit)| unit.line == line) {
        let off = |stage| {
            let at_stage = |taken: &&super::pipeline::Taken| taken.unit == number && taken.stage == stage;
            run.takes.iter().filter(at_stage).map(|taken| taken.minor).sum::<i64>()
        };
        let after_items = unit.bulk - off(Stage::Items);
        let after_order = after_items - off(Stage::Order);
        let after_credit = after_order - off(Stage::CreditBeforeTax);
        quotes.push(UnitQuote {
            list: unit.list,
            after_bulk: unit.bulk,
            after_items,
            after_order,
            after_credit,
        });
    }
    quotes
}

fn given(run: &Run<'_>) -> BTreeMap<(PromotionId, Stage, Option<LineId>), i64> {
    let mut gave: BTreeMap<(PromotionId, Stage, Option<LineId>), i64> = BTreeMap::new();
    let id = |offer: usize| run.offers[offer].id.clone();
    for taken in run.takes.iter().filter(|taken| taken.minor > 0) {
        let line = run.world.units[taken.unit].line_id.clone();
        *gave.entry((id(taken.offer), taken.stage, Some(line))).or_default() += taken.minor;
    }
    for (offer, minor) in &run.off_shipping {
        gave.insert((id(*offer), Stage::Shipping, None), *minor);
    }
    for (offer, minor) in &run.paid {
        gave.insert((id(*offer), Stage::CreditAfterTax, None), *minor);
    }
    gave
}
