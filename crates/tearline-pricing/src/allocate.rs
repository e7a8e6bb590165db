//! Writing an amount down to parts so that the parts add up to it.

use std::cmp::Reverse;

use smallvec::SmallVec;

/// Splits `total` in proportion to `weights` by largest remainder: each part is the exact share, cut or raised
/// to a whole number; the missing units go to the largest fractions, ties to the smaller position.
///
/// Neither `total` nor a weight is negative. With no weight above zero every part is zero. While `total` is at
/// most the sum of the weights, no part is above its weight.
///
/// ```
/// use tearline_pricing::allocate::allocate;
/// // requirements.md B3: 50.00 over lines of 50.00 and 100.00
/// let mut parts = Vec::new();
/// allocate(5_000, &[5_000, 10_000], &mut parts);
/// assert_eq!(parts, [1_667, 3_333]);
/// ```
pub fn allocate(total: i64, weights: &[i64], parts: &mut Vec<i64>) {
    let sum: i64 = weights.iter().sum();
    if total == sum {
        parts.clear();
        parts.extend_from_slice(weights);
    } else if total < FACTOR_MAX && sum < FACTOR_MAX {
        spread(total, weights, parts, sum, |weight| (total * weight / sum, total * weight % sum));
    } else {
        let (whole, sum) = (i128::from(total), i128::from(sum));
        let share = |weight: i64| whole * i128::from(weight);
        spread(total, weights, parts, sum, |weight| (small(share(weight) / sum), share(weight) % sum));
    }
}

/// [`allocate`] for weights that are exact shares in millionths of a minor unit.
pub fn allocate_wide(total: i64, weights: &[i128], parts: &mut Vec<i64>) {
    let sum: i128 = weights.iter().sum();
    let share = |weight: i128| i128::from(total) * weight;
    spread(total, weights, parts, sum, |weight| (small(share(weight) / sum), share(weight) % sum));
}

/// Below this, a product of two amounts fits 63 bits: the common case, without wide arithmetic.
const FACTOR_MAX: i64 = 1 << 31;

fn small(part: i128) -> i64 {
    i64::try_from(part).expect("a part is at most the whole")
}

fn spread<W: Copy, R: Ord + Copy + Default>(
    total: i64,
    weights: &[W],
    parts: &mut Vec<i64>,
    sum: R,
    divide: impl Fn(W) -> (i64, R),
) {
    parts.clear();
    if sum == R::default() {
        parts.resize(weights.len(), 0);
        return;
    }
    let mut remainders = SmallVec::<[(Reverse<R>, usize); 16]>::new();
    for (index, &weight) in weights.iter().enumerate() {
        let (part, remainder) = divide(weight);
        parts.push(part);
        remainders.push((Reverse(remainder), index));
    }
    let missing = total - parts.iter().sum::<i64>();
    let missing = usize::try_from(missing).expect("what is missing is a count of parts");
    if missing > 0 {
        remainders.sort_unstable();
    }
    for &(_, index) in &remainders[..missing] {
        parts[index] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts_of(total: i64, weights: &[i64]) -> Vec<i64> {
        let mut parts = Vec::new();
        allocate(total, weights, &mut parts);
        parts
    }

    #[test]
    fn the_figures_of_b3() {
        assert_eq!(parts_of(1_000, &[3_333, 3_333, 3_334]), [333, 333, 334]);
        assert_eq!(parts_of(100, &[500, 500, 500]), [34, 33, 33]);
        assert_eq!(parts_of(7, &[0, 0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_stay_under_their_weights(
            weights in prop::collection::vec(0..=1_000_000_000_000_i64, 1..40),
            portion in 0..=1_000_000_i64,
        ) {
            let sum: i64 = weights.iter().sum();
            let total = i64::try_from(i128::from(sum) * i128::from(portion) / 1_000_000).unwrap();
            let parts = parts_of(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| (0..=*weight).contains(part)));
        }
    }
}
