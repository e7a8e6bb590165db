//! What the systems of the field can do, and how it is said here: `examples/compared/*.yaml`, priced, and written
//! down as a page.

use std::fmt::Write as _;
use std::fs;

use serde::Deserialize;
use serde_json::{Value, json};
use tearline_core::read::from_value;
use tearline_core::yaml;

use crate::case::{self, Step};
use crate::compare::differences;
use crate::pages::{self, flow::flow};
use crate::{library, place};

const FOLDER: &str = "examples/compared";

/// A system, and what it can do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct System {
    title: String,
    about: String,
    /// Where we read it.
    read: Vec<String>,
    effects: Vec<Effect>,
}

/// Something that the system can do: said here and priced, or a reason why not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Effect {
    there: String,
    /// A promotion, or several.
    here: Option<Value>,
    /// What else the shop has.
    #[serde(default)]
    with: Vec<Value>,
    cart: Option<Value>,
    facts: Option<Value>,
    sum: Option<String>,
    expect: Option<Value>,
    why_not: Option<String>,
}

fn systems() -> Vec<(String, System)> {
    let read = |file: std::path::PathBuf| {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let mut values = yaml::read(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let system = from_value(values.remove(0).value).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        (name, system)
    };
    case::files(&place(FOLDER)).into_iter().map(read).collect()
}

impl Effect {
    /// The promotions, whole.
    fn promotions(&self) -> Vec<Value> {
        let here = match self.here.clone() {
            None => Vec::new(),
            Some(Value::Array(several)) => several,
            Some(one) => vec![one],
        };
        let numbered = here.into_iter().enumerate().map(|(index, mut promotion)| {
            promotion["kind"] = "promotion".into();
            promotion["id"] = format!("here-{}", index + 1).into();
            promotion
        });
        numbered.collect()
    }

    /// Everything that went otherwise than expected.
    fn complaints(&self) -> Vec<String> {
        let (Some(cart), Some(expect), Some(sum), None) =
            (&self.cart, &self.expect, &self.sum, &self.why_not)
        else {
            let only_why_not = self.here.is_none() && self.cart.is_none() && self.why_not.is_some();
            return if only_why_not {
                Vec::new()
            } else {
                vec!["`here`, `cart`, `sum` and `expect`, or `why_not`".to_owned()]
            };
        };
        if expect.pointer("/totals/due").is_none() {
            return vec!["what is due is not said".to_owned()];
        }
        let documents: Vec<Value> = self.with.iter().cloned().chain(self.promotions()).collect();
        let (title, facts) = (self.there.clone(), self.facts.clone());
        let step = Step { title, sum: sum.clone(), cart: cart.clone(), facts, ..Step::default() };
        match library::compile(&documents).and_then(|snapshot| library::price(&step, &snapshot)) {
            Ok(quote) => differences(expect, &quote),
            Err(error) => vec![error],
        }
    }

    fn row(&self) -> Option<String> {
        let here = self.here.as_ref()?;
        let said = |promotion: &Value| format!("`{}`", flow(promotion).replace('|', "\\|"));
        let said = here
            .as_array()
            .map_or_else(|| said(here), |several| several.iter().map(said).collect::<Vec<_>>().join("<br>"));
        let sum = self.sum.as_deref().unwrap_or_default();
        Some(format!("| {} | {said} | {} |\n", pages::api::sentence(&self.there), pages::api::sentence(sum)))
    }
}

/// The page.
pub(crate) fn page() -> String {
    let head = fs::read_to_string(place(FOLDER).join("README.md")).unwrap();
    let mut page = format!("{}{head}", pages::MARK);
    for (name, system) in systems() {
        let System { title, about, read, effects } = system;
        let read: Vec<String> = read.iter().map(|address| format!("<{address}>")).collect();
        let about = pages::api::sentence(&about);
        write!(page, "\n## {title}\n\n{about}\n\nRead at {}. The examples, with their carts: [`{name}`](../../{FOLDER}/{name}).\n\n", read.join(", ")).unwrap();
        page.push_str("| there | here | what it comes to |\n|---|---|---|\n");
        page.extend(effects.iter().filter_map(Effect::row));
        let not: Vec<&Effect> = effects.iter().filter(|effect| effect.why_not.is_some()).collect();
        if !not.is_empty() {
            page.push_str("\nNot said here:\n\n");
        }
        for Effect { there, why_not, .. } in not {
            let why_not = pages::api::sentence(why_not.as_deref().unwrap_or_default());
            writeln!(page, "- **{}**: {why_not}", pages::api::sentence(there)).unwrap();
        }
    }
    page
}

#[test]
fn each_effect_of_the_field_costs_what_it_says() {
    let mut complaints = Vec::new();
    for (name, system) in systems() {
        for effect in system.effects {
            let there = format!("{name}, {}", pages::api::sentence(&effect.there));
            complaints
                .extend(effect.complaints().into_iter().map(|complaint| format!("{there}\n  {complaint}")));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn an_example_that_says_nothing_is_told() {
    let effect: Effect = from_value(json!({"there": "x", "cart": {}})).unwrap();
    assert_eq!(effect.complaints().len(), 1);
}
