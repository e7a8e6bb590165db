//! Files of codes: CSV, TXT and XLSX, read row by row and written again.
//!
//! ```
//! use std::io::Cursor;
//! use tearline_connect::code_files::{CodeFile, Format, Mapping};
//!
//! let file = Cursor::new("code;limit\n0012;\n20-OFF_ąć/7;5\n;3\n");
//! let mut file = CodeFile::open(file, Format::Csv)?;
//! let mut rows = file.rows(&Mapping::new())?;
//! let read: Vec<_> = rows.by_ref().collect::<Result<_, _>>()?;
//! assert_eq!(read[0].result.as_ref().unwrap().code, "0012");
//! assert_eq!(read[1].result.as_ref().unwrap().limit, Some(5));
//! assert_eq!(read[2].result.as_ref().unwrap_err().to_string(), "`code` is empty: every row needs one");
//! assert_eq!((rows.report().rows, rows.report().good), (3, 2));
//! # Ok::<(), tearline_connect::code_files::FileError>(())
//! ```
//!
//! - **CSV** has a header with a column `code` (or `coupon_code`, `Coupon`, `Coupon Code`); one without is refused.
//!   Comma, semicolon or tab part the cells, whichever the header uses. UTF-8 with or without byte order mark, or
//!   UTF-16 with one.
//! - **TXT** is the same, and may do without the header: then each line is one code as it stands, separators and
//!   all. Only quotes around the whole of it are taken off.
//! - **XLSX** is the first visible sheet of a workbook, with the header in its first row that is not empty.
//!
//! All of it is bounded, whatever the size of a file: a row, a cell, the texts that a workbook's cells share, the
//! faults that are kept. What is too long for its place is a fault of its row; what is too large to be read at all
//! is refused as a whole.
//!
//! Codes that stand in a file twice are not looked for here. The store meets them anyway, when it compares each row
//! with the codes it has, those of the same import included: by both of a code's forms, with the row that came
//! first, and for any number of rows. A set of hashes would be a second opinion with a memory that grows by the row.

mod columns;
mod guard;
mod line;
mod neutral;
mod report;
mod sheet;
mod text;
mod utf16;
mod write;

use std::io::{self, Read, Seek};

pub use columns::{Column, Columns, Mapping};
pub use line::{CUSTOMER_BYTES_MAX, CodeLine, Row, RowFault};
pub use report::{FAULTS_KEPT, Notice, Noticed, Report};
pub use sheet::{SHEET_ROWS_MAX, Workbook};
pub use write::{Exported, WriteError, Writer, write_table};

use line::Cells;

/// The longest row that is read, in bytes.
pub const ROW_BYTES_MAX: usize = 64 * 1024;
/// The most columns that are read.
pub const COLUMNS_MAX: usize = 256;
/// The most that a workbook may take when it is unpacked, in bytes.
pub const UNPACKED_BYTES_MAX: u64 = 512 << 20;
/// The most that the texts which a workbook's cells share may take when they are unpacked, in bytes.
pub const SHARED_BYTES_MAX: u64 = 96 << 20;
/// The most texts that a workbook's cells may share.
pub const SHARED_STRINGS_MAX: u64 = 1 << 21;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Cells between separators, with a header.
    Csv,
    /// A code a line, or as CSV.
    Txt,
    /// A workbook of Excel and its like.
    Xlsx,
}

impl Format {
    /// The format that a file's name tells: `codes.CSV`.
    pub fn of_name(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "txt" => Some(Self::Txt),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// Why a file cannot be read, or not to its end: nothing of it should be kept.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// No column of the header is known to hold codes.
    #[error(
        "the header is missing: the first row says {}, and one of its columns must be called `code`, `coupon_code`, `Coupon` or `Coupon Code`",
        listed(found)
    )]
    HeaderMissing {
        /// What stands in the first row.
        found: Vec<String>,
    },
    /// The mapping names a column that the file does not have.
    #[error("no column is called `{name}`, which was to be read as `{column}`: there are {}", listed(found))]
    ColumnMissing {
        /// The name that was looked for.
        name: String,
        /// What the column was to hold.
        column: Column,
        /// The names that there are.
        found: Vec<String>,
    },
    /// Two columns hold the same.
    #[error(
        "the columns {} would both be read as `{column}`: rename one, or map it to something else",
        listed(names)
    )]
    ColumnTwice {
        /// What both hold.
        column: Column,
        /// What they are called.
        names: [String; 2],
    },
    /// The header has something wrong with it.
    #[error("the header: {0}")]
    Header(RowFault),
    /// A quote is opened and never closed, so that the rest of the file is one cell.
    #[error(
        "row {row} opens a quote (\") that is never closed: close it, or double it where it belongs to the value"
    )]
    QuoteNotClosed {
        /// The row where it is opened.
        row: u64,
    },
    /// Not a workbook, or one that cannot be read.
    #[error("not a readable XLSX file: {0}")]
    NotAWorkbook(String),
    /// Something in a workbook is larger than it may be.
    #[error("{what} is {found} and may be {allowed}: save the sheet as CSV, which has no such limit")]
    TooLarge {
        /// What was measured, and in which unit.
        what: &'static str,
        /// How large it is, or says it is.
        found: u64,
        /// How large it may be.
        allowed: u64,
    },
    /// The file could not be read.
    #[error("the file could not be read: {0}")]
    Io(#[from] io::Error),
}

