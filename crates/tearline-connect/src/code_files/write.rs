//! Files of codes, written.

use std::fmt;
use std::io::{self, Write};

use rust_xlsxwriter::{Workbook, XlsxError};

use super::Format;
use super::columns::Column;
use super::line::CodeLine;
use super::neutral::{guarded, neutralised};
use super::sheet::SHEET_ROWS_MAX;

/// A code as it is exported.
#[derive(Debug, Clone, Copy)]
pub struct Exported<'a> {
    /// The code and its terms.
    pub line: &'a CodeLine,
    /// Where it stands: `unassigned`.
    pub state: &'a str,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A sheet takes no more rows.
    #[error(
        "a sheet holds {SHEET_ROWS_MAX} rows, its header included: export as CSV, which has no such limit"
    )]
    SheetFull,
    /// The file took no more.
    #[error("the file could not be written: {0}")]
    Io(#[from] io::Error),
    /// The workbook could not be made.
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] XlsxError),
}

impl WriteError {
    /// Whether it may work another time.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Io(_) | Self::Workbook(_) => true,
            Self::SheetFull => false,
        }
    }
}

/// Writes codes row by row, each at once: into the file, or for XLSX into a temporary one until [`finish`].
///
/// CSV has commas and TXT has tabs. Both neutralise texts that a spreadsheet would run as formulas with an
/// apostrophe before them (`'-10OFF`), which reading takes off again.
///
/// ```
/// use tearline_connect::code_files::{CodeLine, Exported, Format, Writer};
/// let line = CodeLine { code: "-10OFF".into(), limit: Some(5), ..CodeLine::default() };
/// let mut file = Vec::new();
/// let mut writer = Writer::new(&mut file, Format::Csv)?;
/// writer.write(Exported { line: &line, state: "unassigned" })?;
/// writer.finish()?;
/// assert_eq!(file, b"code,starts_at,expires_at,limit,used,customer,state\n'-10OFF,,,5,,,unassigned\n");
/// # Ok::<(), tearline_connect::code_files::WriteError>(())
/// ```
///
/// [`finish`]: Self::finish
pub struct Writer<W: Write + Send>(Kind<W>);

enum Kind<W: Write + Send> {
    Text(Box<csv::Writer<W>>),
    Sheet { workbook: Box<Workbook>, rows: u32, file: W },
}

impl<W: Write + Send> Writer<W> {
    /// Begins a file with its header.
    ///
    /// # Errors
    ///
    /// The file, or the temporary one, takes nothing.
    pub fn new(file: W, format: Format) -> Result<Self, WriteError> {
        let header = Column::ALL.map(Column::name);
        let separator = match format {
            Format::Csv => b',',
            Format::Txt => b'\t',
            Format::Xlsx => {
                let mut workbook = Box::new(Workbook::new());
                let sheet = workbook.add_worksheet_with_constant_memory()?;
                for (column, name) in (0..).zip(header) {
                    sheet.write_string(0, column, name)?;
                }
                return Ok(Self(Kind::Sheet { workbook, rows: 1, file }));
            }
        };
        let mut text = csv::WriterBuilder::new().delimiter(separator).from_writer(file);
        text.write_record(header).map_err(io::Error::from)?;
        Ok(Self(Kind::Text(text.into())))
    }

    /// Writes a code.
    ///
    /// # Errors
    ///
    /// The file takes no more, or the sheet is full.
    pub fn write(&mut self, row: Exported<'_>) -> Result<(), WriteError> {
        match &mut self.0 {
            Kind::Text(text) => {
                for column in Column::ALL {
                    let cell = cell(row, column);
                    text.write_field(neutralised(&cell).as_bytes()).map_err(io::Error::from)?;
                }
                Ok(text.write_record(None::<&[u8]>).map_err(io::Error::from)?)
            }
            Kind::Sheet { workbook, rows, .. } => {
                if u64::from(*rows) >= SHEET_ROWS_MAX {
                    return Err(WriteError::SheetFull);
                }
                let sheet = workbook.worksheet_from_index(0)?;
                for (at, column) in (0..).zip(Column::ALL) {
                    let cell = cell(row, column);
                    if !cell.is_empty() {
                        sheet.write_string(*rows, at, guarded(&cell))?;
                    }
                }
                *rows += 1;
                Ok(())
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// It takes no more.
    pub fn finish(self) -> Result<(), WriteError> {
        match self.0 {
            Kind::Text(mut text) => Ok(text.flush()?),
            Kind::Sheet { mut workbook, file, .. } => Ok(workbook.save_to_writer(file)?),
        }
    }
}

impl<W: Write + Send> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

fn cell(row: Exported<'_>, column: Column) -> String {
    let Exported { line, state } = row;
    let written = |value: Option<&dyn fmt::Display>| value.map(ToString::to_string).unwrap_or_default();
    match column {
        Column::Code => line.code.to_string(),
        Column::StartsAt => written(line.starts_at.as_ref().map(|when| when as _)),
        Column::ExpiresAt => written(line.expires_at.as_ref().map(|when| when as _)),
        Column::Limit => written(line.limit.as_ref().map(|number| number as _)),
        Column::Used => written(line.used.as_ref().map(|number| number as _)),
        Column::Customer => written(line.customer.as_ref().map(|name| name as _)),
        Column::State => state.to_owned(),
    }
}

/// Writes a table as CSV, texts that a spreadsheet would run as formulas neutralised.
///
/// ```
/// let mut file = Vec::new();
/// tearline_connect::code_files::write_table(&mut file, [["row", "code"], ["2", "=1+1"]])?;
/// assert_eq!(file, b"row,code\n2,'=1+1\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// The file takes no more.
pub fn write_table<Cell: AsRef<str>, const COLUMNS: usize>(
    file: impl Write,
    rows: impl IntoIterator<Item = [Cell; COLUMNS]>,
) -> io::Result<()> {
    let mut text = csv::Writer::from_writer(file);
    for row in rows {
        text.write_record(row.iter().map(|cell| neutralised(cell.as_ref()).into_owned()))?;
    }
    text.flush()
}
