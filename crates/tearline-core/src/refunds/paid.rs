//! Who paid how much for each unit of a priced cart.

use std::ops::Range;

use tearline_pricing::allocate::allocate;
use tearline_pricing::cart::Cart;
use tearline_pricing::config::shop::{TaxBasis, TaxedPrices};
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{LineQuote, Quote, Stage, UnitQuote};

use super::Order;
use super::statement::{RemainingLine, Remains};
use super::sum::{Payer, Payers, Sum, share};

/// What is paid for a cart that was priced for the order.
pub(super) fn paid(order: &Order<'_>, cart: &Cart, quote: &Quote) -> Remains {
    let mut bill = Bill::new(order, quote);
    bill.pay_before_tax();
    bill.pay_after_tax(order, cart);
    bill.close()
}

/// Units line by line, and shipping last: their tax, what is still to be paid, and who has paid.
struct Bill<'a> {
    quote: &'a Quote,
    taxes: Vec<i64>,
    totals: Vec<i64>,
    open: Vec<i64>,
    payers: Vec<Payers>,
}

impl<'a> Bill<'a> {
    fn new(order: &Order<'_>, quote: &'a Quote) -> Self {
        let rules = order.snapshot.shop().tax;
        let shipping = quote.shipping.as_ref();
        let mut taxes: Vec<i64> = quote.lines.iter().flat_map(|line| unit_taxes(line, rules.basis)).collect();
        taxes.push(shipping.map_or(0, |shipping| shipping.tax));
        let mut totals: Vec<i64> = quote.lines.iter().flat_map(units).map(|unit| unit.after_order).collect();
        totals.push(shipping.map_or(0, |shipping| shipping.after_discount));
        if rules.prices == TaxedPrices::Exclusive {
            totals.iter_mut().zip(&taxes).for_each(|(total, tax)| *total += tax);
        }
        let payers = vec![Payers::new(); totals.len()];
        Self { quote, taxes, open: totals.clone(), totals, payers }
    }

    /// The units of a line, by its place.
    fn range(&self, place: usize) -> Range<usize> {
        let before: usize = self.quote.lines[..place].iter().map(|line| units(line).len()).sum();
        before..before + units(&self.quote.lines[place]).len()
    }

    /// Credits that lowered the price: the quote says from which units they took.
    fn pay_before_tax(&mut self) {
        let took = |unit: &UnitQuote| unit.after_order - unit.after_credit;
        let mut taken: Vec<i64> = self.quote.lines.iter().flat_map(units).map(took).collect();
        for (promotion, gift) in gifts(self.quote, Stage::CreditBeforeTax) {
            for line in &gift.lines {
                let Some(place) = self.quote.lines.iter().position(|quoted| quoted.id == line.id) else {
                    continue;
                };
                let range = self.range(place);
                let parts = share(line.gave, &[&taken[range.clone()]]);
                for (unit, part) in range.zip(parts) {
                    taken[unit] -= part;
                    self.pay(unit, promotion, part);
                }
            }
        }
    }

    /// Credits that paid: each in proportion to what is open of what it may pay for. Those that may pay for least
    /// come first, so that the others leave them room.
    fn pay_after_tax(&mut self, order: &Order<'_>, cart: &Cart) {
        let mut credits: Vec<(i64, &PromotionId, i64, Vec<i64>)> = Vec::new();
        for (promotion, gift) in gifts(self.quote, Stage::CreditAfterTax) {
            let payable = self.payable(order, cart, promotion);
            let open = self.open.iter().zip(&payable).map(|(open, payable)| open * payable).sum();
            credits.push((open, promotion, gift.gave, payable));
        }
        credits.sort();
        for (_, promotion, gave, payable) in credits {
            let reached: Vec<i64> =
                self.open.iter().zip(&payable).map(|(open, payable)| open * payable).collect();
            let fits = gave.min(reached.iter().sum());
            self.pay_all(promotion, fits, &reached);
            let open = self.open.clone();
            self.pay_all(promotion, gave - fits, &open);
        }
    }

    /// 1 for each part for which a credit may pay, 0 for the others.
    fn payable(&self, order: &Order<'_>, cart: &Cart, promotion: &PromotionId) -> Vec<i64> {
        let payable = tearline_pricing::payable(cart, order.snapshot, order.facts, order.at, promotion);
        let Some(payable) = payable else { return vec![1; self.open.len()] };
        let lines = self.quote.lines.iter().zip(&payable.lines);
        let units = lines.flat_map(|(line, payable)| units(line).iter().map(|_| i64::from(*payable)));
        units.chain([i64::from(payable.shipping)]).collect()
    }

    fn pay_all(&mut self, promotion: &PromotionId, total: i64, weights: &[i64]) {
        let mut parts = vec![0; weights.len()];
        allocate(total, weights, &mut parts);
        for (unit, part) in parts.into_iter().enumerate() {
            self.pay(unit, promotion, part);
        }
    }

    fn pay(&mut self, unit: usize, promotion: &PromotionId, minor: i64) {
        if minor > 0 {
            self.open[unit] -= minor;
            *self.payers[unit].entry(Payer::Credit(promotion.clone())).or_default() += minor;
        }
    }

    /// Money pays what credits have left open.
    fn close(self) -> Remains {
        assert_eq!(
            self.open.iter().sum::<i64>(),
            self.quote.totals.due,
            "what is due is what credits left open"
        );
        let parts = self.totals.iter().zip(&self.taxes).zip(&self.open).zip(self.payers);
        let mut sums = parts.map(|(((&total, &tax), &open), mut payers)| {
            payers.insert(Payer::Money, open);
            Sum::of(total, tax, payers)
        });
        let line = |line: &LineQuote| RemainingLine {
            line: line.id.clone(),
            units: sums.by_ref().take(units(line).len()).collect(),
        };
        let lines = self.quote.lines.iter().map(line).collect();
        Remains::new(lines, sums.next().unwrap_or_default())
    }
}

fn units(line: &LineQuote) -> &[UnitQuote] {
    line.units.as_deref().expect("the quote of a placed order has its units")
}

fn gifts(
    quote: &Quote,
    stage: Stage,
) -> impl Iterator<Item = (&PromotionId, &tearline_pricing::quote::StageGift)> {
    let gifts =
        quote.promotions.iter().flat_map(|applied| applied.gifts.iter().map(|gift| (&applied.id, gift)));
    gifts.filter(move |(_, gift)| gift.stage == stage)
}

/// A line's tax, written down once to its units by what it is due on, so that it does not matter which of them is
/// refunded first.
fn unit_taxes(line: &LineQuote, basis: TaxBasis) -> Vec<i64> {
    let by = |price: fn(&UnitQuote) -> i64| units(line).iter().map(price).collect::<Vec<_>>();
    let (left, list) = (by(|unit| unit.after_credit), by(|unit| unit.list));
    let left_has_any = left.iter().any(|price| *price > 0);
    let weights = if basis == TaxBasis::AfterDiscount && left_has_any { left } else { list };
    let mut parts = vec![0; weights.len()];
    allocate(line.tax, &weights, &mut parts);
    parts
}
