//! Orders paid with credit, before and after tax, with tax on top and inside.

use serde_json::{Value, json};

use super::placed::{GRACE, Placed, figures, units};

fn shop(acts: &str, prices: &str, more: &Value) -> Value {
    let mut credit = json!({"amount": "20.00 USD", "shared": true, "acts": acts});
    credit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "shop": {"currency": "USD", "tax": {"prices": prices}},
        "events": {"spring": {}, "autumn": {}},
        "promotions": {"sorry": {"benefits": [{"credit": credit}]}}
    })
}

/// 20.00 and 2 × 10.00, shipping 5.00, tax 10 % but not on shipping.
fn cart() -> Value {
    json!({
        "currency": "USD", "tax_rates": [{"percent": 10}],
        "shipping": {"options": [{"id": "post", "price": 500}], "chosen": "post"},
        "lines": [
            {"id": "a", "quantity": 1, "unit_price": 2000},
            {"id": "b", "quantity": 2, "unit_price": 1000}
        ]
    })
}

#[test]
fn before_tax_each_unit_was_lowered_by_its_share() {
    let mut order = Placed::of(&shop("before_tax", "exclusive", &json!({})), cart());
    // 20.00 of 40.00 are credit, half of each unit: 10.00, 5.00, 5.00. Tax 2.00: 1.00, 0.50, 0.50.
    // 20.00 + 2.00 + 5.00 = 27.00 in money
    assert_eq!(order.quote.totals.due, 2_700);
    let first = order.refund(&units("a", 1, "keep"));
    assert_eq!(figures(&first.total), [2_000, 100, 1_100, 1_000]);
    let second = order.refund(&units("b", 1, "keep"));
    assert_eq!(figures(&second.total), [1_000, 50, 550, 500]);
    assert_eq!(figures(&second.remains.total), [1_500, 50, 1_050, 500]);
}

#[test]
fn after_tax_each_unit_was_paid_in_the_same_proportion() {
    let mut order = Placed::of(&shop("after_tax", "exclusive", &json!({})), cart());
    // 22.00 and 2 × 11.00 with tax; 20.00 of these 44.00 are credit: 10.00, 5.00, 5.00; shipping is money
    assert_eq!(order.quote.totals.due, 2_900);
    let first = order.refund(&units("a", 1, "keep"));
    assert_eq!(figures(&first.total), [2_000, 200, 1_200, 1_000]);
    assert_eq!(figures(&first.remains.shipping), [500, 0, 500, 0]);
}

#[test]
fn credit_that_covers_shipping_paid_a_share_of_it() {
    let mut order = Placed::of(&shop("after_tax", "exclusive", &json!({"covers_shipping": true})), cart());
    // of 49.00: shipping 20.00 × 5 / 49 = 2.041, the 22.00 8.980, each 11.00 4.490; cut 2.04, 8.97, 4.48, 4.48, and
    // the three cents that are missing go to the 22.00 and the 11.00: 8.98, 4.49, 4.49
    let shipping = order.refund(&json!({"shipping": "full"}));
    assert_eq!(figures(&shipping.total), [500, 0, 296, 204]);
    // 20.00 - 2.04 = 17.96 of the other 44.00 were credit
    let rest = order.refund(&json!({"units": [{"line": "a", "quantity": 1}, {"line": "b", "quantity": 2}]}));
    assert_eq!(figures(&rest.total), [4_000, 400, 4_400 - 1_796, 1_796]);
}

#[test]
fn with_tax_inside_nothing_comes_on_top() {
    let mut order = Placed::of(&shop("before_tax", "inclusive", &json!({})), cart());
    // 20.00 of 40.00 are credit; tax is inside the other 20.00: 1.8182, so 1.82, 0.91 for a and 0.91 for b, of which
    // the first unit has 0.46. 20.00 + 5.00 = 25.00 in money
    assert_eq!(order.quote.totals.due, 2_500);
    let first = order.refund(&units("b", 1, "keep"));
    assert_eq!(figures(&first.total), [955, 45, 500, 500]);
    let all = order.refund(&json!({"units": [{"line": "a", "quantity": 1}, {"line": "b", "quantity": 1}]}));
    assert_eq!(figures(&all.total), [3_000 - 137, 137, 1_500, 1_500]);
}

#[test]
fn credit_of_one_event_goes_back_with_what_was_bought_there() {
    let mut documents = shop("after_tax", "exclusive", &json!({}));
    documents["promotions"]["sorry"]["events"] = json!(["spring"]);
    let mut cart = cart();
    cart["event"] = json!("autumn");
    cart["lines"][1]["event"] = json!("spring");
    let mut order = Placed::of(&documents, cart);
    // the 20.00 pay for the 22.00 of `b` alone
    assert_eq!(figures(&order.refund(&units("a", 1, "keep")).total), [2_000, 200, 2_200, 0]);
    assert_eq!(figures(&order.refund(&units("b", 1, "keep")).total), [1_000, 100, 100, 1_000]);
}

#[test]
fn credit_returns_to_its_balance_and_to_an_ended_one_for_a_while() {
    let documents = shop("before_tax", "exclusive", &json!({}));
    let live = Placed::of(&documents, cart()).refund(&units("a", 1, "keep"));
    let returned = |statement: &tearline_core::refunds::Statement| {
        let credit = &statement.credits[0];
        (credit.promotion.to_string(), credit.minor, credit.grace_until)
    };
    assert_eq!(returned(&live), ("sorry".to_owned(), 1_000, None));
    let ended = Placed::of(&documents, cart()).with_ended("sorry").refund(&units("a", 1, "keep"));
    assert_eq!(returned(&ended), ("sorry".to_owned(), 1_000, Some(GRACE)));
}

#[test]
fn repricing_draws_the_credit_again() {
    let mut order = Placed::of(&shop("after_tax", "exclusive", &json!({})), cart());
    // 22.00 and 5.00 remain: 20.00 credit, 7.00 money of the 29.00; 22.00 of money come back, no credit
    let statement = order.refund(&units("b", 2, "reprice"));
    assert_eq!(figures(&statement.total), [2_000, 200, 2_200, 0]);
    // only shipping and 11.00 would be left of the other line: all of it credit, 11.00; 9.00 of credit come back
    let mut order = Placed::of(&shop("after_tax", "exclusive", &json!({})), cart());
    let request =
        json!({"units": [{"line": "a", "quantity": 1}, {"line": "b", "quantity": 1}], "policy": "reprice"});
    assert_eq!(figures(&order.refund(&request).total), [3_000, 300, 2_400, 900]);
}
