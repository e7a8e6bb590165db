//! The sums at the end of a receipt.

use tearline_pricing::config::shop::TaxedPrices;
use tearline_pricing::quote::Stage;

use super::Priced;
use super::table::Table;

impl Priced<'_> {
    pub(super) fn sums(&self, table: &mut Table) {
        let totals = &self.quote.totals;
        let inside = self.snapshot.shop().tax.prices == TaxedPrices::Inclusive;
        table.rule();
        if totals.bulk_discount != 0 {
            self.sum("List price", totals.list, table);
            self.sum("Bulk discounts", -totals.bulk_discount, table);
        }
        self.sum("Sub-total", totals.sub_total, table);
        self.given_at(&[Stage::Items, Stage::Order], table);
        match &self.quote.shipping {
            Some(shipping) => self.sum(&format!("Shipping, {}", shipping.id), shipping.list, table),
            None if self.cart.shipping.is_some() => table.row(0, "Shipping, none chosen yet", &["-"]),
            None => {}
        }
        self.given_at(&[Stage::Shipping, Stage::CreditBeforeTax], table);
        if !inside && totals.tax != 0 {
            self.sum("Tax", totals.tax, table);
        }
        self.given_at(&[Stage::CreditAfterTax], table);
        table.rule();
        self.sum(&format!("Total due, {}", self.quote.currency), totals.due, table);
        if inside && totals.tax != 0 {
            self.sum("of which tax", totals.tax, table);
        }
    }

    fn sum(&self, label: &str, minor: i64, table: &mut Table) {
        table.row(0, label, &[&self.digits(minor)]);
    }

    /// What each promotion gave at some stages, in the order in which they applied.
    fn given_at(&self, stages: &[Stage], table: &mut Table) {
        for &stage in stages {
            for promotion in &self.quote.promotions {
                for gift in promotion.gifts.iter().filter(|gift| gift.stage == stage) {
                    self.sum(&self.names.applied(promotion), -gift.gave, table);
                }
            }
        }
    }
}
