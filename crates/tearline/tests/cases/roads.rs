//! The roads from a case to its quote. Each gives the whole quote, with units and trace, as JSON.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::case::{Case, NOW, Step};
use crate::library;
use crate::server::{Server, run, tearline};

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
    let snapshot = library::compile(&case.shop);
    Box::new(move |step| library::price(step, snapshot.as_ref().map_err(Clone::clone)?))
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
