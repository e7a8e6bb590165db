//! What is left of the prices while promotions take from them.

use crate::price::resolve::ResolvedCart;

/// What is left of each unit's price, and of each line's units together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Left {
    pub(crate) units: Vec<i64>,
    pub(crate) lines: Vec<i64>,
}

impl Left {
    /// These prices of units, added up.
    pub(crate) fn of(units: Vec<i64>, cart: &ResolvedCart<'_>) -> Self {
        let lines = cart.lines.iter().map(|line| units[line.unit_range()].iter().sum()).collect();
        Self { units, lines }
    }

    /// Takes money off a unit of a line.
    pub(crate) fn take(&mut self, unit: u32, line: u32, minor: i64) {
        self.units[unit as usize] -= minor;
        self.lines[line as usize] -= minor;
    }
}
