//! The road through the library alone.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tearline_core::document::{Document, gather};
use tearline_core::read::from_value;
use tearline_pricing::cart::Cart;
use tearline_pricing::eligible::Wanted;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;

use crate::case::{NOW, Step};

/// Makes a shop's documents ready.
pub(crate) fn compile(shop: &[Value]) -> Result<Snapshot, String> {
    let documents: Result<Vec<_>, _> = shop.iter().cloned().map(Document::read).collect();
    let documents = gather(&documents.map_err(|fault| fault.to_string())?);
    Snapshot::compile(&documents, 1).map_err(|faults| lines(&faults))
}

/// The whole quote of a step, with units and trace.
pub(crate) fn price(step: &Step, snapshot: &Snapshot) -> Result<Value, String> {
    let (cart, facts) = read(step)?;
    let expand = Expand { units: true, trace: true };
    let quote = tearline_pricing::price(&cart, snapshot, &facts, now(), expand);
    quote.map(plain).map_err(|faults| lines(&faults))
}

/// What a promotion makes of a step's cart.
pub(crate) fn explain(step: &Step, promotion: &str, snapshot: &Snapshot) -> Result<Value, String> {
    let (cart, facts) = read(step)?;
    let told = tearline_pricing::explain(&cart, snapshot, &facts, now(), &promotion.into());
    told.map(plain).map_err(|error| format!("{promotion}: {error:?}"))
}

/// What could apply to a step's cart, all of it.
pub(crate) fn eligible(step: &Step, snapshot: &Snapshot) -> Result<Value, String> {
    let (cart, facts) = read(step)?;
    let wanted = Wanted { others: true, codes: true, skip: 0, limit: usize::MAX };
    let listed = tearline_pricing::eligible(&cart, snapshot, &facts, now(), wanted);
    listed.map(plain).map_err(|faults| lines(&faults))
}

/// What each line of a step's cart costs by itself.
pub(crate) fn shelf(step: &Step, snapshot: &Snapshot) -> Result<Value, String> {
    let (cart, facts) = read(step)?;
    let shelf = tearline_pricing::shelf(&cart, snapshot, &facts, now());
    shelf.map(plain).map_err(|faults| lines(&faults))
}

fn read(step: &Step) -> Result<(Cart, Facts), String> {
    let cart = from_value(step.cart.clone()).map_err(|fault| format!("cart {fault}"))?;
    let facts = step.facts.clone().map(from_value::<Facts>).transpose();
    Ok((cart, facts.map_err(|fault| format!("facts {fault}"))?.unwrap_or_default()))
}

fn now() -> Timestamp {
    NOW.parse().expect("it is an instant")
}

fn plain(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).expect("what is answered is plain values")
}

fn lines(faults: &[impl ToString]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}
