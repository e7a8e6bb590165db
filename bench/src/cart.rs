//! The benchmark cart and its shops.

use serde_json::{Value, json};
use tearline_pricing::cart::Cart;
use tearline_pricing::config::{Documents, Event, Promotion};

/// The cart: 10 lines in 5 categories, quantities from 1 to 3, and the code if asked for.
pub fn cart(with_code: bool) -> Cart {
    let line = |number: usize| {
        json!({
            "id": format!("line-{number:02}"),
            "product": format!("product-{number}"),
            "categories": [format!("category-{}", number % 5)],
            "quantity": 1 + number % 3,
            "unit_price": 1_000 + 137 * number,
        })
    };
    let codes = if with_code { json!(["WELCOME"]) } else { json!([]) };
    let lines: Vec<Value> = (0..10).map(line).collect();
    read(json!({"currency": "USD", "lines": lines, "codes": codes, "at": "2026-03-01T12:00:00Z"}))
}

/// A shop with a coupon and `automatic` promotions that all match the cart: a third percentages off a category,
/// a third amounts off with a minimum, a third buy two get one; so small that 100 of them never reach zero.
pub fn shop(automatic: usize) -> Documents {
    let mut documents = Documents::default();
    documents.promotions.insert(
        "welcome".into(),
        read(json!({
            "codes": ["WELCOME"], "benefits": [{"percent_off": {"percent": 5}}]
        })),
    );
    for number in 0..automatic {
        documents.promotions.insert(format!("automatic-{number:04}").into(), promotion(number));
    }
    documents
}

/// [`shop`] with as many others beside it as make `live` automatic promotions. None of the others can apply to
/// the cart: they are anchored to other products, categories and events, a quarter by what a condition counts.
pub fn crowded_shop(automatic: usize, live: usize) -> Documents {
    let mut documents = shop(automatic);
    let elsewhere = (0..EVENTS).map(|number| (format!("event-{number}").into(), Event::default()));
    documents.events = elsewhere.collect();
    for number in automatic..live {
        documents.promotions.insert(format!("bystander-{number:06}").into(), bystander(number));
    }
    documents
}

/// How many events the others are spread over.
const EVENTS: usize = 100;

fn bystander(number: usize) -> Promotion {
    let category = json!({"categories": [format!("elsewhere-{number}")]});
    let amount = json!([{"amount_off": {"amount": "0.05 USD"}}]);
    read(match number % 4 {
        0 => json!({"benefits": [{"percent_off": {
            "percent": "0.5", "items": {"products": [format!("elsewhere-{number}")]}
        }}]}),
        1 => json!({"benefits": [{"buy_x_get_y": {
            "buy": {"units": 2, "items": category}, "get": {"units": 1}, "percent": 10
        }}]}),
        2 => json!({
            "events": [format!("event-{}", number % EVENTS)], "benefits": amount,
            "conditions": [{"minimum": {"amount": "20.00 USD"}}],
        }),
        _ => json!({
            "benefits": amount,
            "conditions": [{"minimum": {"amount": "20.00 USD", "items": category}}],
        }),
    })
}

fn promotion(number: usize) -> Promotion {
    let category = json!({"categories": [format!("category-{}", number % 5)]});
    read(match number % 3 {
        0 => json!({"benefits": [{"percent_off": {"percent": "0.5", "items": category}}]}),
        1 => json!({
            "benefits": [{"amount_off": {"amount": "0.05 USD"}}],
            "conditions": [{"minimum": {"amount": "20.00 USD"}}],
        }),
        _ => json!({"benefits": [{"buy_x_get_y": {
            "buy": {"units": 2, "items": category}, "get": {"units": 1}, "percent": 10
        }}]}),
    })
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the benchmark's own documents fit their types")
}
