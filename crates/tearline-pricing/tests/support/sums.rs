//! What adds up in every quote.

use proptest::prelude::*;
use tearline_pricing::config::shop::TaxedPrices;
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{ClaimedLimit, LineQuote, Quote, ShippingQuote, Stage, UnitQuote};

/// Units make lines, lines make totals, gifts make discounts, and all of it makes what is due.
pub(crate) fn check_sums(quote: &Quote, prices: TaxedPrices) -> Result<(), TestCaseError> {
    quote.lines.iter().try_for_each(check_line)?;
    check_totals(quote)?;
    check_gifts(quote)?;
    check_claims(quote)?;
    check_due(quote, prices)
}

/// From stage to stage a unit never costs more, and never less than nothing.
pub(crate) fn check_steps(quote: &Quote) -> Result<(), TestCaseError> {
    for unit in quote.lines.iter().flat_map(units) {
        let steps = [unit.list, unit.after_bulk, unit.after_items, unit.after_order, unit.after_credit, 0];
        prop_assert!(steps.is_sorted_by(|before, after| before >= after), "{unit:?}");
    }
    let totals = &quote.totals;
    prop_assert!(totals.due >= 0 && totals.tax >= 0 && totals.credit_applied >= 0);
    prop_assert!(quote.promotions.iter().all(|applied| applied.gave > 0));
    Ok(())
}

fn units(line: &LineQuote) -> &[UnitQuote] {
    line.units.as_deref().expect("asked for")
}

fn check_line(line: &LineQuote) -> Result<(), TestCaseError> {
    let units = units(line);
    let sum = |price: fn(&UnitQuote) -> i64| units.iter().map(price).sum::<i64>();
    prop_assert_eq!(units.len(), line.quantity as usize);
    prop_assert_eq!(line.list, sum(|unit| unit.list));
    prop_assert_eq!(line.after_bulk, sum(|unit| unit.after_bulk));
    prop_assert_eq!(line.after_items, sum(|unit| unit.after_items));
    prop_assert_eq!(line.after_order, sum(|unit| unit.after_order));
    prop_assert_eq!(line.after_credit, sum(|unit| unit.after_credit));
    Ok(())
}

/// A line's road leads from its list price to what is left of it, unit by unit.
pub(crate) fn check_roads(quote: &Quote) -> Result<(), TestCaseError> {
    for line in &quote.lines {
        let mut left = line.list;
        let mut taken = vec![0; line.quantity as usize];
        for step in line.road.as_deref().expect("asked for") {
            left -= step.took;
            prop_assert_eq!(left, step.left);
            let of_units = step.units.as_deref().expect("asked for");
            prop_assert_eq!(step.took, of_units.iter().sum::<i64>());
            prop_assert!(step.took > 0 && of_units.iter().all(|took| *took >= 0));
            taken.iter_mut().zip(of_units).for_each(|(taken, took)| *taken += took);
        }
        prop_assert_eq!(left, line.after_credit);
        for (unit, taken) in units(line).iter().zip(taken) {
            prop_assert_eq!(unit.list - taken, unit.after_credit);
        }
    }
    let shipping = quote.shipping.as_ref();
    let took = |shipping: &ShippingQuote| -> i64 {
        shipping.road.as_deref().expect("asked for").iter().map(|step| step.took).sum()
    };
    prop_assert_eq!(quote.totals.shipping_discount, shipping.map_or(0, took));
    Ok(())
}

fn check_totals(quote: &Quote) -> Result<(), TestCaseError> {
    let totals = &quote.totals;
    let sum = |price: fn(&LineQuote) -> i64| quote.lines.iter().map(price).sum::<i64>();
    prop_assert_eq!(totals.list, sum(|line| line.list));
    prop_assert_eq!(totals.sub_total, sum(|line| line.after_bulk));
    prop_assert_eq!(totals.bulk_discount, sum(|line| line.list - line.after_bulk));
    prop_assert_eq!(totals.item_discount, sum(|line| line.after_bulk - line.after_items));
    prop_assert_eq!(totals.order_discount, sum(|line| line.after_items - line.after_order));
    let shipping = quote.shipping.as_ref();
    prop_assert_eq!(totals.shipping, shipping.map_or(0, |shipping| shipping.list));
    prop_assert_eq!(
        totals.shipping_discount,
        shipping.map_or(0, |shipping| shipping.list - shipping.after_discount)
    );
    prop_assert_eq!(totals.tax, sum(|line| line.tax) + shipping.map_or(0, |shipping| shipping.tax));
    Ok(())
}

