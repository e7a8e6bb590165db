//! Exact numbers, and the one way in which they become whole ones.

use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Sub};

use tearline_pricing::money::{Percent, Rounding};

/// A fraction in lowest terms, its denominator positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fraction {
    above: i128,
    below: i128,
}

impl Fraction {
    pub(crate) const ZERO: Self = Self { above: 0, below: 1 };

    pub(crate) fn new(above: i128, below: i128) -> Self {
        let sign = below.signum();
        let common = greatest_common_divisor(above.abs(), below.abs()) * sign;
        Self { above: above / common, below: below / common }
    }

    pub(crate) fn floor(self) -> i64 {
        i64::try_from(self.above.div_euclid(self.below)).expect("small shops have small prices")
    }

    /// Written as the rules say it: is the rest more than a half, a half, or less?
    pub(crate) fn round(self, rounding: Rounding) -> i64 {
        let down = self.floor();
        let rest = self - Self::from(down);
        let to_half = rest.cmp(&Self::new(1, 2));
        let up = match rounding {
            Rounding::Down => false,
            Rounding::HalfUp => to_half != Ordering::Less,
            Rounding::HalfEven => {
                to_half == Ordering::Greater || (to_half == Ordering::Equal && down % 2 == 1)
            }
        };
        down + i64::from(up)
    }
}

fn greatest_common_divisor(left: i128, right: i128) -> i128 {
    if right == 0 { left } else { greatest_common_divisor(right, left % right) }
}

impl From<i64> for Fraction {
    fn from(whole: i64) -> Self {
        Self { above: i128::from(whole), below: 1 }
    }
}

impl From<Percent> for Fraction {
    fn from(percent: Percent) -> Self {
        Self::new(i128::from(percent.ppm()), 1_000_000)
    }
}

impl Add for Fraction {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.above * other.below + other.above * self.below, self.below * other.below)
    }
}

impl Sub for Fraction {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.above * other.below - other.above * self.below, self.below * other.below)
    }
}

impl Mul for Fraction {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.above * other.above, self.below * other.below)
    }
}

impl Div for Fraction {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::new(self.above * other.below, self.below * other.above)
    }
}

impl Sum for Fraction {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.above * other.below).cmp(&(other.above * self.below))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
