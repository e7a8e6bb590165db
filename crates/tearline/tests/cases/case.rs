//! What a case file says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use tearline_core::read::from_value;
use tearline_core::yaml;

/// The instant of a quote where the cart names none.
pub(crate) const NOW: &str = "2026-06-15T12:00:00Z";

/// A shop, and what orders in it cost.
pub(crate) struct Case {
    pub(crate) title: String,
    /// Where the figures come from.
    pub(crate) source: String,
    pub(crate) shop: Vec<Value>,
    pub(crate) steps: Vec<Step>,
}

/// An order, and what is expected of its quote.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    #[serde(default)]
    pub(crate) title: String,
    /// How the figures are worked out by hand.
    #[serde(default)]
    pub(crate) sum: String,
    pub(crate) cart: Value,
    pub(crate) facts: Option<Value>,
    /// A part of its quote.
    #[serde(default = "nothing")]
    pub(crate) expect: Value,
    /// Of some promotions, a part of what is explained of them.
    #[serde(default)]
    pub(crate) explain: BTreeMap<String, Value>,
    /// A part of the list of what could apply, codes and all.
    pub(crate) eligible: Option<Value>,
    /// A part of what each of its lines costs by itself.
    pub(crate) shelf: Option<Value>,
}

/// What is asked of a cart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask<'a> {
    /// What it costs.
    Quote,
    /// What a promotion makes of it.
    Explain(&'a str),
    /// What could apply to it.
    Eligible,
    /// What each of its lines costs by itself.
    Shelf,
}

impl Step {
    /// Everything that is asked, with what is expected of the answer.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (Ask<'_>, &Value)> {
        let explain = self.explain.iter().map(|(id, expected)| (Ask::Explain(id), expected));
        let eligible = self.eligible.iter().map(|expected| (Ask::Eligible, expected));
        let shelf = self.shelf.iter().map(|expected| (Ask::Shelf, expected));
        std::iter::once((Ask::Quote, &self.expect)).chain(explain).chain(eligible).chain(shelf)
    }
}

fn nothing() -> Value {
    Value::Object(Map::new())
}

/// A case as it is written: with steps, or with one step in its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    source: String,
    #[serde(default)]
    sum: String,
    shop: Vec<Value>,
    cart: Option<Value>,
    facts: Option<Value>,
    expect: Option<Value>,
    #[serde(default)]
    explain: BTreeMap<String, Value>,
    eligible: Option<Value>,
    shelf: Option<Value>,
    #[serde(default)]
    steps: Vec<Step>,
}

impl Case {
    pub(crate) fn read(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
        let mut read = yaml::read(&text).map_err(|fault| fault.to_string())?;
        let one = read.pop().filter(|_| read.is_empty()).ok_or("a file holds one case")?;
        let written: Written = from_value(one.value).map_err(|fault| fault.to_string())?;
        written.case()
    }
}

impl Written {
    fn case(self) -> Result<Case, String> {
        let Self { title, source, sum, shop, cart, facts, expect, explain, eligible, shelf, mut steps } =
            self;
        let expects = expect.is_some() || !explain.is_empty() || eligible.is_some() || shelf.is_some();
        match cart {
            Some(cart) if steps.is_empty() && expects => {
                let expect = expect.unwrap_or_else(nothing);
                steps.push(Step { title: String::new(), sum, cart, facts, expect, explain, eligible, shelf });
            }
            None if !steps.is_empty() && !expects => {}
            _ => return Err("a case has either `steps`, or a `cart` and what is expected of it".to_owned()),
        }
        Ok(Case { title, source, shop, steps })
    }
}

/// The folder of the cases.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases")
}

/// Every case file in a folder and those below it, in order of name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    found.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    found.into_iter().flat_map(below).filter(|path| path.extension().is_some_and(|it| it == "yaml")).collect()
}
