//! The benchmark cart, priced by Tearline, and as many rules only evaluated by the zen engine, in the same run.

use divan::Bencher;
use tearline_bench::cart;
use tearline_bench_rules::{Form, ask, counted, decision};
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;

const RULES: [usize; 3] = [10, 100, 1_000];

fn main() {
    divan::main();
}

/// Only the automatic promotions, as the rules have no code.
#[divan::bench(args = RULES)]
fn tearline_prices(bencher: Bencher<'_, '_>, automatic: usize) {
    let cart = cart::cart(false);
    let snapshot = Snapshot::compile(&cart::shop(automatic), 1).expect("the benchmark's shop has no faults");
    let now = cart.at.expect("the benchmark cart says when");
    bencher.bench(|| {
        let quote = tearline_pricing::price(&cart, &snapshot, &Facts::default(), now, Expand::default());
        quote.expect("the benchmark cart has no faults").totals.due
    });
}

#[divan::bench(args = RULES)]
fn zen_evaluates_a_table(bencher: Bencher<'_, '_>, rules: usize) {
    evaluate(bencher, Form::Table, rules);
}

#[divan::bench(args = RULES)]
fn zen_evaluates_expressions(bencher: Bencher<'_, '_>, rules: usize) {
    evaluate(bencher, Form::Expressions, rules);
}

fn evaluate(bencher: Bencher<'_, '_>, form: Form, rules: usize) {
    let (decision, counted) = (decision(form, rules), counted());
    bencher.bench_local(|| ask(&decision, &counted));
}
