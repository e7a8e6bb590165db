//! The roads from a case to its quote. Each gives the whole quote, with units and trace, as JSON.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;
use tearline_core::document::{Document, gather};
use tearline_core::read::from_value;
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;
use tempfile::TempDir;

use crate::case::{Case, Step};
use crate::server::{Server, run, tearline};

/// The instant of a quote where the cart names none.
const NOW: &str = "2026-06-15T12:00:00Z";

/// A road to a quote.
pub(crate) struct Road {
    pub(crate) name: &'static str,
    /// Whether it can take a step.
    pub(crate) takes: fn(&Step) -> bool,
    /// Makes a case's shop ready; what it answers prices the steps.
    pub(crate) open: fn(&Case) -> Pricer,
}

/// Prices a step.
pub(crate) type Pricer = Box<dyn Fn(&Step) -> Result<Value, String>>;

/// Every road.
pub(crate) const ROADS: &[Road] = &[
    Road { name: "library", takes: |_| true, open: library },
    Road { name: "program", takes: |_| true, open: program },
    // Uses and balances come from the store there, which has none yet.
    Road { name: "http", takes: |step| step.facts.is_none(), open: http },
];

fn library(case: &Case) -> Pricer {
    let snapshot = compile(case);
    Box::new(move |step| {
        let snapshot = snapshot.as_ref().map_err(Clone::clone)?;
        let cart: Cart = from_value(step.cart.clone()).map_err(|fault| format!("cart {fault}"))?;
        let facts = step.facts.clone().map(from_value::<Facts>).transpose();
        let facts = facts.map_err(|fault| format!("facts {fault}"))?.unwrap_or_default();
        let now: Timestamp = NOW.parse().expect("it is an instant");
        let expand = Expand { units: true, trace: true };
        let quote =
            tearline_pricing::price(&cart, snapshot, &facts, now, expand).map_err(|faults| lines(&faults))?;
        Ok(serde_json::to_value(quote).expect("a quote is a plain value"))
    })
}

fn compile(case: &Case) -> Result<Snapshot, String> {
    let documents: Result<Vec<_>, _> = case.shop.iter().cloned().map(Document::read).collect();
    let documents = gather(&documents.map_err(|fault| fault.to_string())?);
    Snapshot::compile(&documents, 1).map_err(|faults| lines(&faults))
}

fn lines(faults: &[impl ToString]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}

/// A folder with the files of a case.
struct Folder(TempDir);

impl Folder {
    fn with_shop(case: &Case) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        folder.file("shop.json", &Value::from(case.shop.clone()));
        folder
    }

    fn file(&self, name: &str, value: &Value) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, value.to_string()).expect("a temporary file");
        path
    }
}

/// `tearline price`, as people start it.
fn program(case: &Case) -> Pricer {
    let folder = Folder::with_shop(case);
    Box::new(move |step| {
        let mut command = tearline();
        command.arg("price").arg(folder.file("cart.json", &step.cart));
        command.arg("--shop").arg(folder.0.path().join("shop.json"));
        if let Some(facts) = &step.facts {
            command.arg("--facts").arg(folder.file("facts.json", facts));
        }
        if step.cart.get("at").is_none() {
            command.args(["--at", NOW]);
        }
        let output = command.args(["--json", "--units", "--explain"]).output().expect("the program starts");
        if !output.status.success() {
            return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    })
}

/// `tearline apply`, `key` and `serve`, then `POST /v1/quotes`.
fn http(case: &Case) -> Pricer {
    if case.steps.iter().all(|step| step.facts.is_some()) {
        return Box::new(|_| Err("it cannot take a step with facts".to_owned()));
    }
    let folder = Folder::with_shop(case);
    let data = folder.0.path().join("data");
    let named = case.shop.iter().any(|document| document["kind"] == "shop");
    let mut apply = tearline();
    apply.arg("apply").arg("-f").arg(folder.0.path().join("shop.json")).arg("--data").arg(&data);
    run(if named { &mut apply } else { apply.args(["--shop", "case"]) });
    let key = run(tearline().args(["key", "create", "--data"]).arg(&data));
    let server = Server::serve(&data);
    Box::new(move |step| {
        // Held for as long as the server reads it.
        let _ = &folder;
        let mut cart = step.cart.clone();
        if cart.get("at").is_none() {
            cart["at"] = NOW.into();
        }
        match server.post(key.trim(), "/v1/quotes?expand=units,trace", &cart) {
            (200, quote) => Ok(quote),
            (status, problem) => Err(format!("{status}: {problem}")),
        }
    })
}
