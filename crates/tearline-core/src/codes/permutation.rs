//! A keyed permutation of the numbers below n: which place of a pattern a serial number gets.

use std::fmt;

use siphasher::sip::SipHasher24;

/// The most places that a permutation orders: so many that half of the digits of a place are seven bytes.
pub const PLACES_MAX: u128 = 1 << 112;

/// Rounds come in pairs: the left half moves, then the right one.
const PAIRS: u8 = 5;

/// The secret of a series of codes, 128 bits: whoever has it can reckon every code of the series.
///
/// It is drawn once by the caller, from a good source, and never shown.
///
/// ```
/// use tearline_core::codes::Key;
/// assert_eq!(format!("{:?}", Key::from([7; 16])), "Key(..)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 16]);

impl Key {
    /// The key as it is kept, under lock.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<[u8; 16]> for Key {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// A permutation of the numbers below `places`, which looks random to whoever has not the key.
///
/// Ten rounds of Feistel, with `SipHash-2-4` as the round function. The two halves are the digits of a number in
/// the mixed base √n × √n, so that hardly a place lies outside; one that does is permuted again until it lies
/// inside (cycle walking). Nothing is kept and nothing looked up: two serial numbers cannot meet in one place.
///
/// ```
/// use tearline_core::codes::{Key, Permutation};
/// let dealt = Permutation::new(52, Key::from([1; 16])).unwrap();
/// let mut cards: Vec<u128> = (0..52).filter_map(|card| dealt.place(card)).collect();
/// assert_eq!(dealt.serial(cards[17]), Some(17));
/// cards.sort_unstable();
/// assert!(cards.into_iter().eq(0..52));
/// assert_eq!(dealt.place(52), None);
/// ```
#[derive(Clone)]
pub struct Permutation {
    places: u128,
    halves: Halves,
    rounds: [[SipHasher24; 2]; PAIRS as usize],
}

impl fmt::Debug for Permutation {
    /// Without the keys of its rounds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permutation").field("places", &self.places).finish_non_exhaustive()
    }
}

/// How many values each half can have; their product is `places` or little more.
#[derive(Clone, Copy, Debug)]
struct Halves {
    left: u64,
    right: u64,
}

impl Permutation {
    /// The permutation of `places` numbers that the key says; none of no numbers, or of more than [`PLACES_MAX`].
    ///
    /// Another number of places is another permutation, not one that resembles it.
    pub fn new(places: u128, key: Key) -> Option<Self> {
        let halves = Halves::of(places)?;
        let of_key = SipHasher24::new_with_key(&key.0);
        let rounds = std::array::from_fn(|pair| [0, 1].map(|side| round(of_key, places, [pair, side])));
        Some(Self { places, halves, rounds })
    }

    /// How many numbers there are.
    pub fn places(&self) -> u128 {
        self.places
    }

    /// The place of a serial number; none of one that is not below [`places`](Self::places).
    pub fn place(&self, serial: u128) -> Option<u128> {
        self.places_of([serial])?.first().copied()
    }

    /// The places of serial numbers; none if one is not below [`places`](Self::places).
    pub(super) fn places_of<const N: usize>(&self, serials: [u128; N]) -> Option<[u128; N]> {
        let all_inside = serials.iter().all(|serial| *serial < self.places);
        all_inside.then(|| self.forth(serials).map(|at| self.walk(at, |at| self.forth([at])[0])))
    }

    /// The serial number in a place; none in one that is not below [`places`](Self::places).
    pub fn serial(&self, place: u128) -> Option<u128> {
        (place < self.places).then(|| self.walk(self.back(place), |at| self.back(at)))
    }

    fn walk(&self, from: u128, step: impl Fn(u128) -> u128) -> u128 {
        let mut at = from;
        while at >= self.places {
            at = step(at);
        }
        at
    }

    /// Several at once take little longer than one: while one waits for its hash, the others are hashed.
    fn forth<const N: usize>(&self, numbers: [u128; N]) -> [u128; N] {
        let mut halves = numbers.map(|number| self.halves.split(number));
        let Halves { left: lefts, right: rights } = self.halves;
        for [first, second] in &self.rounds {
            for (left, right) in &mut halves {
                *left = add(*left, drawn(first, *right, lefts), lefts);
            }
            for (left, right) in &mut halves {
                *right = add(*right, drawn(second, *left, rights), rights);
            }
        }
        halves.map(|(left, right)| self.halves.join(left, right))
    }

    fn back(&self, number: u128) -> u128 {
        let (mut left, mut right) = self.halves.split(number);
        let Halves { left: lefts, right: rights } = self.halves;
        for [first, second] in self.rounds.iter().rev() {
            right = add(right, rights - drawn(second, left, rights), rights);
            left = add(left, lefts - drawn(first, right, lefts), lefts);
        }
        self.halves.join(left, right)
    }
}

impl Halves {
    fn of(places: u128) -> Option<Self> {
        if places == 0 || places > PLACES_MAX {
            return None;
        }
        let root = places.isqrt();
        let left = if root * root < places { root + 1 } else { root };
        let right = places.div_ceil(left);
        Some(Self { left: u64::try_from(left).ok()?, right: u64::try_from(right).ok()? })
    }

    fn split(self, number: u128) -> (u64, u64) {
        if let Ok(number) = u64::try_from(number) {
            return (number / self.right, number % self.right);
        }
        let right = u128::from(self.right);
        (half(number / right), half(number % right))
    }

    fn join(self, left: u64, right: u64) -> u128 {
        u128::from(left) * u128::from(self.right) + u128::from(right)
    }
}

