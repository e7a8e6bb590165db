//! The roads from a case to its quote. Each gives the whole quote, with units and trace, as JSON.

use std::fs;
use std::process::Command;

use jiff::Timestamp;
use serde_json::Value;
use tearline_core::document::{Document, gather};
use tearline_core::read::from_value;
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;

use crate::case::{Case, Step};

/// The instant of a quote where the cart names none.
const NOW: &str = "2026-06-15T12:00:00Z";

/// A road to a quote.
pub(crate) struct Road {
    pub(crate) name: &'static str,
    /// Whether it can take a step.
    pub(crate) takes: fn(&Step) -> bool,
    pub(crate) quote: fn(&Case, &Step) -> Result<Value, String>,
}

/// Every road.
pub(crate) const ROADS: &[Road] = &[
    Road { name: "library", takes: |_| true, quote: library },
    Road { name: "program", takes: |_| true, quote: program },
];

fn library(case: &Case, step: &Step) -> Result<Value, String> {
    let documents: Result<Vec<_>, _> = case.shop.iter().cloned().map(Document::read).collect();
    let documents = gather(&documents.map_err(|fault| fault.to_string())?);
    let snapshot = Snapshot::compile(&documents, 1).map_err(|faults| lines(&faults))?;
    let cart: Cart = from_value(step.cart.clone()).map_err(|fault| format!("cart {fault}"))?;
    let facts = step.facts.clone().map(from_value::<Facts>).transpose();
    let facts = facts.map_err(|fault| format!("facts {fault}"))?.unwrap_or_default();
    let now: Timestamp = NOW.parse().expect("it is an instant");
    let expand = Expand { units: true, trace: true };
    let quote =
        tearline_pricing::price(&cart, &snapshot, &facts, now, expand).map_err(|faults| lines(&faults))?;
    Ok(serde_json::to_value(quote).expect("a quote is a plain value"))
}

fn lines(faults: &[impl ToString]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}

/// `tearline price`, as people start it.
fn program(case: &Case, step: &Step) -> Result<Value, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, value: &Value| {
        let path = folder.path().join(name);
        fs::write(&path, value.to_string()).expect("a temporary file");
        path
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_tearline"));
    command.arg("price").arg(file("cart.json", &step.cart));
    command.arg("--shop").arg(file("shop.json", &Value::from(case.shop.clone())));
    if let Some(facts) = &step.facts {
        command.arg("--facts").arg(file("facts.json", facts));
    }
    if step.cart.get("at").is_none() {
        command.args(["--at", NOW]);
    }
    let output = command.args(["--json", "--units", "--explain"]).output().expect("the program starts");
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}
