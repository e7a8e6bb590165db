//! What was taken off units, turn by turn.

use std::ops::Range;

use crate::benefits::units::{Take, Takes};
use crate::price::left::Left;
use crate::price::resolve::ResolvedCart;
use crate::quote::Stage;

/// Money that a candidate took off a unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) candidate: usize,
    pub(crate) stage: Stage,
    pub(crate) unit: u32,
    pub(crate) minor: i64,
}

/// A benefit's turn, in which it took something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) candidate: usize,
    pub(crate) stage: Stage,
    /// All that it took.
    pub(crate) minor: i64,
    /// In how many runs of units of one line; mostly as many as lines.
    pub(crate) runs: usize,
    /// Where its takes lie.
    first: usize,
    end: usize,
}

/// Every take of a run, in time order.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) takes: Takes,
    pub(crate) turns: Vec<Turn>,
}

impl Taken {
    /// With room for so many turns, and for so many takes in each of them.
    pub(crate) fn with_capacity(turns: usize, takes: usize) -> Self {
        Self { takes: Takes::with_capacity(turns.min(8) * takes), turns: Vec::with_capacity(turns) }
    }

    /// Ends a turn, and takes what was taken in it off what is left.
    pub(crate) fn end_turn(
        &mut self,
        candidate: usize,
        stage: Stage,
        cart: &ResolvedCart<'_>,
        left: &mut Left,
    ) {
        let (mut minor, mut runs, mut last) = (0, 0, None);
        for take in self.takes.iter().filter(|take| take.minor > 0) {
            let line = cart.line_index(take.unit);
            left.take(take.unit, line, take.minor);
            minor += take.minor;
            runs += usize::from(last.replace(line) != Some(line));
        }
        let Range { start, end } = self.takes.close();
        self.turns.push(Turn { candidate, stage, minor, runs, first: start, end });
    }

    /// What was taken in a turn.
    pub(crate) fn of(&self, turn: Turn) -> impl Iterator<Item = Take> {
        self.takes.within(turn.first..turn.end).filter(|take| take.minor > 0)
    }

    /// Everything that was taken, in time order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        let entry = |turn: &Turn, Take { unit, minor }| {
            let Turn { candidate, stage, .. } = *turn;
            Entry { candidate, stage, unit, minor }
        };
        self.turns.iter().flat_map(move |turn| self.of(*turn).map(move |take| entry(turn, take)))
    }

    /// Gives back what certain candidates took off certain units.
    pub(crate) fn withdraw(&mut self, is_withdrawn: impl Fn(usize, u32) -> bool) {
        for turn in &mut self.turns {
            for place in turn.first..turn.end {
                if is_withdrawn(turn.candidate, self.takes.unit(place)) {
                    turn.minor -= self.takes.withdraw(place);
                }
            }
        }
    }
}
