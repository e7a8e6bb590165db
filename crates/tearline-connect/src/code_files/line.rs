//! One row: from cells to a code with its terms.

use std::str::FromStr;

use compact_str::CompactString;
use jiff::tz::TimeZone;
use tearline_pricing::cart::CODE_BYTES_MAX;
use tearline_pricing::when::{When, Window};

use super::columns::{Column, Columns, shown};
use super::{COLUMNS_MAX, ROW_BYTES_MAX};

/// The longest name of a customer, in bytes.
pub const CUSTOMER_BYTES_MAX: usize = 256;

/// The digits that a spreadsheet keeps of a number.
const DIGITS_MAX: usize = 15;

/// How long a day is, as in `2026-03-31`.
const DAY_BYTES: usize = 10;

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it is: the line at which it begins, or the row of the sheet; both count from 1, the header included.
    pub number: u64,
    /// What it says, or what is wrong with it.
    pub result: Result<CodeLine, RowFault>,
}

/// A code with what a file says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeLine {
    /// The code, byte for byte but for white space around it.
    pub code: CompactString,
    /// From when it may be used.
    pub starts_at: Option<When>,
    /// Until when; a day is meant whole.
    pub expires_at: Option<When>,
    /// How often it may be used; at least 1.
    pub limit: Option<u32>,
    /// How often it was used already, never more than the limit of the same row.
    pub used: Option<u32>,
    /// To whom it belongs.
    pub customer: Option<CompactString>,
}

impl CodeLine {
    /// When the code may be used, in the shop's time zone.
    ///
    /// # Errors
    ///
    /// The window is empty, or outside the calendar.
    pub fn window(&self, zone: &TimeZone) -> Result<Window, RowFault> {
        let instant = |column, when: Option<When>, reading: fn(When, &TimeZone) -> _| {
            let read = when.map(|when| (when, reading(when, zone)));
            read.map(|(when, read): (When, Result<_, jiff::Error>)| {
                read.map_err(|_| RowFault::NotATime { column, found: when.to_string() })
            })
            .transpose()
        };
        let starts_at = instant(Column::StartsAt, self.starts_at, When::as_start)?;
        let ends_at = instant(Column::ExpiresAt, self.expires_at, When::as_end)?;
        if starts_at.zip(ends_at).is_some_and(|(start, end)| end <= start) {
            return Err(RowFault::EndsBeforeStart);
        }
        Ok(Window { starts_at, ends_at })
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// There is something, but no code.
    #[error("`code` is empty: every row needs one")]
    CodeMissing,
    /// A value is longer than it may be.
    #[error("`{column}` is {found_bytes} bytes long: at most {allowed_bytes} are allowed")]
    TooLong {
        /// Where.
        column: Column,
        /// How long it is.
        found_bytes: usize,
        /// How long it may be.
        allowed_bytes: usize,
    },
    /// A value has a character that nobody can see or type.
    #[error(
        "`{column}` holds the control character {found:?}: line breaks, tabs and their like are not allowed"
    )]
    ControlCharacter {
        /// Where.
        column: Column,
        /// Which.
        found: char,
    },
    /// The bytes of a row are not text.
    #[error("not valid UTF-8: save the file as UTF-8, or as UTF-16 with a byte order mark")]
    NotUtf8,
    /// A row is longer than we keep in memory.
    #[error("the row is longer than {ROW_BYTES_MAX} bytes")]
    RowTooLong,
    /// A row has more cells than the header.
    #[error(
        "the row has {found} cells where the header has {allowed}: put a value with a separator in it between quotes"
    )]
    TooManyCells {
        /// How many it has; no more than one above the most that are read.
        found: usize,
        /// How many it may have.
        allowed: usize,
    },
    /// A sheet's cells are not in their order.
    #[error("the cells of the row are not in order: save the file again")]
    CellsOutOfOrder,
    /// A time that cannot be read.
    #[error(
        "`{column}` is `{found}`: write a day (2026-03-31), a time of the shop (2026-03-31T12:00) or an instant (2026-03-31T12:00:00Z)"
    )]
    NotATime {
        /// Where.
        column: Column,
        /// What stands there.
        found: String,
    },
    /// A number that cannot be read.
    #[error("`{column}` is `{found}`: write a whole number from {allowed_min} to {}", u32::MAX)]
    NotANumber {
        /// Where.
        column: Column,
        /// What stands there.
        found: String,
        /// The least it may be.
        allowed_min: u32,
    },
    /// A cell of a sheet holds something that is no text, and whose text we would have to guess.
    #[error("`{column}` is {what} (`{found}`), which is not what was typed: format the column as text")]
    NotText {
        /// Where.
        column: Column,
        /// What the sheet made of it.
        found: String,
        /// The kind of value that it is.
        what: &'static str,
    },
    /// A code was used more often than it may be.
    #[error("`used` is {used}, more than `limit`, {limit}")]
    UsedOverLimit {
        /// How often it was used.
        used: u32,
        /// How often it may be.
        limit: u32,
    },
    /// A code ends before it starts.
    #[error("`expires_at` must be after `starts_at`")]
    EndsBeforeStart,
}

