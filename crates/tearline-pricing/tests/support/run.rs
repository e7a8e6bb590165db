//! How random cases are run: the same ones every time; more of them where `PROPTEST_CASES` asks for more.

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use tearline_pricing::quote::{Expand, Quote};
use tearline_pricing::snapshot::Snapshot;

use super::carts::Case;
use super::shops::NOW;
use super::tape::tapes;

/// As many cases as proptest runs if nobody says how many.
const CASES_UNLESS_TOLD: u32 = 256;
/// How many times as many cases are run at most.
const TIMES_MAX: u32 = 5;
/// More numbers than a case ever reads.
const TAPE_LENGTH: usize = 1_000;

/// Tries random tapes; a failure tells the smallest one found, as what is read from it. The tapes are the same
/// on every run, unless `PROPTEST_RNG_SEED` says otherwise.
pub(crate) fn try_tapes<T>(
    cases: u32,
    read: impl Fn(&[u16]) -> T,
    test: impl Fn(&T) -> Result<(), TestCaseError>,
    tell: impl Fn(&T) -> String,
) {
    let outcome = TestRunner::new(config(cases)).run(&tapes(TAPE_LENGTH), |numbers| test(&read(&numbers)));
    if let Err(TestError::Fail(reason, numbers)) = &outcome {
        panic!("{reason}\n\n{}", tell(&read(numbers)));
    }
    outcome.expect("no case is given up");
}

fn config(cases: u32) -> Config {
    let given = Config::default();
    // A case here is a thousand times dearer than most, so that as many more as elsewhere would take an hour.
    let cases = cases * (given.cases / CASES_UNLESS_TOLD).clamp(1, TIMES_MAX);
    let rng_seed = if given.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { given.rng_seed };
    Config { cases, rng_seed, failure_persistence: None, max_shrink_iters: 20_000, ..given }
}

/// The fast answer, with each unit.
pub(crate) fn quote(case: &Case) -> Quote {
    let now = NOW.parse().expect("an instant");
    let snapshot = Snapshot::compile(&case.documents, 1).expect("the generator makes valid shops");
    let expand = Expand { units: true, trace: false };
    tearline_pricing::price(&case.cart, &snapshot, &case.facts, now, expand).expect("and valid carts")
}

/// A case as its documents.
pub(crate) fn told(case: &Case) -> String {
    let documents = &case.documents;
    let mut told = vec![json(&case.cart), json(&case.facts), json(&documents.shop)];
    told.extend(documents.price_lists.iter().map(|(id, list)| format!("{id}: {}", json(list))));
    told.extend(documents.events.iter().map(|(id, event)| format!("{id}: {}", json(event))));
    told.extend(documents.promotions.iter().map(|(id, promotion)| format!("{id}: {}", json(promotion))));
    told.join("\n")
}

pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("documents can be written")
}
