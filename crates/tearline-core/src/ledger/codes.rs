//! Unique codes, and the pools that supply them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_pricing::names::CustomerId;
use tearline_pricing::when::When;

use super::rows::Counter;
use super::watch::Watch;
use crate::codes::CodeForm;
use crate::names::Slug;

/// Names a pool: the id of its document.
pub type PoolId = Slug;

/// Names a code: its pool, and its number in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CodeId {
    /// The pool.
    pub pool: PoolId,
    /// Its number, from 1; the codes of an import follow one another behind its number times 2^32.
    pub serial: u64,
}

impl CodeId {
    /// The import that it came with; 0 where it came without.
    pub fn import(&self) -> u64 {
        self.serial >> 32
    }
}

/// A unique code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Its name.
    pub id: CodeId,
    /// The code, byte for byte.
    pub text: String,
    /// The form in which it is compared; none where it must be entered byte for byte.
    pub match_key: Option<String>,
    /// What has become of it.
    pub state: CodeState,
    /// To whom it was given.
    pub customer: Option<CustomerId>,
    /// Whether nobody else may use it.
    pub is_bound: bool,
    /// When it was given away, or used by somebody to whom it was not given.
    pub assigned_at: Option<Timestamp>,
    /// From when it may be used, where it says so itself.
    pub starts_at: Option<When>,
    /// Until when it may be used, where it says so itself.
    pub expires_at: Option<When>,
    /// The first instant at which it no longer holds by what it says itself.
    pub ends_at: Option<Timestamp>,
    /// On how many orders it may be used, where it says so itself.
    pub uses_max: Option<u64>,
    /// On how many orders it was used, and is about to be.
    pub uses: Counter,
}

impl Code {
    /// A code that was just made, and given to nobody.
    pub(super) fn made(id: CodeId, text: String, match_key: String) -> Self {
        Self {
            id,
            text,
            match_key: Some(match_key),
            state: CodeState::Unassigned,
            customer: None,
            is_bound: false,
            assigned_at: None,
            starts_at: None,
            expires_at: None,
            ends_at: None,
            uses_max: None,
            uses: Counter::default(),
        }
    }
}

/// What has become of a code. Whether somebody holds it, or it has ended, is told by times and never stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// Nobody was given it.
    #[default]
    Unassigned,
    /// Somebody has it.
    Assigned,
    /// It was used as often as it may be.
    Redeemed,
    /// It was withdrawn.
    Void,
}

/// How far a pool has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolState {
    /// The highest serial that was made.
    pub last_serial: u64,
    /// Where to look for the next code to draw: a hint, no promise.
    pub cursor: u64,
    /// How many codes were ever given to somebody, whatever became of them.
    pub assigned: u64,
    /// How many are used up.
    pub redeemed: u64,
    /// How many were withdrawn.
    pub voided: u64,
    /// How many that nobody was given are set aside.
    pub reserved: u64,
    /// What is kept to tell that it runs low.
    pub watch: Watch,
    /// The series that it makes, if it makes any.
    pub series: Option<SeriesBegun>,
}

/// A series of codes that a pool has begun to make. With its form and its key it stays as it is, whatever becomes
/// of the pool's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesBegun {
    /// How its codes look.
    pub form: CodeForm,
    /// The key under which they are made: a secret.
    pub key: [u8; 16],
    /// The serial after which it begins.
    pub after: u64,
}
