//! Consecutive codes look no less random than the same numbers permuted by FF1, the standard's cipher.

use aes::Aes128;
use fpe::ff1::{FF1, FlexibleNumeralString};
use tearline_core::codes::{Key, Permutation};

const KEY: [u8; 16] = *b"sixteen letters.";
/// Codes of six symbols out of 31.
const SYMBOLS: usize = 6;
const PLACES: u128 = 31_u128.pow(6);
/// Twenty for every pair of symbols.
const CODES: u64 = 31 * 31 * 20;

type Code = [u16; SYMBOLS];

fn code(place: u128) -> Code {
    std::array::from_fn(|digit| {
        u16::try_from(place / 31_u128.pow(u32::try_from(digit).unwrap()) % 31).unwrap()
    })
}

fn ours() -> Vec<Code> {
    let permutation = Permutation::new(PLACES, Key::from(KEY)).unwrap();
    (0..CODES).map(|serial| code(permutation.place(serial.into()).unwrap())).collect()
}

fn by_ff1() -> Vec<Code> {
    let ff1 = FF1::<Aes128>::new(&KEY, 31).unwrap();
    let permuted = |serial: u64| {
        let number = FlexibleNumeralString::from(code(serial.into()).to_vec());
        Vec::from(ff1.encrypt(&[], &number).unwrap()).try_into().unwrap()
    };
    (0..CODES).map(permuted).collect()
}

/// Chi-square of so many cells against all being equally full, in thousandths.
fn chi_square(cells: usize, hits: impl Iterator<Item = usize>) -> u64 {
    let mut times = vec![0_u64; cells];
    hits.for_each(|cell| times[cell] += 1);
    let (all, cells) = (times.iter().sum::<u64>(), u64::try_from(cells).unwrap());
    times.into_iter().map(|times| times.pow(2)).sum::<u64>() * cells * 1_000 / all - all * 1_000
}

/// What looks less random than once in ten thousand.
fn suspicious(codes: &[Code]) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: String, chi_square: u64, bound: u64| {
        if chi_square > bound {
            found.push(format!("{what}: {chi_square} > {bound}"));
        }
    };
    for at in 0..SYMBOLS {
        let symbols = codes.iter().map(|code| usize::from(code[at]));
        compare(format!("symbol {at}"), chi_square(31, symbols), 66_600);
        for other in 0..at {
            let pairs = codes.iter().map(|code| usize::from(code[at] * 31 + code[other]));
            compare(format!("symbols {other} and {at}"), chi_square(961, pairs), 1_130_000);
        }
        for other in 0..SYMBOLS {
            let neighbours = codes.windows(2).map(|two| usize::from(two[0][at] * 31 + two[1][other]));
            compare(format!("symbol {at}, and {other} of the next"), chi_square(961, neighbours), 1_130_000);
        }
    }
    found
}

#[test]
fn codes_look_as_random_as_those_of_ff1() {
    assert_eq!(suspicious(&ours()), Vec::<String>::new());
    assert_eq!(suspicious(&by_ff1()), Vec::<String>::new());
}

#[test]
fn what_does_not_look_random_is_seen() {
    let counted: Vec<Code> = (0..CODES).map(|serial| code(serial.into())).collect();
    let multiplied = (0..CODES).map(|serial| code(u128::from(serial) * 387_420_489 % PLACES));
    assert!(!suspicious(&counted).is_empty());
    assert!(!suspicious(&multiplied.collect::<Vec<Code>>()).is_empty());
}
