//! Any text as the condition of a promotion: compiled or refused with a place, never a panic; and what was compiled
//! gives the same quote whatever the order of the lines.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tearline_pricing::cart::Cart;
use tearline_pricing::conditions::{Condition, Expressed};
use tearline_pricing::config::{Documents, Promotion};
use tearline_pricing::expression::Expression;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;

/// A small cart with something of everything, and one of so many lines that loops within loops take too long.
static CARTS: LazyLock<[Cart; 2]> = LazyLock::new(|| {
    let small: Cart = serde_json::from_str(include_str!("../expressions-cart.json")).expect("a cart");
    let mut large = small.clone();
    for number in 0..200 {
        let mut line = small.lines[number % small.lines.len()].clone();
        line.id = format!("line-{number}").into();
        large.lines.push(line);
    }
    [small, large]
});

fuzz_target!(|text: &str| {
    let expression = match Expression::compile(text) {
        Ok(expression) => expression,
        Err(fault) => {
            assert!((1..=text.chars().count() + 1).contains(&fault.character) && !fault.message.is_empty());
            return;
        }
    };
    let condition = Condition::Expression(Expressed { when: expression, says: None });
    let written = serde_json::to_string(&condition).expect("conditions can be written");
    assert_eq!(serde_json::from_str::<Condition>(&written).expect("and read"), condition);
    let benefit = serde_json::from_str(r#"{"percent_off": {"percent": 10}}"#).expect("a benefit");
    let promotion = Promotion { conditions: vec![condition], ..Promotion::giving(vec![benefit]) };
    let documents = Documents { promotions: [("p".into(), promotion)].into(), ..Documents::default() };
    let snapshot = Snapshot::compile(&documents, 1).expect("the shop is valid");
    for cart in CARTS.iter() {
        let mut turned = cart.clone();
        turned.lines.reverse();
        assert_eq!(why(cart, &snapshot), why(&turned, &snapshot));
    }
});

/// What the cart costs, and why the promotion does not apply.
fn why(cart: &Cart, snapshot: &Snapshot) -> String {
    let expand = Expand { units: false, trace: true };
    let quote = tearline_pricing::price(cart, snapshot, &Facts::default(), Timestamp::UNIX_EPOCH, expand);
    let quote = quote.expect("the cart is valid");
    format!("{} {:?}", quote.totals.due, quote.trace)
}