/// The round function of one round: each has a key of its own.
fn round(of_key: SipHasher24, places: u128, round: [usize; 2]) -> SipHasher24 {
    let part = |part: u8| {
        let mut said = [0; 19];
        said[..16].copy_from_slice(&places.to_le_bytes());
        said[16..].copy_from_slice(&[narrow(round[0]), narrow(round[1]), part]);
        of_key.hash(&said)
    };
    SipHasher24::new_with_keys(part(0), part(1))
}

fn narrow(round: usize) -> u8 {
    u8::try_from(round).expect("there are ten rounds")
}

/// A number below `below`, which the round draws from a half. Seven bytes are one block of the hash.
fn drawn(round: &SipHasher24, half: u64, below: u64) -> u64 {
    let bytes = half.to_le_bytes();
    let hash = round.hash(&bytes[..7]);
    self::half((u128::from(hash) * u128::from(below)) >> 64)
}

/// Both are at most `modulus`, which is far from overflowing.
fn add(one: u64, other: u64, modulus: u64) -> u64 {
    let sum = one + other;
    if sum >= modulus { sum - modulus } else { sum }
}

fn half(number: u128) -> u64 {
    u64::try_from(number).expect("a half is below 2^56")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> [Key; 4] {
        [[0; 16], [0xFF; 16], *b"sixteen letters.", [7; 16]].map(Key::from)
    }

    #[test]
    fn every_small_permutation_is_one() {
        for (places, key) in (1..300).flat_map(|places| keys().map(|key| (places, key))) {
            let permutation = Permutation::new(places, key).unwrap();
            let mut seen = vec![false; usize::try_from(places).unwrap()];
            for serial in 0..places {
                let place = permutation.place(serial).unwrap();
                assert_eq!(permutation.serial(place), Some(serial));
                assert!(!std::mem::replace(&mut seen[usize::try_from(place).unwrap()], true));
            }
            assert!(seen.into_iter().all(|place| place), "{places}");
        }
    }

    #[test]
    fn whole_spaces_of_patterns_are_permuted() {
        for places in [10_u128.pow(5), 31_u128.pow(3), 22_u128.pow(4) + 1] {
            let permutation = Permutation::new(places, keys()[2]).unwrap();
            let mut all: Vec<u128> = (0..places).filter_map(|serial| permutation.place(serial)).collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..places));
        }
    }

    #[test]
    fn hardly_a_place_lies_outside() {
        for places in [31_u128.pow(7), 31_u128.pow(21), PLACES_MAX, PLACES_MAX - 1, 1_000_003] {
            let Halves { left, right } = Halves::of(places).unwrap();
            let outside = u128::from(left) * u128::from(right) - places;
            assert!(outside < u128::from(left), "{places}");
        }
    }

    #[test]
    fn what_is_logged_tells_no_key() {
        let permutation = Permutation::new(9, keys()[2]).unwrap();
        assert_eq!(format!("{permutation:?} {:?}", keys()[2]), "Permutation { places: 9, .. } Key(..)");
    }

    #[test]
    fn there_is_none_of_nothing_and_none_of_too_much() {
        for places in [0, PLACES_MAX + 1, u128::MAX] {
            assert!(Permutation::new(places, keys()[0]).is_none());
        }
        let permutation = Permutation::new(10, keys()[0]).unwrap();
        assert_eq!((permutation.place(10), permutation.serial(10)), (None, None));
        assert_eq!((permutation.place(u128::MAX), permutation.serial(u128::MAX)), (None, None));
    }

    #[test]
    fn every_order_of_four_is_equally_likely() {
        let mut times = std::collections::BTreeMap::<Vec<u128>, u64>::new();
        for key in 0..24_000_u128 {
            let permutation = Permutation::new(4, Key::from(key.to_le_bytes())).unwrap();
            let order = (0..4).filter_map(|serial| permutation.place(serial)).collect();
            *times.entry(order).or_default() += 1;
        }
        assert_eq!(times.len(), 24);
        let distance: u64 = times.into_values().map(|times| times.abs_diff(1_000).pow(2)).sum();
        // Chi-square of 23 degrees of freedom is above 49.7 once in a thousand.
        assert!(distance < 49_700, "{distance}");
    }

    #[test]
    fn another_space_or_key_is_another_permutation() {
        let first = |places: u128, key: Key| {
            let permutation = Permutation::new(places, key).unwrap();
            [0, 1, 2].map(|serial| permutation.place(serial).unwrap())
        };
        let mut near = *keys()[0].as_bytes();
        near[15] ^= 0x80;
        assert_ne!(first(1 << 60, keys()[0]), first((1 << 60) + 1, keys()[0]));
        assert_ne!(first(1 << 60, keys()[0]), first(1 << 60, Key::from(near)));
    }

    proptest! {
        #[test]
        fn there_is_a_way_back(places in 1..=PLACES_MAX, serial: u128, key: [u8; 16]) {
            let permutation = Permutation::new(places, Key::from(key)).unwrap();
            let place = permutation.place(serial % places).unwrap();
            prop_assert!(place < places);
            prop_assert_eq!(permutation.serial(place), Some(serial % places));
        }

        #[test]
        fn there_is_a_way_back_in_spaces_of_every_size(bits in 0..112_u32, less: u128, serial: u128, key: [u8; 16]) {
            let places = (1_u128 << bits) + less % (1 << bits);
            let permutation = Permutation::new(places, Key::from(key)).unwrap();
            let place = permutation.place(serial % places).unwrap();
            prop_assert_eq!(permutation.serial(place), Some(serial % places));
        }
    }
}
