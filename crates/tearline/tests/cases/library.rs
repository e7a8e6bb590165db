//! The road through the library alone.

use jiff::Timestamp;
use serde_json::Value;
use tearline_core::document::{Document, gather};
use tearline_core::read::from_value;
use tearline_pricing::cart::Cart;
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
    let cart: Cart = from_value(step.cart.clone()).map_err(|fault| format!("cart {fault}"))?;
    let facts = step.facts.clone().map(from_value::<Facts>).transpose();
    let facts = facts.map_err(|fault| format!("facts {fault}"))?.unwrap_or_default();
    let now: Timestamp = NOW.parse().expect("it is an instant");
    let expand = Expand { units: true, trace: true };
    let quote =
        tearline_pricing::price(&cart, snapshot, &facts, now, expand).map_err(|faults| lines(&faults))?;
    Ok(serde_json::to_value(quote).expect("a quote is a plain value"))
}

fn lines(faults: &[impl ToString]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}
