//! Counts the instructions of a quote of the benchmark cart, which no neighbour disturbs.
//!
//! `cargo run --profile bench -p tearline-bench --bin instructions` needs `valgrind`: it runs itself under
//! callgrind, for so many quotes and for twice as many, so that only the quotes are left in the difference.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::process::Command;
use std::{env, hint};

use tearline_bench::cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::Expand;
use tearline_pricing::snapshot::Snapshot;

/// How many automatic promotions match, and how many there are.
const SHOPS: [(usize, usize); 6] = [(0, 0), (1, 1), (10, 10), (100, 100), (10, 1_000), (10, 10_000)];
/// How many quotes are counted.
const QUOTES: u64 = 100;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<usize> = env::args().skip(1).map(|word| word.parse()).collect::<Result<_, _>>()?;
    match arguments[..] {
        [matching, live, quotes] => price(matching, live, quotes),
        [] => table()?,
        _ => return Err("instructions, or instructions MATCHING LIVE QUOTES".into()),
    }
    Ok(())
}

fn price(matching: usize, live: usize, quotes: usize) {
    let cart = cart::cart(true);
    let documents = cart::crowded_shop(matching, live);
    let snapshot = Snapshot::compile(&documents, 1).expect("the benchmark's shop has no faults");
    let now = cart.at.expect("the benchmark cart says when");
    for _ in 0..quotes {
        let quote = tearline_pricing::price(&cart, &snapshot, &Facts::default(), now, Expand::default());
        hint::black_box(quote.expect("the benchmark cart has no faults"));
    }
}

fn table() -> Result<(), Failure> {
    println!("| match | live | instructions a quote |\n|---|---|---|");
    for (matching, live) in SHOPS {
        let once = instructions(matching, live, QUOTES)?;
        let twice = instructions(matching, live, 2 * QUOTES)?;
        println!("| {matching} | {live} | {} |", (twice - once) / QUOTES);
    }
    Ok(())
}

/// The instructions of this program pricing so many quotes, as callgrind counts them.
fn instructions(matching: usize, live: usize, quotes: u64) -> Result<u64, Failure> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env::current_exe()?);
    let output = command.args([matching.to_string(), live.to_string(), quotes.to_string()]).output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let counted = told.lines().find_map(|line| line.split_once("Collected :"));
    let (_, counted) = counted.ok_or_else(|| format!("callgrind counted nothing: {told}"))?;
    Ok(counted.trim().parse()?)
}