impl RowFault {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CodeMissing => "code_missing",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacter { .. } => "control_character",
            Self::NotUtf8 => "not_utf8",
            Self::RowTooLong => "row_too_long",
            Self::TooManyCells { .. } => "too_many_cells",
            Self::CellsOutOfOrder => "cells_out_of_order",
            Self::NotATime { .. } => "not_a_time",
            Self::NotANumber { .. } => "not_a_number",
            Self::NotText { .. } => "not_text",
            Self::UsedOverLimit { .. } => "used_over_limit",
            Self::EndsBeforeStart => "ends_before_start",
        }
    }

    /// The column at fault, where it is one.
    pub fn column(&self) -> Option<Column> {
        match self {
            Self::TooLong { column, .. }
            | Self::ControlCharacter { column, .. }
            | Self::NotATime { column, .. }
            | Self::NotANumber { column, .. }
            | Self::NotText { column, .. } => Some(*column),
            Self::CodeMissing => Some(Column::Code),
            Self::UsedOverLimit { .. } => Some(Column::Used),
            Self::EndsBeforeStart => Some(Column::ExpiresAt),
            Self::NotUtf8 | Self::RowTooLong | Self::TooManyCells { .. } | Self::CellsOutOfOrder => None,
        }
    }
}

/// What a cell was in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text as it was typed.
    Text,
    /// A number of a sheet, written out; zeros before it are lost.
    Number,
    /// A time of a sheet, written out as we write times.
    Time,
    /// Something else, with a word for it.
    Other(&'static str),
}

/// The cells of a row as they were found, in a buffer that the next row uses again.
#[derive(Debug)]
pub(super) struct Cells {
    /// Where the row is.
    pub(super) number: u64,
    /// All that the cells say, one after the other.
    pub(super) bytes: Box<[u8]>,
    /// Where each of them ends.
    pub(super) ends: Box<[usize]>,
    /// How many there are.
    pub(super) count: usize,
    /// What each of them is; empty where all are texts.
    pub(super) kinds: Vec<Kind>,
    /// What is wrong with the row as a whole.
    pub(super) fault: Option<RowFault>,
}

impl Cells {
    pub(super) fn new() -> Self {
        Self {
            number: 0,
            bytes: vec![0; ROW_BYTES_MAX].into(),
            ends: vec![0; COLUMNS_MAX].into(),
            count: 0,
            kinds: Vec::new(),
            fault: None,
        }
    }

    /// Makes room for the next row.
    pub(super) fn clear(&mut self) {
        (self.count, self.fault) = (0, None);
        self.kinds.clear();
    }

    /// Puts a cell of a sheet into its column, empty ones before it.
    pub(super) fn put(&mut self, column: usize, text: &str, kind: Kind) {
        let start = self.end();
        if self.fault.is_some() {
        } else if column >= COLUMNS_MAX {
            self.fault = Some(RowFault::TooManyCells { found: COLUMNS_MAX + 1, allowed: COLUMNS_MAX });
        } else if column < self.count {
            self.fault = Some(RowFault::CellsOutOfOrder);
        } else if start + text.len() > ROW_BYTES_MAX {
            self.fault = Some(RowFault::RowTooLong);
        } else {
            self.ends[self.count..column].fill(start);
            self.kinds.resize(column, Kind::Text);
            self.bytes[start..start + text.len()].copy_from_slice(text.as_bytes());
            self.ends[column] = start + text.len();
            self.kinds.push(kind);
            self.count = column + 1;
        }
    }

    fn end(&self) -> usize {
        self.count.checked_sub(1).map_or(0, |last| self.ends[last])
    }

    fn text(&self) -> Result<&str, RowFault> {
        std::str::from_utf8(&self.bytes[..self.end()]).map_err(|_| RowFault::NotUtf8)
    }

    /// Each cell's text without white space around it.
    pub(super) fn texts(&self) -> Result<Vec<&str>, RowFault> {
        let text = self.text()?;
        (0..self.count).map(|index| self.cell(text, index)).collect()
    }

    fn cell<'a>(&self, text: &'a str, index: usize) -> Result<&'a str, RowFault> {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        text.get(start..self.ends[index]).map(str::trim).ok_or(RowFault::NotUtf8)
    }

    fn kind(&self, index: usize) -> Kind {
        self.kinds.get(index).copied().unwrap_or(Kind::Text)
    }
}

