//! Stage 6: tax on what is left, or on the list price, on top of it or inside it.

use std::borrow::Cow;

use crate::allocate::allocate;
use crate::config::shop::{TaxBasis, TaxRounding, TaxedPrices};
use crate::money::{Percent, Rounding};
use crate::price::candidates::Case;

/// The tax of each line, by line id, and of shipping.
pub(crate) struct Taxes {
    pub(crate) lines: Vec<i64>,
    pub(crate) shipping: i64,
    prices: TaxedPrices,
}

impl Taxes {
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().sum::<i64>() + self.shipping
    }

    /// What the tax adds to what is due: nothing where prices contain it.
    pub(crate) fn on_top(&self) -> i64 {
        match self.prices {
            TaxedPrices::Exclusive => self.total(),
            TaxedPrices::Inclusive => 0,
        }
    }
}

/// Computes the tax of lines after stage 5a and of shipping after stage 4.
pub(crate) fn compute(case: &Case<'_>, lines: &[i64], shipping: i64) -> Taxes {
    let rules = case.snapshot.shop.tax;
    let mut taxes = Taxes { lines: vec![0; case.cart.lines.len()], shipping: 0, prices: rules.prices };
    let (lines, shipping) = match rules.basis {
        TaxBasis::AfterDiscount => (Cow::Borrowed(lines), shipping),
        TaxBasis::BeforeDiscount => {
            let shipping = case.cart.shipping().map_or(0, |option| option.price);
            (case.cart.lines.iter().map(|line| line.list).collect(), shipping)
        }
    };
    for (index, rate) in case.cart.source.tax_rates.iter().enumerate() {
        let share =
            Share { percent: rate.percent, prices: rules.prices, rounding: case.snapshot.shop.rounding };
        let with_shipping = case.cart.shipping_tax() == Some(index);
        match rules.rounded {
            TaxRounding::PerLine => {
                for (tax, line) in taxes
                    .lines
                    .iter_mut()
                    .zip(&case.cart.lines)
                    .zip(&*lines)
                    .filter(|((_, line), _)| line.tax == Some(index))
                    .map(|((tax, _), base)| (tax, *base))
                {
                    *tax = share.of(line);
                }
                if with_shipping {
                    taxes.shipping = share.of(shipping);
                }
            }
            TaxRounding::PerRate => {
                per_rate(case, index, &share, &lines, with_shipping.then_some(shipping), &mut taxes);
            }
        }
    }
    taxes
}

/// Rounds once for all that a rate taxes, then writes it down to the lines by id and to shipping, the last.
fn per_rate(
    case: &Case<'_>,
    rate: usize,
    share: &Share,
    lines: &[i64],
    shipping: Option<i64>,
    taxes: &mut Taxes,
) {
    let taxed: Vec<usize> =
        (0..lines.len()).filter(|&line| case.cart.lines[line].tax == Some(rate)).collect();
    let mut weights: Vec<i64> = taxed.iter().map(|&line| lines[line]).collect();
    weights.extend(shipping);
    let total = share.of(weights.iter().sum());
    let mut parts = vec![0; weights.len()];
    allocate(total, &weights, &mut parts);
    for (&line, &part) in taxed.iter().zip(&parts) {
        taxes.lines[line] = part;
    }
    if shipping.is_some() {
        taxes.shipping = parts.last().copied().unwrap_or(0);
    }
}

/// A rate's share of a price: on top of it, or inside it.
struct Share {
    percent: Percent,
    prices: TaxedPrices,
    rounding: Rounding,
}

impl Share {
    fn of(&self, price: i64) -> i64 {
        match self.prices {
            TaxedPrices::Exclusive => self.percent.of(price, self.rounding),
            TaxedPrices::Inclusive => {
                let ppm = i128::from(self.percent.ppm());
                self.rounding.divide_wide(i128::from(price) * ppm, 1_000_000 + ppm)
            }
        }
    }
}
