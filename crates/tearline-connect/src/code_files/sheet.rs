//! XLSX.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};
use jiff::Unit;
use jiff::civil::DateTime;

use super::columns::Mapping;
use super::line::{Cells, Kind};
use super::{FileError, Notice, Rows, Source, guard};

/// The most rows that a sheet has, and that are read.
pub const SHEET_ROWS_MAX: u64 = 1_048_576;

/// A workbook whose first visible sheet holds codes.
pub struct Workbook<R: Read + Seek> {
    inner: Xlsx<R>,
    sheet: String,
    /// There are further sheets, which are not read.
    has_more: bool,
}

impl<R: Read + Seek> Workbook<R> {
    /// Looks at what is in a workbook, and whether it is small enough to be read.
    ///
    /// # Errors
    ///
    /// It is no workbook, too large, or has no visible sheet.
    pub fn open(mut file: R) -> Result<Self, FileError> {
        guard::check(&mut file)?;
        file.rewind()?;
        let inner = guarded(|| Xlsx::new(file))?;
        let sheets = inner.sheets_metadata().iter();
        let mut seen = sheets
            .filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet);
        let Some(first) = seen.next() else {
            return Err(FileError::NotAWorkbook("it has no visible sheet".to_owned()));
        };
        let (sheet, has_more) = (first.name.clone(), seen.next().is_some());
        Ok(Self { inner, sheet, has_more })
    }

    pub(super) fn rows(&mut self, mapping: &Mapping) -> Result<Rows<'_>, FileError> {
        let cells = guarded(|| self.inner.worksheet_cells_reader(&self.sheet))?;
        let mut rows =
            Rows::begin(Box::new(Sheet { cells, next: None, rows: 0, ended: false }), false, mapping)?;
        if self.has_more {
            rows.report.notice(Notice::OneSheet(self.sheet.clone()), rows.cells.number);
        }
        Ok(rows)
    }
}

impl<R: Read + Seek> fmt::Debug for Workbook<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workbook").field("sheet", &self.sheet).finish_non_exhaustive()
    }
}

/// The rows of a sheet.
struct Sheet<'a, R: Read + Seek> {
    cells: XlsxCellReader<'a, R>,
    /// The first cell of the next row.
    next: Option<(u32, u32, DataRef<'a>)>,
    rows: u64,
    ended: bool,
}

impl<'a, R: Read + Seek> Sheet<'a, R> {
    fn cell(&mut self) -> Result<Option<(u32, u32, DataRef<'a>)>, FileError> {
        // Past its end, calamine looks for an end.
        let cell = if self.ended { None } else { guarded(|| self.cells.next_cell())? };
        self.ended = cell.is_none();
        Ok(cell.map(|cell| (cell.get_position().0, cell.get_position().1, cell.get_value().clone())))
    }
}

impl<R: Read + Seek> Source for Sheet<'_, R> {
    fn next(&mut self, cells: &mut Cells) -> Result<bool, FileError> {
        cells.clear();
        let first = match self.next.take() {
            Some(cell) => Some(cell),
            None => self.cell()?,
        };
        let Some((row, column, value)) = first else { return Ok(false) };
        cells.number = u64::from(row) + 1;
        put(cells, column, &value);
        while let Some((next_row, column, value)) = self.cell()? {
            if next_row != row {
                self.next = Some((next_row, column, value));
                break;
            }
            put(cells, column, &value);
        }
        self.rows += 1;
        if self.rows > SHEET_ROWS_MAX {
            return Err(FileError::TooLarge {
                what: "the number of rows",
                found: self.rows,
                allowed: SHEET_ROWS_MAX,
            });
        }
        Ok(true)
    }
}

fn put(cells: &mut Cells, column: u32, value: &DataRef<'_>) {
    let (text, kind) = match value {
        DataRef::Empty => return,
        DataRef::String(text) => (Cow::Borrowed(text.as_str()), Kind::Text),
        DataRef::SharedString(text) => (Cow::Borrowed(*text), Kind::Text),
        DataRef::Int(number) => (number.to_string().into(), Kind::Number),
        DataRef::Float(number) => (number.to_string().into(), kind_of_number(*number)),
        DataRef::DateTime(time) => written(time),
        DataRef::DateTimeIso(text) => (Cow::Borrowed(text.as_str()), Kind::Time),
        DataRef::DurationIso(text) => (Cow::Borrowed(text.as_str()), Kind::Other("a duration")),
        DataRef::Bool(value) => (if *value { "TRUE" } else { "FALSE" }.into(), Kind::Other("a truth value")),
        DataRef::Error(error) => (error.to_string().into(), Kind::Other("an error of the sheet")),
    };
    cells.put(column as usize, &text, kind);
}

fn kind_of_number(number: f64) -> Kind {
    if number.is_finite() && number.fract() == 0.0 {
        Kind::Number
    } else {
        Kind::Other("a number with a fraction")
    }
}

/// A date of a sheet as we write it: a day, or a time of the shop.
fn written(time: &ExcelDateTime) -> (Cow<'static, str>, Kind) {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let small = |number: u8| i8::try_from(number).unwrap_or(i8::MAX);
    let civil = i16::try_from(year).ok().and_then(|year| {
        let nanos = i32::from(milli) * 1_000_000;
        DateTime::new(year, small(month), small(day), small(hour), small(minute), small(second), nanos).ok()
    });
    match civil.and_then(|civil| civil.round(Unit::Second).ok()) {
        Some(civil) if time.is_datetime() && civil.time() == jiff::civil::Time::midnight() => {
            (civil.date().to_string().into(), Kind::Time)
        }
        Some(civil) if time.is_datetime() => (civil.to_string().into(), Kind::Time),
        _ => (time.as_f64().to_string().into(), Kind::Other("a duration")),
    }
}

/// Asks calamine, which panics on some files that no spreadsheet writes: one of those is refused as any other that
/// cannot be read.
fn guarded<T>(ask: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, FileError> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(XlsxError::Io(error))) => Err(broken(error)),
        Ok(Err(XlsxError::Password)) => {
            Err(FileError::NotAWorkbook("it is protected by a password".to_owned()))
        }
        Ok(Err(error)) => Err(FileError::NotAWorkbook(error.to_string())),
        Err(_) => Err(FileError::NotAWorkbook("what it holds contradicts itself".to_owned())),
    }
}

/// Whether reading failed, or what was read makes no sense.
pub(super) fn broken(error: io::Error) -> FileError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            FileError::NotAWorkbook(error.to_string())
        }
        _ => FileError::Io(error),
    }
}
