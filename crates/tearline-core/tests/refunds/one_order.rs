//! The order of requirements.md B8, worked by hand for each policy.
//!
//! Two 8x10 at 20.00, a 4x5 for nothing, two 5x7 at 7.20. 10 % of 54.40 = 5.44 are, by share of 20.00, 20.00, 7.20
//! and 7.20, 2.00, 2.00, 0.72 and 0.72: 18.00, 18.00, 6.48 and 6.48 are left. The coupon's 5.00, by share of these,
//! are 1.838, 1.838, 0.662 and 0.662; cut to 1.83, 1.83, 0.66 and 0.66, the two cents that are missing go to the 8x10:
//! 16.16, 16.16, 5.82 and 5.82 are 43.96. Tax 3.52 is 2.59 for the 8x10, 1.30 and 1.29, and 0.93 for the 5x7, 0.47 and
//! 0.46. With shipping 53.48 were paid.

use serde_json::{Value, json};

use super::placed::{Placed, figures, units};

fn shop() -> Value {
    json!({
        "price_lists": {"prints": {
            "categories": [{"id": "photo-prints", "bulk": {"steps": [{"from": 2, "percent": 10}]}}],
            "products": [
                {"id": "8x10", "categories": ["photo-prints"], "price": "20.00 USD",
                 "bulk": {"steps": [{"from": 3, "amount": "2.00 USD"}]}},
                {"id": "4x5", "categories": ["photo-prints"], "price": "5.00 USD"},
                {"id": "5x7", "categories": ["photo-prints"], "price": "8.00 USD"}
            ]
        }},
        "events": {"spring": {
            "price_list": "prints",
            "product_discounts": [{"products": ["4x5"], "percent": 100, "minimum": "50.00 USD"}],
            "order_discounts": [{"percent": 10, "minimum": "50.00 USD"}]
        }},
        "promotions": {"five-off": {
            "codes": ["FIVE"], "stacking": "chain", "conditions": [{"minimum": {"amount": "50.00 USD"}}],
            "benefits": [{"amount_off": {"amount": "5.00 USD"}}]
        }}
    })
}

fn order() -> Placed {
    let placed = Placed::of(
        &shop(),
        json!({
            "currency": "USD", "event": "spring", "codes": ["FIVE"],
            "shipping": {"options": [{"id": "post", "price": 600}], "chosen": "post"},
            "tax_rates": [{"percent": 8}],
            "lines": [
                {"id": "a", "product": "8x10", "quantity": 2},
                {"id": "b", "product": "4x5", "quantity": 1},
                {"id": "c", "product": "5x7", "quantity": 2}
            ]
        }),
    );
    assert_eq!(placed.quote.totals.due, 5_348);
    placed
}

#[test]
fn keep_gives_back_what_each_unit_cost() {
    let mut order = order();
    let first = order.refund(&units("a", 1, "keep"));
    // the second 8x10: 16.16 and 1.29; 53.48 - 17.45 = 36.03 remain
    assert_eq!(figures(&first.total), [1_616, 129, 1_745, 0]);
    assert_eq!((first.lines[0].first_unit, first.lines[0].units.len()), (2, 1));
    assert_eq!(first.remains.total.money, 3_603);
    // the other one: 16.16 and 1.30
    let second = order.refund(&units("a", 1, "keep"));
    assert_eq!((figures(&second.total), second.lines[0].first_unit), ([1_616, 130, 1_746, 0], 1));
    // the 4x5 cost nothing; the 5x7: 11.64 and 0.93; shipping 6.00
    let rest =
        json!({"units": [{"line": "c", "quantity": 2}, {"line": "b", "quantity": 1}], "shipping": "full"});
    let third = order.refund(&rest);
    assert_eq!(figures(&third.shipping), [600, 0, 600, 0]);
    assert_eq!(figures(&third.lines[0].total), [0, 0, 0, 0]);
    assert_eq!(figures(&third.lines[1].total), [1_164, 93, 1_257, 0]);
    // 17.45 + 17.46 + 12.57 + 6.00 = 53.48
    assert_eq!(third.total.money, 1_857);
    assert_eq!(third.remains, tearline_core::refunds::Remains::default());
}

