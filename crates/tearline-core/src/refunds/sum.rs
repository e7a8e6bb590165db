//! An amount with its tax and with who paid it, and how such amounts are taken apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tearline_pricing::allocate::allocate;
use tearline_pricing::config::shop::TaxedPrices;
use tearline_pricing::names::PromotionId;

/// An amount in minor units, once by what it is, once by who paid it: `net + tax = money + credits`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RefundSum))]
pub struct Sum {
    /// What it is without tax. Where tax is due on the list price it can pass the price that was paid; then this
    /// is below 0.
    pub net: i64,
    /// Its tax.
    pub tax: i64,
    /// What was paid with money.
    pub money: i64,
    /// What each credit paid, by promotion.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub credits: BTreeMap<PromotionId, i64>,
}

/// Who paid an amount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Payer {
    Credit(PromotionId),
    Money,
}

/// What each payer paid.
pub(super) type Payers = BTreeMap<Payer, i64>;

impl Sum {
    /// With its tax.
    pub fn total(&self) -> i64 {
        self.net + self.tax
    }

    /// What credits paid, all together.
    pub fn credit(&self) -> i64 {
        self.credits.values().sum()
    }

    pub(super) fn of(total: i64, tax: i64, payers: Payers) -> Self {
        let mut sum = Self { net: total - tax, tax, ..Self::default() };
        for (payer, paid) in payers.into_iter().filter(|(_, paid)| *paid != 0) {
            match payer {
                Payer::Money => sum.money = paid,
                Payer::Credit(promotion) => drop(sum.credits.insert(promotion, paid)),
            }
        }
        assert_eq!(sum.total(), sum.money + sum.credit(), "somebody has paid for all of it");
        sum
    }

    /// As prices are written: with tax only where they contain it.
    pub(super) fn price(&self, prices: TaxedPrices) -> i64 {
        match prices {
            TaxedPrices::Exclusive => self.net,
            TaxedPrices::Inclusive => self.total(),
        }
    }

    pub(super) fn payers(&self) -> Payers {
        let credits = self.credits.iter().map(|(promotion, paid)| (Payer::Credit(promotion.clone()), *paid));
        credits.chain([(Payer::Money, self.money)]).collect()
    }

    /// A part of it with so much in all: tax and payers in proportion.
    pub(super) fn part(&self, total: i64) -> Self {
        if total == self.total() {
            return self.clone();
        }
        let tax = proportion(self.tax, total, self.total());
        Self::of(total, tax, share_payers(&self.payers(), total))
    }

    /// What is left without a part of it.
    pub(super) fn without(&self, part: &Self) -> Self {
        let mut payers = self.payers();
        for (payer, paid) in part.payers() {
            *payers.entry(payer).or_default() -= paid;
        }
        Self::of(self.total() - part.total(), self.tax - part.tax, payers)
    }

    /// Whether another is a part of it.
    pub(super) fn holds(&self, part: &Self) -> bool {
        let own = self.payers();
        let paid = |payer: &Payer| own.get(payer).copied().unwrap_or(0);
        part.tax <= self.tax
            && part.net <= self.net
            && part.payers().iter().all(|(payer, part)| *part <= paid(payer))
    }
}

impl<'a> std::iter::Sum<&'a Sum> for Sum {
    fn sum<I: Iterator<Item = &'a Sum>>(sums: I) -> Self {
        let mut all = Self::default();
        for sum in sums {
            all.net += sum.net;
            all.tax += sum.tax;
            all.money += sum.money;
            for (promotion, paid) in &sum.credits {
                *all.credits.entry(promotion.clone()).or_default() += paid;
            }
        }
        all
    }
}

/// `amount × part / whole`, cut to a whole number; nothing of nothing.
pub(super) fn proportion(amount: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let share = i128::from(amount) * i128::from(part) / i128::from(whole);
    i64::try_from(share).expect("a part is at most the whole")
}

/// Writes an amount down by the first of these weights that hold all of it; by the first that are not all
/// nothing, if none does; and evenly, if all are.
pub(super) fn share(total: i64, weights: &[&[i64]]) -> Vec<i64> {
    let sum = |weights: &&&[i64]| weights.iter().sum::<i64>();
    let fitting = weights.iter().find(|weights| sum(weights) >= total);
    let any = || weights.iter().find(|weights| sum(weights) > 0);
    let mut parts = vec![0; weights.first().map_or(0, |weights| weights.len())];
    let even = vec![1; parts.len()];
    let chosen = fitting.filter(|weights| sum(weights) > 0).or_else(any).map_or(&even[..], |weights| weights);
    allocate(total, chosen, &mut parts);
    parts
}

/// So much of what was paid, each payer in proportion.
pub(super) fn share_payers(payers: &Payers, total: i64) -> Payers {
    let paid: Vec<i64> = payers.values().copied().collect();
    payers.keys().cloned().zip(share(total, &[&paid])).collect()
}

/// Writes what was paid down to parts of these totals, which add up to it: each payer in proportion to what
/// those before have left open.
pub(super) fn spread(payers: &Payers, totals: &[i64]) -> Vec<Payers> {
    let mut open = totals.to_vec();
    let mut parts = vec![Payers::new(); totals.len()];
    for (payer, &paid) in payers {
        for (place, paid) in share(paid, &[&open]).into_iter().enumerate() {
            parts[place].insert(payer.clone(), paid);
            open[place] -= paid;
        }
    }
    parts
}

/// Sums of these totals and taxes, each paid by everybody in proportion.
pub(super) fn sums(totals: &[i64], taxes: &[i64], payers: &Payers) -> Vec<Sum> {
    let payers = spread(payers, totals);
    totals.iter().zip(taxes).zip(payers).map(|((total, tax), payers)| Sum::of(*total, *tax, payers)).collect()
}
