//! Writing an amount down to parts so that the parts add up to it.

use std::cmp::Reverse;

use smallvec::SmallVec;

/// Splits `total` in proportion to `weights` by largest remainder: each part is the exact share, cut or raised
/// to a whole number; the missing units go to the largest fractions, ties to the smaller position.
///
/// Neither `total` nor a weight is negative; there are as many parts as weights. With no weight above zero every
/// part is zero. While `total` is at most the sum of the weights, no part is above its weight.
///
/// ```
/// use tearline_pricing::allocate::allocate;
/// // requirements.md B3: 50.00 over lines of 50.00 and 100.00
/// let mut parts = [0; 2];
/// allocate(5_000, &[5_000, 10_000], &mut parts);
/// assert_eq!(parts, [1_667, 3_333]);
/// ```
pub fn allocate(total: i64, weights: &[i64], parts: &mut [i64]) {
    match total {
        0 => return parts.fill(0),
        1 => return give_one(weights, parts),
        _ => {}
    }
    let sum: i64 = weights.iter().sum();
    if sum == 0 {
        parts.fill(0);
    } else if total == sum {
        parts.copy_from_slice(weights);
    } else if weights.windows(2).all(|pair| pair[0] == pair[1]) {
        spread_evenly(total, parts);
    } else if let (Ok(total), Ok(sum)) = (u32::try_from(total), u32::try_from(sum)) {
        spread_small(total, weights, parts, sum);
    } else {
        spread(total, weights, parts, sum);
    }
}

/// What a part may get: its weight, and the most that it can take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capped {
    /// Its weight; only the proportion counts.
    pub weight: i128,
    /// The most that it can take.
    pub room: i64,
}

impl std::iter::Sum for Capped {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        let add =
            |sum: Self, part: Self| Self { weight: sum.weight + part.weight, room: sum.room + part.room };
        parts.fold(Self::default(), add)
    }
}

/// [`allocate`] to parts that can take no more than they have room for: a missing unit whose part is full goes to
/// the next largest fraction.
///
/// `total` is at most all the room, and a weight's exact share of it less than one above its room.
///
/// ```
/// use tearline_pricing::allocate::{Capped, allocate_capped};
/// // 5, 0.25 and 0.25 are 5.5, rounded to 6; the first has no room for the half
/// let capped = |weight, room| Capped { weight, room };
/// let mut parts = [0; 3];
/// allocate_capped(6, &[capped(500, 5), capped(25, 1), capped(25, 1)], &mut parts);
/// assert_eq!(parts, [5, 1, 0]);
/// ```
pub fn allocate_capped(total: i64, parts_allowed: &[Capped], parts: &mut [i64]) {
    let sum: i128 = parts_allowed.iter().map(|part| part.weight).sum();
    if sum == 0 {
        return parts.fill(0);
    }
    let mut order = SmallVec::<[(Reverse<i128>, usize); 16]>::new();
    for (index, (allowed, part)) in parts_allowed.iter().zip(&mut *parts).enumerate() {
        let share = i128::from(total) * allowed.weight;
        *part = small(share / sum);
        order.push((Reverse(share % sum), index));
    }
    order.sort_unstable();
    let rooms: i64 = parts_allowed.iter().map(|part| part.room).sum();
    assert!(total <= rooms, "{total} is more than there is room for, {rooms}");
    let mut missing = total - parts.iter().sum::<i64>();
    for &(_, index) in order.iter().cycle() {
        if missing == 0 {
            return;
        }
        let fits = parts[index] < parts_allowed[index].room;
        parts[index] += i64::from(fits);
        missing -= i64::from(fits);
    }
}

/// [`allocate_capped`] where a share may be far above its room: what does not fit is spread again over the parts
/// that still have room, in proportion to their weights, until every share fits.
///
/// `total` is at most all the room; a part with room has a weight.
///
/// ```
/// use tearline_pricing::allocate::{Capped, allocate_again};
/// // 9 over equal weights is 3 each; the first has room for 1, and the other two share the rest
/// let mut parts = [0; 3];
/// let capped = |room| Capped { weight: 10, room };
/// allocate_again(9, &[capped(1), capped(9), capped(9)], &mut parts);
/// assert_eq!(parts, [1, 4, 4]);
/// ```
pub fn allocate_again(total: i64, parts_allowed: &[Capped], parts: &mut [i64]) {
    parts.fill(0);
    let mut open: SmallVec<[usize; 16]> = (0..parts_allowed.len()).collect();
    let mut left = total;
    loop {
        let sum: i128 = open.iter().map(|&index| parts_allowed[index].weight).sum();
        let share = i128::from(left);
        let overflows = |index: &usize| {
            let allowed = parts_allowed[*index];
            share * allowed.weight > i128::from(allowed.room) * sum
        };
        let (full, rest): (SmallVec<[usize; 16]>, SmallVec<[usize; 16]>) =
            open.iter().copied().partition(overflows);
        if full.is_empty() {
            break;
        }
        for index in full {
            parts[index] = parts_allowed[index].room;
            left -= parts[index];
        }
        open = rest;
    }
    let allowed: SmallVec<[Capped; 16]> = open.iter().map(|&index| parts_allowed[index]).collect();
    let mut shares = SmallVec::<[i64; 16]>::from_elem(0, open.len());
    allocate_capped(left, &allowed, &mut shares);
    for (&index, share) in open.iter().zip(shares) {
        parts[index] = share;
    }
}

