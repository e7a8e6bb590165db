//! Looks at a workbook before it is read.
//!
//! A workbook is an archive of XML: a few kilobytes of it may unpack to gigabytes, or ask for them (`uniqueCount`
//! of the shared texts). `calamine` reads what it is given, so that every part is unpacked once beforehand, kept
//! nowhere, and refused when it is more than a sheet needs: the directory's word for its size is not taken.

use std::io::{Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::result::ZipError;

use super::sheet::broken;
use super::{FileError, SHARED_BYTES_MAX, SHARED_STRINGS_MAX, UNPACKED_BYTES_MAX};

/// The most files in the archive; a workbook has some twenty.
const PARTS_MAX: u16 = 1_000;
/// The most that the list of them may take, in bytes.
const DIRECTORY_BYTES_MAX: u32 = 1 << 20;
/// The most that a part besides sheets and texts may take.
const OTHER_BYTES_MAX: u64 = 16 << 20;
/// The most that the styles may take: each cell format repeats its font's name and its number format.
const STYLES_BYTES_MAX: u64 = 1 << 20;
/// The longest tag, the longest text between two tags, and the longest cell.
const TAG_BYTES_MAX: usize = 4 * 1024;
const TEXT_BYTES_MAX: usize = 256 * 1024;
const CELL_BYTES_MAX: usize = 512 * 1024;
/// How deep elements lie within each other.
const DEPTH_MAX: usize = 64;

/// Whether a workbook can be read within bounds. Leaves the file at any place.
///
/// # Errors
///
/// It cannot, or is no workbook.
pub(super) fn check(file: &mut (impl Read + Seek)) -> Result<(), FileError> {
    check_directory(file)?;
    let mut archive = ZipArchive::new(file).map_err(unreadable)?;
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(unreadable)?;
        let role = Role::of(&part.name().map_err(unreadable)?);
        within(role.what(), part.size(), role.bytes_max())?;
        unpacked += check_part(&mut part, role)?;
        within("the unpacked size of the workbook in bytes", unpacked, UNPACKED_BYTES_MAX)?;
    }
    Ok(())
}

fn within(what: &'static str, found: u64, allowed: u64) -> Result<(), FileError> {
    if found > allowed { Err(FileError::TooLarge { what, found, allowed }) } else { Ok(()) }
}

fn unreadable(error: ZipError) -> FileError {
    match error {
        ZipError::Io(error) => broken(error),
        error => FileError::NotAWorkbook(error.to_string()),
    }
}

fn refused(why: &str) -> FileError {
    FileError::NotAWorkbook(why.to_owned())
}

/// Looks at the archive's last record, so that a list of millions of parts is never read.
///
/// Archives with a comment or something before them can be read by some programs; no spreadsheet writes them.
fn check_directory(file: &mut (impl Read + Seek)) -> Result<(), FileError> {
    const END_BYTES: usize = 22;
    let mut magic = [0; 4];
    file.rewind()?;
    file.read_exact(&mut magic).map_err(broken)?;
    if magic == [0xD0, 0xCF, 0x11, 0xE0] {
        return Err(refused("it is an old XLS file or protected by a password; save it as XLSX without one"));
    }
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = [0; END_BYTES];
    let start = length.checked_sub(END_BYTES as u64).ok_or_else(|| refused("it is too short"))?;
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut end)?;
    let short = |at: usize| u16::from_le_bytes([end[at], end[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]);
    let (parts, bytes, offset) = (short(8).max(short(10)), long(12), long(16));
    if &magic != b"PK\x03\x04" || !end.starts_with(b"PK\x05\x06") || short(20) != 0 {
        return Err(refused("it is not an archive as spreadsheets write it"));
    }
    within("the number of parts", parts.into(), PARTS_MAX.into())?;
    within("the size of the list of parts in bytes", bytes.into(), DIRECTORY_BYTES_MAX.into())?;
    if u64::from(offset) + u64::from(bytes) != start {
        return Err(refused("the archive's list of parts is not where it should be"));
    }
    Ok(())
}

