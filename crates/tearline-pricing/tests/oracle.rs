//! The fast implementation and a naive one agree on random carts.
//!
//! The naive one shares only the types of its input and output with the fast one. It expands every cart to
//! units, computes with exact fractions, and tries every admissible combination.

#[path = "support"]
mod support {
    pub(crate) mod carts;
    pub(crate) mod conditions;
    pub(crate) mod expressions;
    pub(crate) mod run;
    pub(crate) mod shops;
    pub(crate) mod tape;
}
#[path = "oracle"]
mod oracle {
    pub(crate) mod asks;
    pub(crate) mod attributes;
    pub(crate) mod bulk;
    pub(crate) mod classes;
    pub(crate) mod clock;
    pub(crate) mod compare;
    pub(crate) mod expressed;
    pub(crate) mod expressions;
    pub(crate) mod fraction;
    pub(crate) mod gifts;
    pub(crate) mod limits;
    pub(crate) mod meets;
    pub(crate) mod naive;
    pub(crate) mod offers;
    pub(crate) mod people;
    pub(crate) mod pipeline;
    pub(crate) mod plain;
    pub(crate) mod sets;
    pub(crate) mod share;
    pub(crate) mod tax;
    pub(crate) mod tiers;
    pub(crate) mod together;
    pub(crate) mod units;
    pub(crate) mod world;
}

use std::cell::RefCell;

use oracle::classes::Classes;
use oracle::{compare, naive};
use proptest::prelude::*;
use support::carts::{Case, case};
use support::run::{quote, told, try_tapes};
use support::shops::NOW;
use tearline_pricing::config::Documents;
use tearline_pricing::facts::Facts;
use tearline_pricing::refusal::Refusal;

/// How many carts are tried, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 20_000;
/// The least part of the carts that must be of each class.
const CLASS_PERCENT_MIN: f64 = 4.0;
/// The least part of the carts that must meet each condition, and that must not.
const CONDITION_PERCENT_MIN: f64 = 0.3;
/// Fewer carts than these say nothing about classes.
const CARTS_MIN: u32 = 1_000;

#[test]
fn fast_and_naive_agree() {
    let classes = RefCell::new(Classes::default());
    try_tapes(CASES, case, |case| agree(case, &classes), told);
    check(&classes.into_inner());
}

/// 5.50 rounds to 6: the largest fraction is of a unit of which only 5 is left.
#[test]
fn a_code_that_adds_up_never_takes_more_than_is_left() {
    let case = parse(
        r#"{"currency": "USD", "codes": ["add"], "lines": [
            {"id": "a", "quantity": 1, "product": "print", "unit_price": 1000},
            {"id": "b", "quantity": 1, "unit_price": 1},
            {"id": "c", "quantity": 1, "unit_price": 1}]}"#,
        &[
            (
                "auto",
                r#"{"benefits": [{"amount_off": {"amount": "9.95 USD", "items": {"products": ["print"]}}}]}"#,
            ),
            (
                "add",
                r#"{"codes": ["ADD"], "stacking": "add", "benefits": [{"percent_off": {"percent": 25}}]}"#,
            ),
        ],
    );
    agree(&case, &RefCell::default()).expect("fast and naive agree");
    let left: Vec<i64> = quote(&case).lines.iter().map(|line| line.after_order).collect();
    assert_eq!(left, [0, 0, 1]);
}

/// Two codes that may stand together and give nothing: each is told its own reason, whatever their order.
#[test]
fn codes_that_give_nothing_are_not_in_each_others_way() {
    let promotions = [
        ("ship", r#"{"codes": ["SHIP"], "combines_with_codes": true, "benefits": [{"free_shipping": {}}]}"#),
        ("mug", r#"{"codes": ["MUG"], "benefits": [{"free_product": {"items": {"products": ["mug"]}}}]}"#),
        (
            "ten",
            r#"{"codes": ["TEN"], "combines_with_codes": true, "benefits": [{"percent_off": {"percent": 10}}]}"#,
        ),
    ];
    for codes in [r#"["ship", "mug", "ten"]"#, r#"["ten", "mug", "ship"]"#] {
        let cart =
            r#"{"currency": "USD", "lines": [{"id": "a", "quantity": 1, "unit_price": 1000}], "codes": "#;
        let case = parse(&format!("{cart}{codes}}}"), &promotions);
        agree(&case, &RefCell::default()).expect("fast and naive agree");
        let because = |code: &str| {
            let quote = quote(&case);
            quote.codes.into_iter().find(|answer| answer.code == code).and_then(|answer| answer.because)
        };
        assert_eq!(because("ten"), None);
        assert_eq!(because("ship"), Some(Refusal::NoShippingMethod));
        assert_eq!(because("mug"), Some(Refusal::NoMatchingProduct));
    }
}

fn parse(cart: &str, promotions: &[(&str, &str)]) -> Case {
    let promotions = promotions
        .iter()
        .map(|(id, promotion)| ((*id).into(), serde_json::from_str(promotion).expect("a promotion")));
    let documents = Documents { promotions: promotions.collect(), ..Documents::default() };
    Case { documents, cart: serde_json::from_str(cart).expect("a cart"), facts: Facts::default() }
}

fn agree(case: &Case, classes: &RefCell<Classes>) -> Result<(), TestCaseError> {
    let now = NOW.parse().expect("an instant");
    let world = naive::world(&case.documents, &case.cart, &case.facts, now);
    let best = naive::price(&world);
    let quote = quote(case);
    prop_assert_eq!(compare::fast(&quote), compare::naive(&best));
    prop_assert!(quote.proven);
    classes.borrow_mut().count(&best);
    Ok(())
}

#[expect(clippy::disallowed_macros, clippy::print_stdout, reason = "the test tells what it tried")]
fn check(classes: &Classes) {
    let percentages = classes.percentages();
    let of_conditions = classes.of_conditions();
    println!("{percentages:?}\n{of_conditions:?}");
    for (class, percent) in percentages.into_iter().filter(|_| classes.carts() >= CARTS_MIN) {
        assert!(percent >= CLASS_PERCENT_MIN, "{class}: only {percent} % of the carts");
    }
    for (answer, percent) in of_conditions.into_iter().filter(|_| classes.carts() >= CARTS_MIN) {
        assert!(percent >= CONDITION_PERCENT_MIN, "{answer:?}: only {percent} % of the carts");
    }
}