/// The largest weight has the largest fraction of one; the first of several.
fn give_one(weights: &[i64], parts: &mut [i64]) {
    let (mut largest, mut place) = (0, None);
    for (index, (&weight, part)) in weights.iter().zip(&mut *parts).enumerate() {
        *part = 0;
        if weight > largest {
            (largest, place) = (weight, Some(index));
        }
    }
    if let Some(place) = place {
        parts[place] = 1;
    }
}

/// Equal weights have equal fractions: what is missing goes to the first.
fn spread_evenly(total: i64, parts: &mut [i64]) {
    let count = i64::try_from(parts.len()).expect("a cart has fewer than 2^63 parts");
    for (position, part) in (0..).zip(parts) {
        *part = total / count + i64::from(position < total % count);
    }
}

fn small(part: i128) -> i64 {
    i64::try_from(part).expect("a part is at most the whole")
}

fn spread(total: i64, weights: &[i64], parts: &mut [i64], sum: i64) {
    let mut order = SmallVec::<[(Reverse<i128>, usize); 16]>::new();
    let mut missing = total;
    for (index, (&weight, part)) in weights.iter().zip(&mut *parts).enumerate() {
        let (share, sum) = (i128::from(total) * i128::from(weight), i128::from(sum));
        *part = small(share / sum);
        missing -= *part;
        order.push((Reverse(share % sum), index));
    }
    let missing = usize::try_from(missing).expect("what is missing is a count of parts");
    order.sort_unstable();
    for &(_, index) in &order[..missing] {
        parts[index] += 1;
    }
}

/// [`spread`] for amounts whose products fit 64 bits: the common case. A part's remainder and place are one
/// number, so that the part to be raised first has the smallest.
fn spread_small(total: u32, weights: &[i64], parts: &mut [i64], sum: u32) {
    let (total, sum) = (u64::from(total), u64::from(sum));
    let mut order = SmallVec::<[u64; 16]>::from_elem(0, weights.len());
    let mut missing = total;
    for (place, ((&weight, part), order)) in (0..).zip(weights.iter().zip(&mut *parts).zip(&mut order)) {
        let share = total * weight.unsigned_abs();
        let (whole, remainder) = (share / sum, share % sum);
        *part = whole.cast_signed();
        missing -= whole;
        *order = ((PLACES - remainder) << 32) | place;
    }
    raise_first(missing, &mut order, parts);
}

/// More than any place or remainder of [`spread_small`].
const PLACES: u64 = u32::MAX as u64;

/// Gives one more to as many parts as are missing, those with the smallest order; as it comes, the order is by
/// place.
fn raise_first(missing: u64, order: &mut [u64], parts: &mut [i64]) {
    let place = |order: u64| usize::try_from(order & PLACES).expect("a place is a position in a list");
    if order.len() > FEW || missing > 2 {
        order.sort_unstable();
        return order.iter().zip(0..missing).for_each(|(&first, _)| parts[place(first)] += 1);
    }
    for _ in 0..missing {
        let first = order.iter().copied().min().expect("fewer are missing than there are parts");
        parts[place(first)] += 1;
        order[place(first)] = u64::MAX;
    }
}

/// So few that looking for the smallest again and again is faster than sorting.
const FEW: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts_of(total: i64, weights: &[i64]) -> Vec<i64> {
        let mut parts = vec![0; weights.len()];
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
        fn what_does_not_fit_is_spread_again(
            parts in prop::collection::vec((1..=1_000_000_i128, 0..=1_000_i64), 1..20),
            portion in 0..=1_000_i64,
        ) {
            let allowed: Vec<Capped> = parts.iter().map(|&(weight, room)| Capped { weight, room }).collect();
            let total = allowed.iter().map(|part| part.room).sum::<i64>() * portion / 1_000;
            let mut shares = vec![0; allowed.len()];
            allocate_again(total, &allowed, &mut shares);
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
            prop_assert!(shares.iter().zip(&allowed).all(|(share, part)| (0..=part.room).contains(share)));
        }

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
