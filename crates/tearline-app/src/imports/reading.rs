//! From the rows of a file to chunks that a store takes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tearline_connect::code_files::{CodeFile, CodeLine, Column, FileError, Format, Mapping, Row, RowFault};
use tearline_core::imports::{FileFormat, Import};
use tearline_core::ledger::CustomerId;
use tearline_store::{Chunk, NewCode, ReportRow, WhyNot};

/// How many rows a store takes at once: enough to share a commit, few enough that an order hardly waits for them.
const CHUNK_ROWS: usize = 2_000;
/// How much of a file is read at once.
const BUFFER_BYTES: usize = 128 * 1024;

/// Why a file was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It has more rows than can be numbered.
    #[error("the file has more than {} lines: split it", u32::MAX)]
    TooLong,
    /// Nobody wants the rest.
    #[error("the import was stopped")]
    Stopped,
}

/// What the rows of a file are read with.
#[derive(Debug)]
pub(super) struct Terms {
    zone: TimeZone,
    exact: bool,
    at: Timestamp,
}

impl Terms {
    pub(super) fn of(import: &Import, zone: TimeZone) -> Self {
        Self { zone, exact: import.asked.exact, at: import.asked.at }
    }

    /// The code of a row, with what the pool and the shop's zone make of it.
    fn code(&self, line: CodeLine) -> Result<NewCode, (Option<Column>, &'static str, String)> {
        let faulty = |fault: RowFault| (fault.column(), fault.code(), fault.to_string());
        let window = line.window(&self.zone).map_err(faulty)?;
        let customer = line.customer.map(|name| CustomerId::from(name.as_str()));
        if let Some(fault) = customer.as_ref().and_then(CustomerId::fault) {
            return Err((Some(Column::Customer), "invalid_name", format!("`customer` {fault}")));
        }
        Ok(NewCode {
            text: line.code.into(),
            exact: self.exact,
            starts_at: line.starts_at,
            expires_at: line.expires_at,
            ends_at: window.ends_at,
            uses_max: line.limit.map(u64::from),
            used: line.used.unwrap_or(0).into(),
            customer,
            at: Some(self.at),
        })
    }

    fn take(&self, row: Row) -> Result<NewCode, WhyNot> {
        let told = match row.result {
            Ok(line) => match self.code(line) {
                Ok(code) => return Ok(code),
                Err(told) => told,
            },
            Err(fault) => (fault.column(), fault.code(), fault.to_string()),
        };
        let (column, fault, message) = told;
        let column = column.map(|column| column.name().to_owned());
        Err(WhyNot::Faulty { fault: fault.to_owned(), column, message })
    }
}

/// The format of a file as its reader knows it.
pub(super) fn format(format: FileFormat) -> Format {
    match format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Txt => Format::Txt,
        FileFormat::Xlsx => Format::Xlsx,
    }
}

/// The names of columns as their reader knows them; those that it does not know are left out.
pub(super) fn mapping(named: &BTreeMap<String, String>) -> Mapping {
    named.iter().filter_map(|(name, of)| Some((name.clone(), super::column(of)?))).collect()
}

/// Opens a file for its rows.
pub(super) fn open(file: File, of: FileFormat) -> Result<CodeFile<impl Read + Seek>, FileError> {
    CodeFile::open(BufReader::with_capacity(BUFFER_BYTES, file), format(of))
}

/// Reads the rows of a file behind `after_row`, chunk by chunk; `take` answers whether anybody wants more.
pub(super) fn read(
    file: File,
    import: &Import,
    terms: &Terms,
    mut take: impl FnMut(Chunk) -> bool,
) -> Result<(), ReadError> {
    let mut file = open(file, import.asked.format)?;
    let mut rows = file.rows(&mapping(&import.asked.mapping))?;
    let mut staging = Staging::new(import.row_last);
    while let Some(row) = rows.next() {
        let row = row?;
        let number = u32::try_from(row.number).map_err(|_| ReadError::TooLong)?;
        if number <= import.row_last {
            continue;
        }
        staging.add(number, terms.take(row));
        if staging.count() == CHUNK_ROWS {
            let chunk = staging.chunk(rows.report());
            if !take(chunk) {
                return Err(ReadError::Stopped);
            }
        }
    }
    // Notices may concern a file without rows.
    if take(staging.chunk(rows.report())) { Ok(()) } else { Err(ReadError::Stopped) }
}

/// Rows on their way to the store.
struct Staging {
    after_row: u32,
    upto_row: u32,
    codes: Vec<(u32, NewCode)>,
    faults: Vec<ReportRow>,
}

impl Staging {
    fn new(after_row: u32) -> Self {
        Self { after_row, upto_row: after_row, codes: Vec::new(), faults: Vec::new() }
    }

    fn count(&self) -> usize {
        self.codes.len() + self.faults.len()
    }

    fn add(&mut self, row: u32, taken: Result<NewCode, WhyNot>) {
        self.upto_row = row;
        match taken {
            Ok(code) => self.codes.push((row, code)),
            Err(why) => self.faults.push(ReportRow { row, why }),
        }
    }

    /// What was gathered, and begins anew behind it.
    fn chunk(&mut self, report: &tearline_connect::code_files::Report) -> Chunk {
        let codes = std::mem::replace(&mut self.codes, Vec::with_capacity(CHUNK_ROWS));
        let faults = std::mem::take(&mut self.faults);
        let after_row = std::mem::replace(&mut self.after_row, self.upto_row);
        Chunk::new(after_row, self.upto_row, codes)
            .with_faults(faults.len() as u64, faults)
            .with_notices(notices(report))
    }
}

/// What was noticed, in words.
pub(super) fn notices(report: &tearline_connect::code_files::Report) -> Vec<String> {
    let told = |noticed: &tearline_connect::code_files::Noticed| match noticed.rows {
        1 => format!("row {}: {}", noticed.first_row, noticed.notice),
        rows => format!("row {} and {} more: {}", noticed.first_row, rows - 1, noticed.notice),
    };
    report.notices.iter().map(told).collect()
}