/// What a part of a workbook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Sheet,
    Shared,
    Styles,
    Other,
}

impl Role {
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase().replace('\\', "/");
        match name.as_str() {
            name if name.ends_with("sharedstrings.xml") => Self::Shared,
            name if name.ends_with("styles.xml") => Self::Styles,
            name if name.contains("worksheets/") && !name.contains("_rels/") => Self::Sheet,
            _ => Self::Other,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Sheet => "the unpacked size of the sheet in bytes",
            Self::Shared => "the unpacked size of the shared texts in bytes",
            Self::Styles => "the unpacked size of the cell formats in bytes",
            Self::Other => "the unpacked size of a part besides the sheets in bytes",
        }
    }

    fn bytes_max(self) -> u64 {
        match self {
            Self::Sheet => UNPACKED_BYTES_MAX,
            Self::Shared => SHARED_BYTES_MAX,
            Self::Styles => STYLES_BYTES_MAX,
            Self::Other => OTHER_BYTES_MAX,
        }
    }
}

/// Unpacks a part, and answers how large it is.
fn check_part(part: &mut impl Read, role: Role) -> Result<u64, FileError> {
    let mut buffer = vec![0; 64 * 1024];
    let mut xml = Xml::default();
    let mut unpacked = 0;
    loop {
        let read = super::text::read_some(part, &mut buffer).map_err(broken)?;
        if read == 0 {
            return Ok(unpacked);
        }
        unpacked += read as u64;
        within(role.what(), unpacked, role.bytes_max())?;
        if role != Role::Other {
            xml.look_at(&buffer[..read])?;
        }
    }
}

/// How far the XML of a part was looked at. Other parts are so small that whatever they hold is harmless.
#[derive(Debug, Default)]
struct Xml {
    /// The tag that is open, from its `<` on.
    tag: Vec<u8>,
    quote: Option<u8>,
    /// Bytes since the last tag, and of the cell that is open.
    text_bytes: usize,
    cell_bytes: usize,
    /// The names of the elements that are open, one after the other, and where each begins.
    names: Vec<u8>,
    open: Vec<usize>,
    /// How deep the cell lies that is open.
    cell: Option<usize>,
    shared: u64,
    begun: bool,
}

