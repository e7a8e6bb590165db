//! The benchmark cart, priced by the crate and by its naive twin in the same run.

use divan::Bencher;
use divan::counter::ItemsCount;
use tearline_bench::{cart, naive};
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;

/// How many automatic promotions match, beside the code.
const AUTOMATIC: [usize; 4] = [0, 1, 10, 100];
/// How many automatic promotions there are, where ten match.
const LIVE: [usize; 3] = [10, 1_000, 10_000];

fn main() {
    divan::main();
}

#[divan::bench(args = AUTOMATIC)]
fn tearline(bencher: Bencher<'_, '_>, automatic: usize) {
    let (cart, snapshot) = (cart::cart(true), compiled(automatic));
    bencher.counter(ItemsCount::new(1_usize)).bench(|| due(&cart, &snapshot, Expand::default()));
}

#[divan::bench(args = LIVE)]
fn ten_that_match_among(bencher: Bencher<'_, '_>, live: usize) {
    let documents = cart::crowded_shop(10, live);
    let snapshot = Snapshot::compile(&documents, 1).expect("the benchmark's shop has no faults");
    let cart = cart::cart(true);
    bencher.bench(|| due(&cart, &snapshot, Expand::default()));
}

#[divan::bench(args = AUTOMATIC)]
fn tearline_with_units_and_trace(bencher: Bencher<'_, '_>, automatic: usize) {
    let (cart, snapshot) = (cart::cart(true), compiled(automatic));
    bencher.bench(|| due(&cart, &snapshot, Expand { units: true, trace: true }));
}

#[divan::bench(args = AUTOMATIC)]
fn naive_twin(bencher: Bencher<'_, '_>, automatic: usize) {
    let (cart, documents) = (cart::cart(true), cart::shop(automatic));
    bencher.counter(ItemsCount::new(1_usize)).bench(|| naive::due(&cart, &documents));
}

#[divan::bench(args = AUTOMATIC)]
fn compile_the_shop(bencher: Bencher<'_, '_>, automatic: usize) {
    let documents = cart::shop(automatic);
    bencher.bench(|| Snapshot::compile(&documents, 1).is_ok());
}

fn compiled(automatic: usize) -> Snapshot {
    Snapshot::compile(&cart::shop(automatic), 1).expect("the benchmark's shop has no faults")
}

fn due(cart: &Cart, snapshot: &Snapshot, expand: Expand) -> i64 {
    let now = cart.at.expect("the benchmark cart says when");
    let quote = tearline_pricing::price(cart, snapshot, &Facts::default(), now, expand);
    quote.expect("the benchmark cart has no faults").totals.due
}
