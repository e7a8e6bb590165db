//! What was found in a file, in a size that does not grow with it.

use super::line::{Row, RowFault};

/// How many faults are kept one by one; the others are counted.
pub const FAULTS_KEPT: usize = 1_000;

/// What was found in a file so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows that were read, neither header nor blank.
    pub rows: u64,
    /// Those of them without a fault.
    pub good: u64,
    /// Rows with nothing in them; empty lines of a text are not among them.
    pub blank: u64,
    /// The first rows with a fault, each with its number.
    pub faults: Vec<(u64, RowFault)>,
    /// Rows with a fault that are not kept.
    pub faults_more: u64,
    /// What the owner should know, though nothing is wrong.
    pub notices: Vec<Noticed>,
}

/// Something that the owner should know, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// What.
    pub notice: Notice,
    /// The first row that it concerns.
    pub first_row: u64,
    /// How many rows it concerns.
    pub rows: u64,
}

/// Something that the owner should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// A column is passed over.
    #[error("the column `{0}` is not known and was passed over")]
    UnknownColumn(String),
    /// A text without a header: its first line is a code too.
    #[error("there is no header: the first line was read as a code")]
    NoHeader,
    /// A workbook has further sheets.
    #[error("only the sheet `{0}` was read")]
    OneSheet(String),
    /// Codes that a sheet holds as numbers.
    #[error(
        "the code is a number in the sheet: zeros before it, as in `0012`, are lost; format the column as text"
    )]
    NumberAsCode,
    /// Codes that a spreadsheet seems to have shortened before it wrote the file.
    #[error(
        "the code looks like a number that a spreadsheet shortened, as `1.23457E+11`: format the column as text"
    )]
    LooksShortened,
}

impl Report {
    /// Whether every row is good.
    pub fn is_clean(&self) -> bool {
        self.good == self.rows
    }

    /// How many rows have a fault.
    pub fn faulty(&self) -> u64 {
        self.rows - self.good
    }

    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        match &row.result {
            Ok(_) => self.good += 1,
            Err(fault) if self.faults.len() < FAULTS_KEPT => self.faults.push((row.number, fault.clone())),
            Err(_) => self.faults_more += 1,
        }
    }

    pub(super) fn notice(&mut self, notice: Notice, row: u64) {
        match self.notices.iter_mut().find(|noticed| noticed.notice == notice) {
            Some(noticed) => noticed.rows += 1,
            None => self.notices.push(Noticed { notice, first_row: row, rows: 1 }),
        }
    }
}