fn check_gifts(quote: &Quote) -> Result<(), TestCaseError> {
    for applied in &quote.promotions {
        prop_assert_eq!(applied.gave, applied.gifts.iter().map(|gift| gift.gave).sum::<i64>());
        for gift in &applied.gifts {
            let to_lines: i64 = gift.lines.iter().map(|line| line.gave).sum();
            prop_assert!(gift.lines.is_empty() || to_lines == gift.gave);
        }
    }
    let totals = &quote.totals;
    prop_assert_eq!(totals.item_discount, gave(quote, Stage::Items));
    prop_assert_eq!(totals.order_discount, gave(quote, Stage::Order));
    prop_assert_eq!(totals.shipping_discount, gave(quote, Stage::Shipping));
    let paid = gave(quote, Stage::CreditBeforeTax) + gave(quote, Stage::CreditAfterTax);
    prop_assert_eq!(totals.credit_applied, paid);
    quote.lines.iter().try_for_each(|line| check_line_gifts(quote, line))
}

fn gave(quote: &Quote, stage: Stage) -> i64 {
    let gifts = quote.promotions.iter().flat_map(|applied| &applied.gifts);
    gifts.filter(|gift| gift.stage == stage).map(|gift| gift.gave).sum()
}

fn check_line_gifts(quote: &Quote, line: &LineQuote) -> Result<(), TestCaseError> {
    let gave = |stage: Stage| {
        let gifts = quote.promotions.iter().flat_map(|applied| &applied.gifts);
        let lines = gifts.filter(|gift| gift.stage == stage).flat_map(|gift| &gift.lines);
        lines.filter(|gift| gift.id == line.id).map(|gift| gift.gave).sum::<i64>()
    };
    prop_assert_eq!(gave(Stage::Items), line.after_bulk - line.after_items);
    prop_assert_eq!(gave(Stage::Order), line.after_items - line.after_order);
    prop_assert_eq!(gave(Stage::CreditBeforeTax), line.after_order - line.after_credit);
    Ok(())
}

/// A balance pays exactly what its promotion gave as credit, a budget what it gave besides.
fn check_claims(quote: &Quote) -> Result<(), TestCaseError> {
    let is_balance =
        |limit: ClaimedLimit| matches!(limit, ClaimedLimit::SharedBalance | ClaimedLimit::OwnBalance);
    let claimed: i64 =
        quote.claims.iter().filter(|claim| is_balance(claim.limit)).map(|claim| claim.take).sum();
    prop_assert_eq!(claimed, quote.totals.credit_applied);
    for budget in quote.claims.iter().filter(|claim| claim.limit == ClaimedLimit::Budget) {
        prop_assert_eq!(budget.take, discounted(quote, &budget.promotion));
    }
    Ok(())
}

/// What a promotion took off goods and shipping.
fn discounted(quote: &Quote, promotion: &PromotionId) -> i64 {
    let gifts = quote.promotions.iter().filter(|applied| applied.id == *promotion).flat_map(|it| &it.gifts);
    gifts.filter(|gift| gift.stage <= Stage::Shipping).map(|gift| gift.gave).sum()
}

fn check_due(quote: &Quote, prices: TaxedPrices) -> Result<(), TestCaseError> {
    let totals = &quote.totals;
    let goods: i64 = quote.lines.iter().map(|line| line.after_credit).sum();
    let on_top = if prices == TaxedPrices::Exclusive { totals.tax } else { 0 };
    let whole = goods + totals.shipping - totals.shipping_discount + on_top;
    prop_assert_eq!(totals.due, whole - gave(quote, Stage::CreditAfterTax));
    prop_assert_eq!(totals.due_before_credit, totals.due + totals.credit_applied);
    Ok(())
}