impl Xml {
    fn look_at(&mut self, mut bytes: &[u8]) -> Result<(), FileError> {
        while !bytes.is_empty() {
            let taken =
                if self.tag.is_empty() { self.look_at_text(bytes)? } else { self.look_at_tag(bytes)? };
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    fn look_at_text(&mut self, bytes: &[u8]) -> Result<usize, FileError> {
        let found = bytes.iter().position(|byte| matches!(byte, b'<' | 0));
        let length = found.unwrap_or(bytes.len());
        self.text_bytes += length;
        self.count_cell(length)?;
        within("the length of a text in bytes", self.text_bytes as u64, TEXT_BYTES_MAX as u64)?;
        match found.map(|at| bytes[at]) {
            None => Ok(length),
            Some(b'<') => {
                self.tag.push(b'<');
                Ok(length + 1)
            }
            Some(_) => Err(refused("its XML is not UTF-8")),
        }
    }

    fn look_at_tag(&mut self, bytes: &[u8]) -> Result<usize, FileError> {
        let end = bytes.iter().position(|byte| self.ends_tag(*byte)).map(|at| at + 1);
        let taken = end.unwrap_or(bytes.len());
        let length = self.tag.len() + taken;
        within("the length of a tag in bytes", length as u64, TAG_BYTES_MAX as u64)?;
        self.tag.extend_from_slice(&bytes[..taken]);
        if end.is_some() {
            self.end_tag()?;
        }
        Ok(taken)
    }

    /// Whether a byte of a tag is its last: a `>` that is not between quotes.
    fn ends_tag(&mut self, byte: u8) -> bool {
        match (self.quote, byte) {
            (Some(open), _) if open == byte => self.quote = None,
            (None, b'"' | b'\'') => self.quote = Some(byte),
            (None, b'>') => return true,
            _ => {}
        }
        false
    }

    /// Looks at the tag that just ended.
    fn end_tag(&mut self) -> Result<(), FileError> {
        let tag = std::mem::take(&mut self.tag);
        self.text_bytes = 0;
        self.count_cell(tag.len())?;
        match tag[1] {
            b'!' => {
                return Err(refused("it has a comment or a declaration, which no spreadsheet writes there"));
            }
            b'?' => self.check_declaration(&tag)?,
            b'/' => self.close(&tag)?,
            _ => self.open(&tag)?,
        }
        self.begun = true;
        self.tag = tag;
        self.tag.clear();
        Ok(())
    }

    /// Whether the XML says of itself that it is UTF-8, or nothing.
    fn check_declaration(&self, tag: &[u8]) -> Result<(), FileError> {
        let text = String::from_utf8_lossy(tag).to_lowercase();
        let utf8 = !text.contains("encoding") || text.contains("\"utf-8\"") || text.contains("'utf-8'");
        if self.begun || !text.ends_with("?>") || !utf8 {
            return Err(refused("its XML does not begin as a spreadsheet begins it"));
        }
        Ok(())
    }

    fn open(&mut self, tag: &[u8]) -> Result<(), FileError> {
        let full = name(&tag[1..]);
        match local(full) {
            // What only other parts have, and would be kept in memory.
            b"definedName" | b"sheet" | b"Relationship" => {
                return Err(refused("a sheet holds what only the workbook may"));
            }
            b"sst" => within("the number of shared texts", unique_count(tag), SHARED_STRINGS_MAX)?,
            b"si" => {
                self.shared += 1;
                within("the number of shared texts", self.shared, SHARED_STRINGS_MAX)?;
            }
            _ => {}
        }
        let begins = self.cell.is_none() && matches!(local(full), b"c" | b"si" | b"row");
        if begins {
            self.cell_bytes = 0;
        }
        if tag.ends_with(b"/>") {
            return Ok(());
        }
        if begins && local(full) != b"row" {
            self.cell = Some(self.open.len());
        }
        self.open.push(self.names.len());
        self.names.extend_from_slice(full);
        within("the depth of a sheet's XML", self.open.len() as u64, DEPTH_MAX as u64)
    }

    fn close(&mut self, tag: &[u8]) -> Result<(), FileError> {
        let full = name(&tag[2..]);
        let plain = !tag.iter().any(|byte| matches!(byte, b'"' | b'\''));
        let begun = self.open.pop().filter(|start| plain && self.names[*start..] == *full);
        let Some(start) = begun else { return Err(refused("its XML is not well-formed")) };
        self.names.truncate(start);
        if self.cell == Some(self.open.len()) {
            (self.cell, self.cell_bytes) = (None, 0);
        }
        Ok(())
    }

    fn count_cell(&mut self, bytes: usize) -> Result<(), FileError> {
        if self.cell.is_none() {
            return Ok(());
        }
        self.cell_bytes += bytes;
        within("the size of a cell in bytes", self.cell_bytes as u64, CELL_BYTES_MAX as u64)
    }
}

/// The name at the beginning of a tag.
fn name(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
    &tag[..end.unwrap_or(tag.len())]
}

/// A name without its name space.
fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}

/// How many texts a list says it has: room is made for them before they are read.
fn unique_count(tag: &[u8]) -> u64 {
    let tag = String::from_utf8_lossy(tag);
    let Some((_, value)) = tag.split_once("uniqueCount") else { return 0 };
    let digits = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\''));
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    // Too many digits for a number are too many texts.
    if end == 0 { 0 } else { digits[..end].parse().unwrap_or(u64::MAX) }
}
