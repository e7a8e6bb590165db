//! What is refused, and what would be allowed.

use serde_json::{Value, json};
use tearline_core::refunds::{RefundRefusal, RefundRequest};

use super::placed::{Placed, read, units};

fn order() -> Placed {
    let cart = json!({
        "currency": "USD", "shipping": {"options": [{"id": "post", "price": 600}], "chosen": "post"},
        "lines": [{"id": "a", "quantity": 3, "unit_price": 1000}]
    });
    Placed::of(&json!({}), cart)
}

fn refusal(order: &Placed, request: &Value) -> Value {
    serde_json::to_value(order.ask(&read(request)).expect_err("refused")).unwrap()
}

#[test]
fn each_refusal_names_what_is_allowed() {
    let mut order = order();
    let unknown = json!({"reason": "unit_not_in_order", "line": "b", "allowed": 0});
    assert_eq!(refusal(&order, &units("b", 1, "keep")), unknown);
    let too_many = json!({"reason": "unit_not_in_order", "line": "a", "allowed": 3});
    assert_eq!(refusal(&order, &units("a", 4, "keep")), too_many);
    order.refund(&units("a", 2, "keep"));
    let again = json!({"reason": "already_refunded", "line": "a", "allowed": 1});
    assert_eq!(refusal(&order, &units("a", 2, "keep")), again);
    assert_eq!(refusal(&order, &json!({})), json!({"reason": "nothing_to_refund"}));
    assert_eq!(refusal(&order, &units("a", 0, "keep")), json!({"reason": "nothing_to_refund"}));
    let above = json!({"reason": "shipping_above_paid", "allowed": 600});
    assert_eq!(refusal(&order, &json!({"shipping": {"minor": 601}})), above);
    assert_eq!(refusal(&order, &json!({"shipping": {"minor": -1}})), above);
    order.cancelled = true;
    assert_eq!(refusal(&order, &units("b", 1, "keep")), json!({"reason": "order_cancelled"}));
}

#[test]
fn the_reference_has_every_reason_in_order() {
    let page = include_str!("../../../../docs/reference/refunds.md");
    let table = page.split("## What is refused").nth(1).unwrap().split("## ").next().unwrap();
    let told: Vec<&str> =
        table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    let line = || "a".into();
    let reasons = [
        RefundRefusal::OrderCancelled,
        RefundRefusal::UnitNotInOrder { line: line(), allowed: 1 },
        RefundRefusal::AlreadyRefunded { line: line(), allowed: 1 },
        RefundRefusal::ShippingAlreadyRefunded,
        RefundRefusal::ShippingAbovePaid { allowed: 1 },
        RefundRefusal::NothingToRefund,
    ];
    let reason = |refusal| serde_json::to_value(refusal).unwrap()["reason"].as_str().unwrap().to_owned();
    assert_eq!(told, reasons.map(reason));
}

#[test]
fn one_line_named_twice_counts_once_for_each() {
    let twice = json!({"units": [{"line": "a", "quantity": 2}, {"line": "a", "quantity": 2}]});
    let too_many = json!({"reason": "unit_not_in_order", "line": "a", "allowed": 3});
    assert_eq!(refusal(&order(), &twice), too_many);
}

#[test]
fn shipping_comes_back_in_parts_and_once() {
    let mut order = order();
    assert_eq!(order.refund(&json!({"shipping": {"minor": 250}})).total.money, 250);
    let above = json!({"reason": "shipping_above_paid", "allowed": 350});
    assert_eq!(refusal(&order, &json!({"shipping": {"minor": 351}})), above);
    assert_eq!(order.refund(&json!({"shipping": "full"})).shipping.money, 350);
    let again = json!({"reason": "shipping_already_refunded"});
    assert_eq!(refusal(&order, &json!({"shipping": "full"})), again);
    assert_eq!(refusal(&order, &json!({"shipping": {"minor": 1}})), again);
}

#[test]
fn a_request_with_a_field_that_nobody_knows_is_none() {
    for unread in [json!({"unit": []}), json!({"units": [{"line": "a", "quantity": 1, "reason": "late"}]})] {
        assert!(serde_json::from_value::<RefundRequest>(unread).is_err());
    }
}

#[test]
fn a_statement_is_read_as_it_was_written() {
    let statement = order().refund(&units("a", 2, "keep"));
    let text = serde_json::to_string(&statement).unwrap();
    assert_eq!(serde_json::from_str::<tearline_core::refunds::Statement>(&text).unwrap(), statement);
}
