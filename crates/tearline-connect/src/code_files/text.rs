//! CSV and TXT.
//!
//! `csv-core` is what the `csv` crate is made of. It writes into buffers of ours, so that a row without an end
//! costs no memory; a `csv::Reader` would keep all of it.

use std::io::{self, Chain, Cursor, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::columns::{Columns, Mapping};
use super::line::{Cells, RowFault};
use super::utf16::Utf16;
use super::{COLUMNS_MAX, FileError, ROW_BYTES_MAX, Source};

const INPUT_BYTES: usize = 128 * 1024;
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Parts nothing: no text in UTF-8 holds it.
const NO_SEPARATOR: u8 = 0xFF;

/// The rows of a text.
pub(super) struct Text<R> {
    input: Input<R>,
    core: Reader,
    layout: Layout,
    /// What ends a line: a line feed, or a carriage return where no line feed follows it.
    ending: u8,
    /// How many carriage returns there were, where they end lines; line feeds are counted by `csv-core`.
    returns: u64,
    /// The ending that a last line may lack was given.
    closed: bool,
}

/// How the rows of a text are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    separator: u8,
    /// There is no header.
    bare: bool,
    /// Each line is one cell; quotes belong to it unless they are around all of it.
    verbatim: bool,
}

impl<R: Read> Text<R> {
    pub(super) fn open(file: R, may_be_bare: bool, mapping: &Mapping) -> Result<Self, FileError> {
        let mut input = Input::open(file)?;
        input.fill_up()?;
        let head = input.rest();
        if head.is_empty() {
            return Err(FileError::Empty);
        }
        let ending = if head.contains(&b'\r') && !head.contains(&b'\n') { b'\r' } else { b'\n' };
        let layout = Layout::of(head, may_be_bare, mapping);
        let mut builder = ReaderBuilder::new();
        builder.delimiter(layout.separator).quoting(!layout.verbatim);
        if ending == b'\r' {
            builder.terminator(Terminator::Any(ending));
        }
        Ok(Self { input, core: builder.build(), layout, ending, returns: 0, closed: false })
    }

    pub(super) fn is_bare(&self) -> bool {
        self.layout.bare
    }

    /// The line that is read now, from 1.
    fn line(&self) -> u64 {
        if self.ending == b'\r' { self.returns + 1 } else { self.core.line() }
    }

    fn take(&mut self, bytes: usize) -> Option<u8> {
        let taken = &self.input.rest()[..bytes];
        if self.ending == b'\r' {
            self.returns += count(taken, b'\r');
        }
        let last = taken.last().copied();
        self.input.take(bytes);
        last
    }
}

#[expect(clippy::naive_bytecount, reason = "counted for few rows, and short ones")]
fn count(bytes: &[u8], wanted: u8) -> u64 {
    bytes.iter().filter(|byte| **byte == wanted).count() as u64
}

impl<R: Read> Source for Text<R> {
    fn next(&mut self, cells: &mut Cells) -> Result<bool, FileError> {
        let mut filling = Filling::new(cells, self.line(), self.ending);
        loop {
            if self.input.rest().is_empty() && !self.input.read()? {
                if self.closed {
                    return Ok(false);
                }
                self.closed = true;
                self.input.close(self.ending);
            }
            let (bytes, ends) = (&mut cells.bytes[filling.bytes..], &mut cells.ends[filling.ends..]);
            let (result, read, written, ended) = self.core.read_record(self.input.rest(), bytes, ends);
            let last = self.take(read);
            filling.add(written, ended);
            match result {
                ReadRecordResult::Record => {
                    let after = self.line() - u64::from(last == Some(self.ending));
                    filling.finish(cells, after);
                    if self.layout.verbatim {
                        unquote(cells);
                    }
                    return Ok(true);
                }
                // The ending that we gave was swallowed by a cell: its quote is open still.
                ReadRecordResult::InputEmpty if self.closed && filling.started() => {
                    filling.finish(cells, self.line());
                    return Err(FileError::QuoteNotClosed { row: cells.number });
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => filling.overflow(cells, RowFault::RowTooLong),
                ReadRecordResult::OutputEndsFull => {
                    let fault = RowFault::TooManyCells { found: COLUMNS_MAX + 1, allowed: COLUMNS_MAX };
                    filling.overflow(cells, fault);
                }
                ReadRecordResult::End => return Ok(false),
            }
        }
    }
}

/// How far a row has come.
struct Filling {
    bytes: usize,
    ends: usize,
    ending: u8,
    /// Endings of lines within quotes.
    inside: u64,
    line_before: u64,
    fault: Option<RowFault>,
}

impl Filling {
    fn new(cells: &mut Cells, line_before: u64, ending: u8) -> Self {
        (cells.count, cells.fault) = (0, None);
        Self { bytes: 0, ends: 0, ending, inside: 0, line_before, fault: None }
    }

    fn add(&mut self, bytes: usize, ends: usize) {
        self.bytes += bytes;
        self.ends += ends;
    }

    fn started(&self) -> bool {
        self.bytes > 0 || self.ends > 0 || self.fault.is_some()
    }

    /// Goes on to the end of a row of which nothing more is kept.
    fn overflow(&mut self, cells: &Cells, fault: RowFault) {
        self.inside += count(&cells.bytes[..self.bytes], self.ending);
        (self.bytes, self.ends) = (0, 0);
        self.fault.get_or_insert(fault);
    }

