//! Baskets that remain, and what they mean for a refund.

use serde_json::{Value, json};

use super::placed::{Placed, figures, units};

fn lost(statement: &tearline_core::refunds::Statement) -> Vec<(&str, i64)> {
    statement.lost.iter().map(|lost| (lost.promotion.as_str(), lost.minor)).collect()
}

fn cart(lines: &Value) -> Value {
    json!({
        "currency": "USD", "lines": lines,
        "shipping": {"options": [{"id": "post", "price": 500}], "chosen": "post"}
    })
}

#[test]
fn three_for_two_loses_its_third() {
    let promotions = json!({"promotions": {"three": {
        "benefits": [{"buy_x_get_y": {"buy": {"units": 2}, "get": {"units": 1}}}]
    }}});
    let order = || Placed::of(&promotions, cart(&json!([{"id": "a", "quantity": 3, "unit_price": 1000}])));
    // the first of three equal units is the free one; without the third it is to be paid: 10.00 - 10.00
    let statement = order().refund(&units("a", 1, "claw_back"));
    assert_eq!((lost(&statement), figures(&statement.total)), (vec![("three", 1_000)], [0, 0, 0, 0]));
    assert_eq!(order().refund(&units("a", 1, "keep")).total.money, 1_000);
    assert_eq!(order().refund(&units("a", 1, "reprice")).total.money, 0);
}

#[test]
fn shipping_that_was_free_is_kept_from_the_refund() {
    let promotions = json!({"promotions": {"free": {
        "conditions": [{"minimum": {"amount": "50.00 USD"}}], "benefits": [{"free_shipping": {}}]
    }}});
    let lines = json!([{"id": "a", "quantity": 3, "unit_price": 2000}]);
    let mut order = Placed::of(&promotions, cart(&lines));
    let statement = order.refund(&units("a", 1, "claw_back"));
    assert_eq!((lost(&statement), statement.total.money), (vec![("free", 500)], 1_500));
    assert_eq!(statement.remains.shipping.money, 500);
    // with shipping, nothing is kept for it
    let mut order = Placed::of(&promotions, cart(&lines));
    let with_shipping =
        json!({"units": [{"line": "a", "quantity": 1}], "shipping": "full", "policy": "claw_back"});
    assert_eq!(order.refund(&with_shipping).total.money, 2_000);
    let mut order = Placed::of(&promotions, cart(&lines));
    assert_eq!(order.refund(&units("a", 1, "reprice")).total.money, 1_500);
}

#[test]
fn shipping_given_back_before_is_not_charged_again() {
    let mut order = Placed::of(&json!({}), cart(&json!([{"id": "a", "quantity": 2, "unit_price": 1000}])));
    order.refund(&json!({"shipping": {"minor": 200}}));
    let statement = order.refund(&units("a", 1, "reprice"));
    assert_eq!((statement.total.money, statement.remains.shipping.money), (1_000, 300));
}

#[test]
fn credit_whose_condition_is_missed_stays_where_money_does_not_suffice() {
    let promotions = json!({"promotions": {"sorry": {
        "conditions": [{"minimum": {"amount": "30.00 USD"}}],
        "benefits": [{"credit": {"amount": "20.00 USD", "shared": true}}]
    }}});
    let mut order = Placed::of(&promotions, cart(&json!([{"id": "a", "quantity": 3, "unit_price": 1000}])));
    // 15.00 money and 20.00 credit were paid. 20.00 and 5.00 remain, without the credit; there are only 15.00 of
    // money: 10.00 of the credit stay, 10.00 return
    let statement = order.refund(&units("a", 1, "reprice"));
    assert_eq!(figures(&statement.total), [1_000, 0, 0, 1_000]);
    assert_eq!(figures(&statement.remains.total), [2_500, 0, 1_500, 1_000]);
}
