//! Prices the benchmark cart 1,000 times, for counting instructions without the noise of a clock:
//! `valgrind --tool=callgrind target/release/instructions 10`.

use tearline_bench::cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;

fn main() {
    let automatic = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(10);
    let cart = cart::cart(true);
    let snapshot = Snapshot::compile(&cart::shop(automatic), 1).expect("the benchmark's shop has no faults");
    let now = cart.at.expect("the benchmark cart says when");
    for _ in 0..1_000 {
        let quote = tearline_pricing::price(&cart, &snapshot, &Facts::default(), now, Expand::default());
        std::hint::black_box(quote.expect("the benchmark cart has no faults"));
    }
}
