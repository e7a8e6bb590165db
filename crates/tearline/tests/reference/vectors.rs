//! The test vectors: every worked case as JSON with its whole result, and the single sums that it rests on.

mod sums;

use serde_json::{Map, Value, json};

use crate::case::{self, Case, NOW, Step};
use crate::json::pretty;
use crate::kept::Files;
use crate::library;

/// The version of `docs/reference/arithmetic.md` that the vectors follow.
const ARITHMETIC: u64 = 1;

/// Every file of vectors.
pub(crate) fn files() -> Files {
    let folder = case::folder();
    let orders = case::files(&folder).into_iter().map(|file| {
        let name = file.strip_prefix(&folder).expect("it was found in there").display().to_string();
        let case = Case::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        (format!("orders/{}", name.replace(".yaml", ".json")), pretty(&orders_of(&name, &case)))
    });
    let sums =
        sums::all().into_iter().map(|sums| (format!("sums/{}.json", sums.name), pretty(&sums.written())));
    orders.chain(sums).collect()
}

/// A case as vectors: a shop's documents, and its orders.
fn orders_of(name: &str, case: &Case) -> Value {
    let snapshot = library::compile(&case.shop).unwrap_or_else(|error| panic!("{name}: {error}"));
    let order = |step: &Step| {
        let quote = library::price(step, &snapshot).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut order = Map::new();
        if !step.title.is_empty() {
            order.insert("title".to_owned(), step.title.as_str().into());
        }
        order.insert("sum".to_owned(), step.sum.trim().into());
        order.insert("at".to_owned(), step.cart.get("at").cloned().unwrap_or_else(|| NOW.into()));
        order.insert("cart".to_owned(), without_floats(&step.cart));
        order.insert("facts".to_owned(), step.facts.clone().unwrap_or_else(|| json!({})));
        order.insert("result".to_owned(), result(&quote));
        Value::Object(order)
    };
    json!({
        "arithmetic": ARITHMETIC,
        "case": format!("tests/cases/{name}"),
        "title": case.title,
        "documents": case.shop.iter().map(without_floats).collect::<Vec<_>>(),
        "orders": case.steps.iter().map(order).collect::<Vec<_>>(),
    })
}

/// A value with its fractions as text, so that no reader takes them through a float.
fn without_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => Value::String(number.to_string()),
        Value::Array(items) => items.iter().map(without_floats).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), without_floats(field))).collect()
        }
        plain => plain.clone(),
    }
}

/// The part of a quote that follows from the arithmetic: its figures and names, and none of its words.
fn result(quote: &Value) -> Value {
    let mut result = part(quote, &["totals"]);
    let each = |name: &str, of: &dyn Fn(&Value) -> Value| {
        let items = quote.get(name).and_then(Value::as_array).into_iter().flatten();
        items.map(of).collect::<Value>()
    };
    result.insert("lines".to_owned(), each("lines", &line));
    if let Some(shipping) = quote.get("shipping") {
        let shipping = part(shipping, &["id", "list", "after_discount", "tax"]);
        result.insert("shipping".to_owned(), shipping.into());
    }
    result.insert(
        "promotions".to_owned(),
        each("promotions", &|it| part(it, &["id", "code", "gave", "gifts"]).into()),
    );
    result.insert("codes".to_owned(), each("codes", &code));
    result.insert("claims".to_owned(), each("claims", &Value::clone));
    result.insert("proposals".to_owned(), each("proposals", &Value::clone));
    result.extend(part(quote, &["proven"]));
    Value::Object(result)
}

/// A line's price after every stage, with its units.
fn line(line: &Value) -> Value {
    let names = [
        "id",
        "quantity",
        "list",
        "after_bulk",
        "after_items",
        "after_order",
        "after_credit",
        "tax",
        "units",
    ];
    part(line, &names).into()
}

/// What became of a code, and the figures of its refusal.
fn code(code: &Value) -> Value {
    let mut told = part(code, &["code", "promotion", "status"]);
    if let Some(because) = code.get("because").and_then(Value::as_object) {
        let figures = because.iter().filter(|(name, value)| *name == "reason" || !value.is_string());
        let figures = figures.map(|(name, value)| (name.clone(), value.clone())).collect();
        told.insert("because".to_owned(), Value::Object(figures));
    }
    Value::Object(told)
}

fn part(value: &Value, names: &[&str]) -> Map<String, Value> {
    let there = names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
    there.collect()
}