/// What a row amounts to.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) line: CodeLine,
    /// The code was a number in a sheet.
    pub(super) from_number: bool,
    /// The code looks as if a spreadsheet had shortened it.
    pub(super) shortened: bool,
}

/// Reads the cells of a row; nothing when all of them are empty.
pub(super) fn read(cells: &Cells, columns: &Columns) -> Result<Option<Reading>, RowFault> {
    if let Some(fault) = &cells.fault {
        return Err(fault.clone());
    }
    let text = cells.text()?;
    let mut reading = Reading { line: CodeLine::default(), from_number: false, shortened: false };
    let mut blank = true;
    for index in 0..cells.count {
        let cell = cells.cell(text, index)?;
        if cell.is_empty() {
            continue;
        }
        blank = false;
        if index >= columns.len() {
            return Err(RowFault::TooManyCells { found: cells.count, allowed: columns.len() });
        }
        if let Some(column) = columns.get(index) {
            reading.take(column, cell, cells.kind(index))?;
        }
    }
    if blank {
        return Ok(None);
    }
    reading.checked().map(Some)
}

impl Reading {
    fn take(&mut self, column: Column, cell: &str, kind: Kind) -> Result<(), RowFault> {
        let line = &mut self.line;
        match column {
            Column::Code => {
                line.code = name(column, cell, kind, CODE_BYTES_MAX)?.into();
                self.from_number = kind == Kind::Number;
                self.shortened = kind == Kind::Text && looks_shortened(cell);
            }
            Column::StartsAt => line.starts_at = Some(time(column, cell, kind)?),
            Column::ExpiresAt => line.expires_at = Some(time(column, cell, kind)?),
            Column::Limit => line.limit = Some(number(column, cell, kind, 1)?),
            Column::Used => line.used = Some(number(column, cell, kind, 0)?),
            Column::Customer => line.customer = Some(name(column, cell, kind, CUSTOMER_BYTES_MAX)?.into()),
            Column::State => {}
        }
        Ok(())
    }

    fn checked(self) -> Result<Self, RowFault> {
        if self.line.code.is_empty() {
            return Err(RowFault::CodeMissing);
        }
        match self.line.used.zip(self.line.limit) {
            Some((used, limit)) if used > limit => Err(RowFault::UsedOverLimit { used, limit }),
            _ => Ok(self),
        }
    }
}

fn name(column: Column, cell: &str, kind: Kind, allowed_bytes: usize) -> Result<&str, RowFault> {
    match kind {
        Kind::Text => {}
        Kind::Number if cell.len() <= DIGITS_MAX => {}
        Kind::Number => return Err(not_text(column, cell, "a number with more digits than a sheet keeps")),
        Kind::Time => return Err(not_text(column, cell, "a date")),
        Kind::Other(what) => return Err(not_text(column, cell, what)),
    }
    let cell = super::neutral::undone(cell);
    if cell.len() > allowed_bytes {
        return Err(RowFault::TooLong { column, found_bytes: cell.len(), allowed_bytes });
    }
    match cell.chars().find(|character| character.is_control()) {
        Some(found) => Err(RowFault::ControlCharacter { column, found }),
        None => Ok(cell),
    }
}

fn not_text(column: Column, cell: &str, what: &'static str) -> RowFault {
    RowFault::NotText { column, found: shown(cell), what }
}

fn time(column: Column, cell: &str, kind: Kind) -> Result<When, RowFault> {
    match kind {
        // Most ends are days, which are quickly read as such.
        Kind::Text | Kind::Time
            if cell.len() == DAY_BYTES
                && let Ok(day) = cell.parse() =>
        {
            Ok(When::Day(day))
        }
        Kind::Text | Kind::Time => {
            When::from_str(cell).map_err(|_| RowFault::NotATime { column, found: shown(cell) })
        }
        Kind::Number | Kind::Other(_) => Err(RowFault::NotATime { column, found: shown(cell) }),
    }
}

fn number(column: Column, cell: &str, kind: Kind, allowed_min: u32) -> Result<u32, RowFault> {
    let digits = matches!(kind, Kind::Text | Kind::Number) && cell.bytes().all(|byte| byte.is_ascii_digit());
    let read = if digits { cell.parse().ok() } else { None };
    read.filter(|number| *number >= allowed_min).ok_or_else(|| RowFault::NotANumber {
        column,
        found: shown(cell),
        allowed_min,
    })
}

/// Whether a text is a number as a spreadsheet writes one that was too long for it: `1.23457E+11`.
fn looks_shortened(code: &str) -> bool {
    let Some((mantissa, exponent)) = code.split_once("E+") else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    whole.len() == 1 && digits(whole) && digits(part) && digits(exponent)
}
