//! The answers are those of CEL's definition, run naively.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use tearline_pricing::expression::{Expression, Unanswered};

use super::world::{Counted, plain};
use crate::oracle::expressions::{Value, holds};
use crate::oracle::plain::Plain;
use crate::support::expressions::expression;
use crate::support::tape::{Tape, tapes};

/// How many expressions are tried, unless `PROPTEST_CASES` asks for more.
const CASES: u32 = 5_000;
/// The least part of the answers that must be of each kind.
const PERCENT_MIN: u32 = 5;

#[test]
fn answers_are_those_of_the_definition() {
    let kinds = RefCell::new(BTreeMap::<&str, u32>::new());
    let given = Config::default();
    let rng_seed = if given.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { given.rng_seed };
    let config = Config { cases: given.cases.max(CASES), rng_seed, failure_persistence: None, ..given };
    let outcome = TestRunner::new(config).run(&tapes(600), |numbers| {
        let mut tape = Tape::new(&numbers);
        let (text, world) = (expression(&mut tape, 4), plain(&mut tape));
        let kind = agree(&text, world)?;
        *kinds.borrow_mut().entry(kind).or_default() += 1;
        Ok(())
    });
    outcome.unwrap();
    let kinds = kinds.into_inner();
    let all: u32 = kinds.values().sum();
    for kind in ["yes", "no", "no answer"] {
        let found = kinds.get(kind).copied().unwrap_or_default();
        assert!(found * 100 >= all * PERCENT_MIN, "only {found} of {all} say {kind}: {kinds:?}");
    }
}

/// Which kind of answer it was.
fn agree(text: &str, plain: Plain) -> Result<&'static str, TestCaseError> {
    let expression = match Expression::compile(text) {
        Ok(expression) => expression,
        Err(fault) => {
            let is_costly = fault.message.starts_with("takes up to");
            prop_assert!(is_costly, "{}\n{}", text, fault);
            return Ok("too costly");
        }
    };
    let names = plain.names();
    let expected = holds(text, &names);
    if let Some(other) = interpreted(text, &names) {
        prop_assert_eq!(expected, Ok(other), "the definition and the interpreter differ: {}", text);
    }
    let world = Counted::from(plain);
    let found = expression.evaluate(&world);
    prop_assert_ne!(&found, &Err(Unanswered::TooManySteps), "{}", text);
    prop_assert_eq!(found.as_ref().ok(), expected.as_ref().ok(), "{}\n{:?}\n{:?}", text, found, world.plain);
    Ok(match expected {
        Ok(true) => "yes",
        Ok(false) => "no",
        Err(_) => "no answer",
    })
}

/// The answer of the `cel` crate's own interpreter, if it has one. It knows neither that an empty text is absent nor
/// sums, counts bytes where the definition counts characters, gives up where another part would decide, and panics
/// where a minus makes a number too large.
fn interpreted(text: &str, names: &BTreeMap<String, Value>) -> Option<bool> {
    if ["has(", ".sum()", ".min()", ".max()", "size(", "-("].iter().any(|unknown| text.contains(unknown)) {
        return None;
    }
    let mut context = cel::Context::default();
    for (name, value) in names {
        context.add_variable_from_value(name, theirs(value));
    }
    match cel::Program::compile(text).ok()?.execute(&context) {
        Ok(cel::Value::Bool(is)) => Some(is),
        _ => None,
    }
}

#[expect(clippy::disallowed_types, reason = "the interpreter's maps are such")]
fn theirs(value: &Value) -> cel::Value {
    match value {
        Value::Truth(is) => (*is).into(),
        Value::Whole(is) => (*is).into(),
        Value::Text(is) => is.clone().into(),
        Value::List(list) => list.iter().map(theirs).collect::<Vec<_>>().into(),
        Value::Map(map) => {
            let fields = map.iter().map(|(name, value)| (name.clone(), theirs(value)));
            fields.collect::<std::collections::HashMap<String, cel::Value>>().into()
        }
    }
}
