//! The roads from a case to its answers. Each gives them whole, a quote with units and trace, as JSON.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::case::{Ask, Case, NOW, Step};
use crate::library;
use crate::server::{Server, run, tearline};

/// A road to an answer.
pub(crate) struct Road {
    pub(crate) name: &'static str,
    /// Whether it can take a step.
    pub(crate) takes: fn(&Step) -> bool,
    /// Makes a case's shop ready; what it gives answers what is asked.
    pub(crate) open: fn(&Case) -> Answerer,
}

/// Answers what is asked of a step's cart.
pub(crate) type Answerer = Box<dyn Fn(&Step, Ask<'_>) -> Result<Value, String>>;

/// Every road.
pub(crate) const ROADS: &[Road] = &[
    Road { name: "library", takes: |_| true, open: library },
    Road { name: "program", takes: |_| true, open: program },
    // Uses and balances come from the store there, which has none yet.
    Road { name: "http", takes: |step| step.facts.is_none(), open: http },
];

fn library(case: &Case) -> Answerer {
    let snapshot = library::compile(&case.shop);
    Box::new(move |step, ask| {
        let snapshot = snapshot.as_ref().map_err(Clone::clone)?;
        match ask {
            Ask::Quote => library::price(step, snapshot),
            Ask::Explain(promotion) => library::explain(step, promotion, snapshot),
            Ask::Eligible => library::eligible(step, snapshot),
            Ask::Shelf => library::shelf(step, snapshot),
        }
    })
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
fn program(case: &Case) -> Answerer {
    let folder = Folder::with_shop(case);
    Box::new(move |step, ask| {
        let mut command = tearline();
        match ask {
            Ask::Quote => command.args(["price", "--units", "--explain"]),
            Ask::Explain(promotion) => command.args(["price", &format!("--explain={promotion}")]),
            Ask::Eligible => command.args(["eligible", "--others", "--codes"]),
            Ask::Shelf => command.arg("shelf"),
        };
        command.arg("--json").arg(folder.file("cart.json", &step.cart));
        command.arg("--shop").arg(folder.0.path().join("shop.json"));
        if let Some(facts) = &step.facts {
            command.arg("--facts").arg(folder.file("facts.json", facts));
        }
        if step.cart.get("at").is_none() {
            command.args(["--at", NOW]);
        }
        let output = command.output().expect("the program starts");
        if !output.status.success() {
            return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    })
}

/// `tearline apply`, `key` and `serve`, then `POST /v1/quotes`.
fn http(case: &Case) -> Answerer {
    if case.steps.iter().all(|step| step.facts.is_some()) {
        return Box::new(|_, _| Err("it cannot take a step with facts".to_owned()));
    }
    let folder = Folder::with_shop(case);
    let data = folder.0.path().join("data");
    let named = case.shop.iter().any(|document| document["kind"] == "shop");
    let mut apply = tearline();
    apply.arg("apply").arg("-f").arg(folder.0.path().join("shop.json")).arg("--data").arg(&data);
    run(if named { &mut apply } else { apply.args(["--shop", "case"]) });
    let key = run(tearline().args(["key", "create", "--data"]).arg(&data));
    let server = Server::serve(&data);
    Box::new(move |step, ask| {
        // Held for as long as the server reads it.
        let _ = &folder;
        let mut cart = step.cart.clone();
        if cart.get("at").is_none() {
            cart["at"] = NOW.into();
        }
        let (path, body) = match ask {
            Ask::Quote => ("/v1/quotes?expand=units,trace".to_owned(), cart),
            Ask::Explain(promotion) => {
                (format!("/v1/promotions/{promotion}/explain"), json!({ "cart": cart }))
            }
            Ask::Eligible => {
                ("/v1/eligible?include=codes,others&limit=200".to_owned(), json!({ "cart": cart }))
            }
            Ask::Shelf => ("/v1/shelf".to_owned(), json!({ "cart": cart })),
        };
        match server.post(key.trim(), &path, &body) {
            (200, answer) => Ok(answer),
            (status, problem) => Err(format!("{status}: {problem}")),
        }
    })
}
