//! Prints random carts with their shops and quotes, one as JSON a line, for another program to price:
//! `docs/reference/vectors/check.py`.
//!
//! `cargo run -p tearline-pricing --example random-carts -- 2000`
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it is a tool"
)]

#[path = "../tests/support"]
mod support {
    pub(crate) mod carts;
    pub(crate) mod conditions;
    pub(crate) mod expressions;
    pub(crate) mod run;
    pub(crate) mod shops;
    pub(crate) mod tape;
}

use serde_json::{Value, json};
use support::carts::{Case, case};
use support::run::{quote, told, try_tapes};
use tearline_pricing::config::Documents;

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_000);
    let print = |case: &Case| {
        println!("{}", line(case));
        Ok(())
    };
    try_tapes(count, case, print, told);
}

fn line(case: &Case) -> Value {
    let quote = quote(case);
    let documents = documents(&case.documents);
    json!({"documents": documents, "at": quote.at, "cart": case.cart, "facts": case.facts, "quote": quote})
}

/// The documents as they are written down, each with its kind and id.
fn documents(documents: &Documents) -> Vec<Value> {
    let mut all = vec![named("shop", &"random", &documents.shop)];
    all.extend(documents.price_lists.iter().map(|(id, list)| named("price_list", id, list)));
    all.extend(documents.events.iter().map(|(id, event)| named("event", id, event)));
    all.extend(documents.promotions.iter().map(|(id, promotion)| named("promotion", id, promotion)));
    all
}

fn named(kind: &str, id: &impl ToString, body: &impl serde::Serialize) -> Value {
    let mut document = json!({"kind": kind, "id": id.to_string()});
    let body = serde_json::to_value(body).expect("a document is a plain value");
    document.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    document
}
