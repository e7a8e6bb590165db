//! Tax on what is left.

use std::collections::BTreeMap;

use tearline_pricing::cart::TaxRate;
use tearline_pricing::config::shop::{TaxBasis, TaxRounding, TaxedPrices};
use tearline_pricing::names::LineId;

use super::fraction::Fraction;
use super::pipeline::Run;
use super::share::{Part, share};

/// The tax of every line and of shipping.
#[derive(Debug, Default)]
pub(crate) struct Taxes {
    /// By line, in the cart's order.
    pub(crate) lines: Vec<i64>,
    pub(crate) shipping: i64,
    /// What of it comes on top of the prices.
    pub(crate) on_top: i64,
    is_on_top: bool,
}

/// Something taxed: a line, or shipping (`None`).
struct Taxed {
    line: Option<usize>,
    base: i64,
    rate: TaxRate,
}

/// Taxes what a combination leaves.
pub(crate) fn taxes(run: &Run<'_>) -> Taxes {
    let rules = run.world.documents.shop.tax;
    let is_on_top = rules.prices == TaxedPrices::Exclusive;
    let mut taxes = Taxes { lines: vec![0; run.world.cart.lines.len()], is_on_top, ..Taxes::default() };
    let taxed = taxed(run);
    for rate in &run.world.cart.tax_rates {
        let of_rate: Vec<&Taxed> = taxed.iter().filter(|taxed| taxed.rate == *rate).collect();
        let minor = match rules.rounded {
            TaxRounding::PerLine => of_rate.iter().map(|taxed| whole(run, taxed.base, rate)).collect(),
            TaxRounding::PerRate => per_rate(run, &of_rate, rate),
        };
        for (taxed, minor) in of_rate.iter().zip(minor) {
            *taxed.line.map_or(&mut taxes.shipping, |line| &mut taxes.lines[line]) += minor;
        }
    }
    let all = taxes.lines.iter().sum::<i64>() + taxes.shipping;
    taxes.on_top = if is_on_top { all } else { 0 };
    taxes
}

/// What is taxed: the lines by id, then shipping.
fn taxed(run: &Run<'_>) -> Vec<Taxed> {
    let before = run.world.documents.shop.tax.basis == TaxBasis::BeforeDiscount;
    let mut lines: BTreeMap<LineId, Taxed> = BTreeMap::new();
    for (number, unit) in run.world.units.iter().enumerate() {
        let Some(rate) = unit.rate.clone() else { continue };
        let line =
            lines.entry(unit.line_id.clone()).or_insert(Taxed { line: Some(unit.line), base: 0, rate });
        line.base += if before { unit.list } else { run.current(number) + run.funded(number) };
    }
    let option = run.world.shipping;
    let category = option.and_then(|option| option.tax_category.as_ref());
    let rate = run.world.cart.tax_rates.iter().find(|rate| Some(&rate.category) == category);
    let shipping = option.zip(rate).map(|(option, rate)| Taxed {
        line: None,
        base: if before { option.price } else { run.shipping_left() + run.funded_shipping() },
        rate: rate.clone(),
    });
    lines.into_values().chain(shipping).collect()
}

/// The exact tax on top of, or inside, a price.
fn exact(run: &Run<'_>, base: i64, rate: &TaxRate) -> Fraction {
    let part = Fraction::from(rate.percent);
    match run.world.documents.shop.tax.prices {
        TaxedPrices::Exclusive => Fraction::from(base) * part,
        TaxedPrices::Inclusive => Fraction::from(base) * part / (Fraction::from(1) + part),
    }
}

fn whole(run: &Run<'_>, base: i64, rate: &TaxRate) -> i64 {
    exact(run, base, rate).round(run.world.documents.shop.rounding)
}

fn per_rate(run: &Run<'_>, taxed: &[&Taxed], rate: &TaxRate) -> Vec<i64> {
    let all: i64 = taxed.iter().map(|taxed| taxed.base).sum();
    let part = |taxed: &&Taxed| Part { weight: Fraction::from(taxed.base), room: i64::MAX };
    share(whole(run, all, rate), &taxed.iter().map(part).collect::<Vec<_>>()).minor
}

impl Taxes {
    /// What is still to be paid for each line, by id: its place in the cart and the money.
    pub(crate) fn open_lines(&self, run: &Run<'_>) -> BTreeMap<LineId, (usize, i64)> {
        let mut open = BTreeMap::new();
        for (number, unit) in run.world.units.iter().enumerate() {
            let tax = if self.is_on_top { self.lines[unit.line] } else { 0 };
            open.entry(unit.line_id.clone()).or_insert((unit.line, tax)).1 += run.current(number);
        }
        open
    }

    /// What is still to be paid for shipping.
    pub(crate) fn open_shipping(&self, run: &Run<'_>) -> i64 {
        run.shipping_left() + if self.is_on_top { self.shipping } else { 0 }
    }
}