#[test]
fn reprice_gives_back_what_was_paid_above_the_new_price() {
    let mut order = order();
    let first = order.refund(&units("a", 1, "reprice"));
    // 20.00 + 4.50 + 2 × 7.20 = 38.90 reach no minimum: nothing else comes off. Tax 3.112, so 3.11; with shipping
    // 48.01. 53.48 - 48.01 = 5.47, of it 43.96 - 38.90 = 5.06 net and 3.52 - 3.11 = 0.41 tax
    assert_eq!(figures(&first.total), [506, 41, 547, 0]);
    assert_eq!(figures(&first.remains.total), [3_890 + 600, 311, 4_801, 0]);
    // then the 4x5: of the three prints that remain the 8x10 has its own rule; 20.00 + 2 × 7.20 = 34.40, tax 2.752,
    // so 2.75, 6.00: 43.15. 48.01 - 43.15 = 4.86, that is 4.50 and 0.36
    let second = order.refund(&units("b", 1, "reprice"));
    assert_eq!(figures(&second.total), [450, 36, 486, 0]);
}

#[test]
fn repricing_asks_for_nothing_more_where_the_rest_is_dearer() {
    let mut order = order();
    // without the 5x7 no print but the 4x5 counts for the 10 %: three prints, 20.00 + 20.00 + 4.50 = 44.50, tax 3.56,
    // 6.00: 54.06, which is more than 53.48
    let statement = order.refund(&units("c", 2, "reprice"));
    assert_eq!(figures(&statement.total), [0, 0, 0, 0]);
    assert_eq!(statement.remains.total.money, 5_348);
    // what was paid for them is held for the rest, and comes back with it
    let rest =
        json!({"units": [{"line": "a", "quantity": 2}, {"line": "b", "quantity": 1}], "shipping": "full"});
    assert_eq!(order.refund(&rest).total.money, 5_348);
}

#[test]
fn claw_back_keeps_what_the_rest_loses() {
    let mut order = order();
    let first = order.refund(&units("a", 1, "claw_back"));
    // 38.90 reach no minimum: the 8x10 that stays loses 2.00 and 1.84, the 4x5 its 4.50, each 5x7 0.72 and 0.66.
    // 4.50 + (2.00 + 2 × 0.72) + (1.84 + 2 × 0.66) = 4.50 + 3.44 + 3.16 = 11.10 of the 16.16 are kept: 5.06.
    // Of its tax 1.29 × 5.06 / 16.16 = 0.404, so 0.40, comes back
    let lost: Vec<_> = first.lost.iter().map(|lost| (lost.promotion.as_str(), lost.minor)).collect();
    assert_eq!(lost, [("event:spring:product:1", 450), ("event:spring:order:1", 344), ("five-off", 316)]);
    assert_eq!(figures(&first.total), [506, 40, 546, 0]);
    // the rest is held at 20.00, 4.50 and 7.20 each now: the 4x5 comes back with what was kept for it
    assert_eq!(first.remains.total.net, 3_890 + 600);
    let nets = |line: &str| first.remains.units(&line.into()).iter().map(|unit| unit.net).collect::<Vec<_>>();
    assert_eq!((nets("a"), nets("b"), nets("c")), (vec![2_000], vec![450], vec![720, 720]));
    let second = order.refund(&units("b", 1, "claw_back"));
    assert_eq!((second.total.net, second.lost.len()), (450, 2));
    // in the end all of it has come back: 53.48
    let rest =
        json!({"units": [{"line": "a", "quantity": 1}, {"line": "c", "quantity": 2}], "shipping": "full"});
    let third = order.refund(&rest);
    assert_eq!(first.total.money + second.total.money + third.total.money, 5_348);
}

#[test]
fn what_one_refund_could_not_keep_the_next_one_keeps() {
    let mut order = order();
    // the 4x5 cost nothing, and the rest reaches 50.00 without it
    let nothing = order.refund(&units("b", 1, "claw_back"));
    assert_eq!((figures(&nothing.total), nothing.lost.len()), ([0, 0, 0, 0], 0));
    // 40.00 + 7.20 = 47.20 do not: the rest loses 4.00 + 0.72 and 3.68 + 0.66 = 9.06, more than the 5.82
    let first = order.refund(&units("c", 1, "claw_back"));
    assert_eq!(figures(&first.total), [0, 0, 0, 0]);
    // and then it is the 5x7 and an 8x10 that have been returned: 5.82 + 16.16 - 2.00 - 0.72 - 1.84 - 0.66 = 16.76
    let second = order.refund(&units("a", 1, "claw_back"));
    assert_eq!(second.total.net, 1_676);
}

#[test]
fn what_was_kept_stays_kept() {
    let mut order = order();
    order.refund(&units("a", 1, "keep"));
    // the minimum was missed by then; 6.48 - 0.66 = 5.82 come back
    let second = order.refund(&units("c", 1, "claw_back"));
    assert_eq!((second.total.net, second.lost.len()), (582, 0));
}