impl FileError {
    /// Whether the same file may be readable another time.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Io(_) => true,
            Self::Empty
            | Self::HeaderMissing { .. }
            | Self::ColumnMissing { .. }
            | Self::ColumnTwice { .. }
            | Self::Header(_)
            | Self::QuoteNotClosed { .. }
            | Self::NotAWorkbook(_)
            | Self::TooLarge { .. } => false,
        }
    }
}

/// The names that a message shows.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        list.push(format!("{} more", names.len() - SHOWN));
    }
    list.join(", ")
}

/// A file of codes that can be read more than once: first for a preview, then to the end.
#[derive(Debug)]
pub enum CodeFile<R: Read + Seek> {
    /// CSV or TXT.
    Text(R, Format),
    /// XLSX.
    Workbook(Box<Workbook<R>>),
}

impl<R: Read + Seek> CodeFile<R> {
    /// Takes a file; of a workbook it looks at what is in it.
    ///
    /// # Errors
    ///
    /// A workbook is not one, or too large.
    pub fn open(file: R, format: Format) -> Result<Self, FileError> {
        match format {
            Format::Csv | Format::Txt => Ok(Self::Text(file, format)),
            Format::Xlsx => Ok(Self::Workbook(Workbook::open(file)?.into())),
        }
    }

    /// Reads the header; the rows are read as they are asked for.
    ///
    /// # Errors
    ///
    /// There is no header, or it does not say which column holds the codes.
    pub fn rows(&mut self, mapping: &Mapping) -> Result<Rows<'_>, FileError> {
        match self {
            Self::Text(file, format) => {
                file.rewind()?;
                Rows::of_text(file, *format == Format::Txt, mapping)
            }
            Self::Workbook(workbook) => workbook.rows(mapping),
        }
    }

    /// The first rows, with what the columns are called and what was noticed.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows), and as a file fails in its first rows.
    pub fn preview(&mut self, mapping: &Mapping, rows_max: usize) -> Result<Preview, FileError> {
        let mut rows = self.rows(mapping)?;
        let first = rows.by_ref().take(rows_max).collect::<Result<_, _>>()?;
        Ok(Preview { columns: rows.columns, rows: first, report: rows.report })
    }
}

/// What a file begins with.
#[derive(Debug)]
pub struct Preview {
    /// Its columns, and what each is taken for.
    pub columns: Columns,
    /// Its first rows.
    pub rows: Vec<Row>,
    /// What was found in these.
    pub report: Report,
}

/// The rows of a file, read one by one. After an error there are no more.
pub struct Rows<'a> {
    source: Box<dyn Source + 'a>,
    cells: Cells,
    /// The first row was read as a header, and is a code.
    bare: bool,
    columns: Columns,
    report: Report,
    ended: bool,
}

/// Where cells come from.
trait Source {
    /// Reads the next row into `cells`; false when there is none.
    fn next(&mut self, cells: &mut Cells) -> Result<bool, FileError>;
}

impl<'a> Rows<'a> {
    /// Reads CSV or TXT (`may_be_bare`: the header may be missing) from a stream that cannot go back.
    ///
    /// # Errors
    ///
    /// As [`CodeFile::rows`].
    pub fn of_text(file: impl Read + 'a, may_be_bare: bool, mapping: &Mapping) -> Result<Self, FileError> {
        let source = text::Text::open(file, may_be_bare, mapping)?;
        let bare = source.is_bare();
        Self::begin(Box::new(source), bare, mapping)
    }

    fn begin(source: Box<dyn Source + 'a>, bare: bool, mapping: &Mapping) -> Result<Self, FileError> {
        let (columns, report) = (Columns::bare(), Report::default());
        let mut rows = Self { source, cells: Cells::new(), bare, columns, report, ended: false };
        if bare {
            rows.report.notice(Notice::NoHeader, 1);
            return Ok(rows);
        }
        rows.columns = rows.header(mapping)?;
        for (name, _) in rows.columns.iter().filter(|(name, column)| column.is_none() && !name.is_empty()) {
            rows.report.notice(Notice::UnknownColumn(name.to_owned()), rows.cells.number);
        }
        Ok(rows)
    }

    /// The first row with anything in it.
    fn header(&mut self, mapping: &Mapping) -> Result<Columns, FileError> {
        while self.source.next(&mut self.cells)? {
            if let Some(fault) = self.cells.fault.take() {
                return Err(FileError::Header(fault));
            }
            let texts = self.cells.texts().map_err(FileError::Header)?;
            if texts.iter().any(|text| !text.is_empty()) {
                return Columns::read(&texts, mapping);
            }
        }
        Err(FileError::Empty)
    }

    /// The columns of the file.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// What was found so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether the file was taken for a list of codes without a header.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    fn read(&mut self) -> Result<Option<Row>, FileError> {
        while self.source.next(&mut self.cells)? {
            let number = self.cells.number;
            let result = match line::read(&self.cells, &self.columns) {
                Ok(None) => {
                    self.report.blank += 1;
                    continue;
                }
                Ok(Some(reading)) => Ok(self.noticed(reading)),
                Err(fault) => Err(fault),
            };
            let row = Row { number, result };
            self.report.add(&row);
            return Ok(Some(row));
        }
        Ok(None)
    }

    fn noticed(&mut self, reading: line::Reading) -> CodeLine {
        if reading.from_number {
            self.report.notice(Notice::NumberAsCode, self.cells.number);
        }
        if reading.shortened {
            self.report.notice(Notice::LooksShortened, self.cells.number);
        }
        reading.line
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.read().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("columns", &self.columns)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
