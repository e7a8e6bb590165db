//! Units that go for others that come.

use serde_json::{Value, json};
use tearline_core::refunds::{ExchangeRefusal, RefundRefusal};

use super::placed::{Placed, figures, units};

/// 20.00 and 2 × 20.00, tax 8 %.
fn cart() -> Value {
    json!({
        "currency": "USD", "tax_rates": [{"percent": 8}],
        "lines": [{"id": "a", "quantity": 1, "unit_price": 2000}, {"id": "b", "quantity": 2, "unit_price": 2000}]
    })
}

fn for_one(line: &str, unit_price: i64) -> Value {
    let add = json!([{"id": "new", "quantity": 1, "unit_price": unit_price}]);
    json!({"units": [{"line": line, "quantity": 1}], "add": add})
}

fn percent_from_60() -> Value {
    json!({"promotions": {"tenth": {
        "conditions": [{"minimum": {"amount": "60.00 USD"}}], "benefits": [{"percent_off": {"percent": 10}}]
    }}})
}

#[test]
fn what_is_dearer_is_to_be_paid_for_and_comes_back_with_that() {
    let mut order = Placed::of(&json!({}), cart());
    // 25.00 for 20.00, with their tax 27.00 for 21.60
    let exchange = order.exchange(&for_one("a", 2_500));
    assert_eq!(figures(&exchange.to_pay), [500, 40, 540, 0]);
    assert_eq!(figures(&exchange.statement.total), [0, 0, 0, 0]);
    assert_eq!(figures(&order.refund(&units("new", 1, "keep")).total), [2_500, 200, 2_700, 0]);
}

#[test]
fn what_is_cheaper_gives_the_difference_back() {
    let mut order = Placed::of(&json!({}), cart());
    let exchange = order.exchange(&for_one("b", 500));
    assert_eq!(figures(&exchange.to_pay), [0, 0, 0, 0]);
    assert_eq!(figures(&exchange.statement.total), [1_500, 120, 1_620, 0]);
    assert_eq!(exchange.statement.lines[0].first_unit, 2);
}

#[test]
fn the_order_keeps_its_terms_as_far_as_it_meets_them() {
    // 60.00 - 6.00 = 54.00, tax 4.32: 58.32. With 20.00 for 20.00 it stays so
    let mut order = Placed::of(&percent_from_60(), cart());
    let exchange = order.exchange(&for_one("a", 2_000));
    assert_eq!(figures(&exchange.statement.total), [0, 0, 0, 0]);
    assert_eq!(figures(&exchange.to_pay), [0, 0, 0, 0]);
    // 19.00 for 20.00: 59.00 miss the minimum; 59.00 and tax 4.72 are 63.72: 5.40 are to be paid
    let mut order = Placed::of(&percent_from_60(), cart());
    assert_eq!(figures(&order.exchange(&for_one("a", 1_900)).to_pay), [500, 40, 540, 0]);
}

#[test]
fn credit_pays_no_more_than_it_did_and_returns_what_it_need_not_pay() {
    let shop =
        json!({"promotions": {"sorry": {"benefits": [{"credit": {"amount": "50.00 USD", "shared": true}}]}}});
    let one = json!({"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": 2000}]});
    // 20.00 of credit paid for it; of the 30.00 the other 10.00 are money
    let mut order = Placed::of(&shop, one.clone());
    let exchange = order.exchange(&for_one("a", 3_000));
    assert_eq!(figures(&exchange.to_pay), [1_000, 0, 1_000, 0]);
    assert_eq!(figures(&exchange.statement.remains.total), [3_000, 0, 1_000, 2_000]);
    let mut order = Placed::of(&shop, one);
    assert_eq!(figures(&order.exchange(&for_one("a", 500)).statement.total), [1_500, 0, 0, 1_500]);
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let order = Placed::of(&json!({}), cart());
    let places = |request: &Value| match order.ask_exchange(request).unwrap_err() {
        ExchangeRefusal::Add(faults) => faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>(),
        ExchangeRefusal::Refund(refusal) => panic!("{refusal}"),
    };
    let mut twice = for_one("a", 100);
    twice["add"][0]["id"] = json!("a");
    assert_eq!(places(&twice), ["/add/0/id"]);
    assert_eq!(places(&for_one("a", -1)), ["/add/0/unit_price"]);
    let nothing = order.ask_exchange(&json!({"units": [], "add": []})).unwrap_err();
    assert_eq!(nothing, ExchangeRefusal::Refund(RefundRefusal::NothingToRefund));
}