    /// Numbers the row by the line at which it begins, given the one at which it ends.
    fn finish(&mut self, cells: &mut Cells, line: u64) {
        // Nearly every row is one line.
        if line > self.line_before {
            self.inside += count(&cells.bytes[..self.bytes], self.ending);
        }
        cells.number = line - self.inside;
        cells.count = if self.fault.is_some() { 0 } else { self.ends };
        cells.fault = self.fault.take();
    }
}

impl Layout {
    /// Looks at the first line: the separator is the one by which a column of codes stands among the most columns.
    fn of(head: &[u8], may_be_bare: bool, mapping: &Mapping) -> Self {
        let mut best: Option<(usize, Self)> = None;
        for separator in SEPARATORS {
            let Some(names) = first_row(head, separator) else { continue };
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            if !Columns::are_named(&names, mapping) {
                continue;
            }
            let columns = names.len();
            if best.is_none_or(|(most, _)| columns > most) {
                let verbatim = may_be_bare && columns == 1;
                let separator = if verbatim { NO_SEPARATOR } else { separator };
                best = Some((columns, Self { separator, bare: false, verbatim }));
            }
        }
        if let Some((_, layout)) = best {
            return layout;
        }
        // A mapping says that there is a header, and its faults are told where the header is read.
        let bare = may_be_bare && mapping.is_empty();
        let separator = if bare { NO_SEPARATOR } else { likely_separator(head) };
        Self { separator, bare, verbatim: bare }
    }
}

/// The separator of a header in which we know no column: so that its names can be shown.
fn likely_separator(head: &[u8]) -> u8 {
    let columns = |separator| first_row(head, separator).map_or(0, |names| names.len());
    // The first of those that part the most.
    SEPARATORS.into_iter().rev().max_by_key(|separator| columns(*separator)).unwrap_or(b',')
}

/// The cells of the first line that is not empty; nothing when they are no text or too many.
fn first_row(head: &[u8], separator: u8) -> Option<Vec<String>> {
    let mut core = ReaderBuilder::new().delimiter(separator).build();
    let mut bytes = vec![0; ROW_BYTES_MAX];
    let mut ends = [0; COLUMNS_MAX];
    let (result, read, written, mut count) = core.read_record(head, &mut bytes, &mut ends);
    let result = match result {
        // A file of one line.
        ReadRecordResult::InputEmpty if read == head.len() => {
            let (result, _, _, more) = core.read_record(&[], &mut bytes[written..], &mut ends[count..]);
            count += more;
            result
        }
        result => result,
    };
    if result != ReadRecordResult::Record {
        return None;
    }
    let starts = std::iter::once(0).chain(ends);
    let cells = starts.zip(&ends[..count]).map(|(start, end)| std::str::from_utf8(&bytes[start..*end]));
    cells.map(|cell| cell.map(str::to_owned).ok()).collect()
}

/// Takes quotes off that are around a whole line.
fn unquote(cells: &mut Cells) {
    if cells.count > 1 {
        cells.fault = Some(RowFault::NotUtf8);
    }
    if cells.count != 1 {
        return;
    }
    let Ok(text) = std::str::from_utf8(&cells.bytes[..cells.ends[0]]) else { return };
    let inside = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let Some(inside) = inside.filter(|inside| !inside.replace("\"\"", "").contains('"')) else { return };
    let inside = inside.replace("\"\"", "\"");
    cells.bytes[..inside.len()].copy_from_slice(inside.as_bytes());
    cells.ends[0] = inside.len();
}

/// What was read and not yet taken.
struct Input<R> {
    source: Decoded<R>,
    buffer: Box<[u8]>,
    at: usize,
    filled: usize,
}

/// What is left of a file after its first bytes were looked at.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

enum Decoded<R> {
    Utf8(Whole<R>),
    Utf16(Box<Utf16<Whole<R>>>),
}

impl<R: Read> Input<R> {
    /// Takes a byte order mark off, and decodes what it announces.
    fn open(mut file: R) -> Result<Self, FileError> {
        let mut mark = Vec::with_capacity(3);
        file.by_ref().take(3).read_to_end(&mut mark)?;
        let (encoding, length) = encoding_rs::Encoding::for_bom(&mark).unwrap_or((encoding_rs::UTF_8, 0));
        let whole = Cursor::new(mark.split_off(length)).chain(file);
        let source = if encoding == encoding_rs::UTF_8 {
            Decoded::Utf8(whole)
        } else {
            Decoded::Utf16(Utf16::new(whole, encoding).into())
        };
        Ok(Self { source, buffer: vec![0; INPUT_BYTES].into(), at: 0, filled: 0 })
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    fn take(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Reads more once all is taken; false at the end.
    fn read(&mut self) -> Result<bool, FileError> {
        (self.at, self.filled) = (0, 0);
        self.filled = self.source.read_some(&mut self.buffer)?;
        Ok(self.filled > 0)
    }

    /// Reads as much as the buffer holds, or the file has.
    fn fill_up(&mut self) -> Result<(), FileError> {
        // The decoder needs room for a character.
        while self.filled + 64 < self.buffer.len() {
            match self.source.read_some(&mut self.buffer[self.filled..])? {
                0 => break,
                read => self.filled += read,
            }
        }
        Ok(())
    }

    /// Ends the last line.
    fn close(&mut self, ending: u8) {
        self.buffer[0] = ending;
        (self.at, self.filled) = (0, 1);
    }
}

impl<R: Read> Decoded<R> {
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Utf8(whole) => read_some(whole, buffer),
            Self::Utf16(decoder) => read_some(decoder, buffer),
        }
    }
}

/// Reads, though somebody may interrupt.
pub(super) fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
