//! A tape of random numbers from which shops and carts are read.
//!
//! Whatever is read is valid, so that a tape may be shortened and its numbers lowered at will; a 0 always means
//! the simplest choice. Proptest therefore shrinks a failing case by shrinking its tape.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

/// A tape, and how far it has been read.
pub(crate) struct Tape<'a> {
    numbers: std::slice::Iter<'a, u16>,
    /// Whether prices are a few minor units only, so that roundings decide everything.
    pub(crate) in_pennies: bool,
    /// Whether many promotions compete with each other.
    pub(crate) is_crowded: bool,
    /// Whether promotions have limits that are often reached, and carts lines of several events.
    pub(crate) is_limited: bool,
}

/// Random tapes; what is read beyond their end is 0.
pub(crate) fn tapes(length: usize) -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), length / 2..=length)
}

impl<'a> Tape<'a> {
    pub(crate) fn new(numbers: &'a [u16]) -> Self {
        Self { numbers: numbers.iter(), in_pennies: false, is_crowded: false, is_limited: false }
    }

    /// A number from 0 to below `options`.
    pub(crate) fn pick(&mut self, options: usize) -> usize {
        usize::from(self.numbers.next().copied().unwrap_or(0)) % options
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.pick(high - low + 1)
    }

    /// One of several.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.pick(of.len())].clone()
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.pick(100) >= 100 - percent
    }

    /// Something, in so many of a hundred cases.
    pub(crate) fn maybe<T>(&mut self, percent: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }

    /// From `low` to `high` things.
    pub(crate) fn several<T>(
        &mut self,
        low: usize,
        high: usize,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        (0..self.between(low, high)).map(|_| make(self)).collect()
    }

    /// Each of these in so many of a hundred cases.
    pub(crate) fn some_of<T: Clone>(&mut self, percent: usize, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.chance(percent)).cloned().collect()
    }
}
