//! What promotions gave to units that come back is free again of their budgets.
//!
//! 10 % of 20.00 and 30.00, from 40.00, are 2.00 and 3.00; shipping is 6.00 and free.

use serde_json::json;

use super::placed::{Placed, units};

fn order() -> Placed {
    let budget = json!({"budget": {"amount": "500.00 USD"}});
    let order = Placed::of(
        &json!({"promotions": {
            "tenth": {
                "limits": budget, "conditions": [{"minimum": {"amount": "40.00 USD"}}],
                "benefits": [{"percent_off": {"percent": 10}}]
            },
            "sent": {"limits": budget, "benefits": [{"free_shipping": {}}]},
            "unbounded": {"benefits": [{"percent_off": {"percent": 10}}]}
        }}),
        json!({
            "currency": "USD",
            "shipping": {"options": [{"id": "post", "price": 600}], "chosen": "post"},
            "lines": [
                {"id": "a", "quantity": 1, "unit_price": 2_000},
                {"id": "b", "quantity": 1, "unit_price": 3_000}
            ]
        }),
    );
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 500)]);
    order
}

#[test]
fn what_refunded_units_were_given_is_free_again() {
    let mut order = order();
    order.refund(&units("a", 1, "keep"));
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 300)]);
    order.refund(&units("b", 1, "keep"));
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 0)]);
    // Nothing was paid for shipping; it was sent all the same, until that is taken back too.
    order.refund(&json!({"shipping": "full"}));
    assert_eq!(order.counted(), [("sent", 0), ("tenth", 0)]);
}

#[test]
fn what_the_rest_loses_when_it_is_priced_anew_is_free_again() {
    let mut order = order();
    // 30.00 do not reach 40.00
    order.refund(&units("a", 1, "reprice"));
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 0)]);
}

#[test]
fn what_is_clawed_back_stays_counted() {
    let mut order = order();
    order.refund(&units("a", 1, "claw_back"));
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 300)]);
    order.refund(&units("b", 1, "claw_back"));
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 0)]);
}

#[test]
fn an_exchange_counts_what_is_given_afterwards() {
    let mut order = order();
    let add = json!([{"id": "c", "quantity": 1, "unit_price": 1_000}]);
    // 30.00 and 10.00 reach 40.00: 4.00
    order.exchange(&json!({"units": [{"line": "a", "quantity": 1}], "add": add}));
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 400)]);
    order.refund(&units("c", 1, "keep"));
    assert_eq!(order.counted(), [("sent", 600), ("tenth", 300)]);
}
