//! The guard: how many codes may be issued so that none is guessed.

/// Of so many guesses, at most one may be right.
pub const GUESSES_PER_HIT: u128 = 1_000_000;

/// How many codes may ever be issued of so many possible ones.
///
/// Ten symbols of 31 are 819,628,286,980,801 codes:
///
/// ```
/// use tearline_core::codes::entropy::codes_max;
/// assert_eq!(codes_max(31_u128.pow(10)), 819_628_286);
/// assert_eq!(codes_max(31_u128.pow(4)), 0);
/// ```
pub fn codes_max(places: u128) -> u64 {
    u64::try_from(places / GUESSES_PER_HIT).unwrap_or(u64::MAX)
}

/// How many random symbols out of `size` it takes so that `codes` may be issued.
///
/// ```
/// use tearline_core::codes::entropy::symbols_needed;
/// assert_eq!(symbols_needed(31, 852_891), 8);
/// assert_eq!(symbols_needed(31, 852_892), 9);
/// assert_eq!(symbols_needed(10, 1), 6);
/// ```
pub fn symbols_needed(size: u8, codes: u64) -> u32 {
    let places = u128::from(codes) * GUESSES_PER_HIT;
    let enough = |symbols: &u32| u128::from(size).checked_pow(*symbols).is_none_or(|all| all >= places);
    (0..=u128::BITS).find(enough).unwrap_or(u128::BITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_many_symbols_as_needed_and_no_fewer(size in 2..=36_u8, codes in 1..u64::MAX) {
            let symbols = symbols_needed(size, codes);
            prop_assert!(codes_max(u128::from(size).pow(symbols)) >= codes);
            prop_assert!(codes_max(u128::from(size).pow(symbols - 1)) < codes);
        }
    }
}
