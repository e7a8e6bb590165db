//! Codes of a pool, made by serial number; beside them the naive twin, which draws them and remembers which there
//! are, and the same numbers permuted by FF1.

use std::collections::HashSet;

use aes::Aes128;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use fpe::ff1::{FF1, FlexibleNumeralString};
use rand::RngExt;
use tearline_core::codes::{CodeForm, Key, Series};

/// How many codes are made.
const CODES: [u64; 2] = [10_000, 1_000_000];
const KEY: [u8; 16] = *b"sixteen letters.";

fn main() {
    divan::main();
}

#[divan::bench(args = CODES)]
fn permuted(bencher: Bencher<'_, '_>, codes: u64) {
    make(bencher, &series(false), codes);
}

#[divan::bench(args = CODES)]
fn permuted_with_check(bencher: Bencher<'_, '_>, codes: u64) {
    make(bencher, &series(true), codes);
}

#[divan::bench(args = CODES)]
fn drawn_and_remembered(bencher: Bencher<'_, '_>, codes: u64) {
    let symbols: Vec<char> = series(false).form().fields().alphabet.symbols().chars().collect();
    bencher.counter(ItemsCount::new(codes)).bench(|| {
        let (mut random, mut made) = (rand::rng(), HashSet::new());
        while (made.len() as u64) < codes {
            let mut symbol = || symbols[random.random_range(0..symbols.len())];
            let (first, second): (String, String) =
                ((0..5).map(|_| symbol()).collect(), (0..5).map(|_| symbol()).collect());
            made.insert(format!("SPRING-{first}-{second}"));
        }
        made
    });
}

#[divan::bench(args = [10_000])]
fn permuted_by_ff1(bencher: Bencher<'_, '_>, codes: u64) {
    let ff1 = FF1::<Aes128>::new(&KEY, 31).expect("31 is a radix");
    bencher.counter(ItemsCount::new(codes)).bench(|| {
        for serial in 0..codes {
            let digits =
                (0..10).map(|digit| u16::try_from(serial / 31_u64.pow(digit) % 31).expect("a digit"));
            let number = FlexibleNumeralString::from(digits.collect::<Vec<u16>>());
            black_box(ff1.encrypt(&[], &number).expect("ten digits"));
        }
    });
}

fn make(bencher: Bencher<'_, '_>, series: &Series, codes: u64) {
    bencher.counter(ItemsCount::new(codes)).bench(|| {
        for code in series.codes(0..black_box(codes)) {
            black_box(code);
        }
    });
}

fn series(check: bool) -> Series {
    let pattern = if check { "SPRING-#####-######" } else { "SPRING-#####-#####" };
    let written = serde_json::json!({"pattern": pattern, "check": check});
    let form: CodeForm = serde_json::from_value(written).expect("the benchmark's form has no faults");
    form.series(Key::from(KEY))
}
