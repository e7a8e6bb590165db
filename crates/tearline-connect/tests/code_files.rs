//! Files of codes as owners upload them, and as nobody should.

use std::io::{self, Cursor, Read, Write};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Look, Workbook, Worksheet};
use tearline_connect::code_files::{
    CodeFile, CodeLine, Column, Exported, FAULTS_KEPT, FileError, Format, Mapping, Notice, Report, Row,
    RowFault, Rows, Writer,
};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

type Found = (Vec<Row>, Report);

fn read(file: impl Into<Vec<u8>>, format: Format) -> Result<Found, FileError> {
    read_as(file, format, &Mapping::new())
}

fn read_as(file: impl Into<Vec<u8>>, format: Format, mapping: &Mapping) -> Result<Found, FileError> {
    let mut file = CodeFile::open(Cursor::new(file.into()), format)?;
    let mut rows = file.rows(mapping)?;
    let read = rows.by_ref().collect::<Result<_, _>>()?;
    Ok((read, rows.report().clone()))
}

fn csv(file: impl Into<Vec<u8>>) -> Vec<Row> {
    read(file, Format::Csv).unwrap().0
}

/// The codes of the rows that are good.
fn codes(rows: &[Row]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.result.as_ref().ok()).map(|line| line.code.as_str()).collect()
}

/// What is wrong, by row.
fn faults(rows: &[Row]) -> Vec<(u64, String)> {
    let faults = rows.iter().filter_map(|row| Some((row.number, row.result.as_ref().err()?.to_string())));
    faults.collect()
}

fn line(row: &Row) -> &CodeLine {
    row.result.as_ref().unwrap()
}

fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

/// A workbook in which one part was changed, or given.
fn with_part(workbook: &[u8], part: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut changed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).unwrap();
        if file.name().unwrap() != part {
            changed.raw_copy_file(file).unwrap();
        }
    }
    changed.start_file(part, SimpleFileOptions::default()).unwrap();
    changed.write_all(content).unwrap();
    changed.finish().unwrap().into_inner()
}

fn one_code() -> Vec<u8> {
    workbook(|sheet| {
        sheet.write_string(0, 0, "code").unwrap();
        sheet.write_string(1, 0, "A1").unwrap();
    })
}

fn sheet_of(rows: &str) -> Vec<u8> {
    let xml = format!(r#"<?xml version="1.0"?><worksheet><sheetData>{rows}</sheetData></worksheet>"#);
    with_part(&one_code(), "xl/worksheets/sheet1.xml", xml.as_bytes())
}

// --- headers and columns

#[test]
fn csv_of_two_codes() {
    assert_eq!(codes(&csv("code\nA1\nB2\n")), ["A1", "B2"]);
}

#[test]
fn csv_without_header_is_refused() {
    let error = read("A1\nB2\n", Format::Csv).unwrap_err();
    assert!(!error.retryable());
    assert_eq!(
        error.to_string(),
        "the header is missing: the first row says `A1`, and one of its columns must be called `code`, `coupon_code`, `Coupon` or `Coupon Code`"
    );
    assert!(matches!(read("", Format::Csv), Err(FileError::Empty)));
    assert!(matches!(read("\u{feff}\n\n", Format::Csv), Err(FileError::Empty)));
}

#[test]
fn headers_of_other_programs() {
    for header in ["code", "Code", "coupon_code", "Coupon", "Coupon Code", " COUPON-CODE ", "\u{feff}code"] {
        assert_eq!(codes(&csv(format!("{header}\nA1"))), ["A1"], "{header}");
    }
}

#[test]
fn txt_may_lack_the_header() {
    let (rows, report) = read("https://x/y?c=1,2;3\r\n\r\n  a \"b\" \t\r\n\"q\"\"u\"", Format::Txt).unwrap();
    assert_eq!(codes(&rows), ["https://x/y?c=1,2;3", "a \"b\"", "q\"u"]);
    assert_eq!(report.notices[0].notice, Notice::NoHeader);
    assert_eq!(codes(&read("code\nA,1\n\"B 2\"\n", Format::Txt).unwrap().0), ["A,1", "B 2"]);
    assert_eq!(line(&read("limit\tcode\n3\tA,1\n", Format::Txt).unwrap().0[0]).limit, Some(3));
}

#[test]
fn separators_are_found_in_the_header() {
    for separator in [",", ";", "\t"] {
        let file = "limit|code|customer\n3|\"A,;1\"|kim@example.org".replace('|', separator);
        let rows = csv(file);
        assert_eq!(line(&rows[0]).code, "A,;1");
        assert_eq!(line(&rows[0]).limit, Some(3));
        assert_eq!(line(&rows[0]).customer.as_deref(), Some("kim@example.org"));
    }
}

#[test]
fn columns_are_optional_and_strange_ones_passed_over() {
    let file = "Note,expires_at,code,used,starts_at,limit,,state\n\
                \"two\nlines\",2026-09-30,A1,1,2026-09-01T08:00,2,,assigned\n\
                ,,B2,,,,,\n";
    let (rows, report) = read(file, Format::Csv).unwrap();
    let first = line(&rows[0]);
    assert_eq!((first.used, first.limit), (Some(1), Some(2)));
    let window = first.window(&TimeZone::get("Europe/Warsaw").unwrap()).unwrap();
    assert_eq!(window.starts_at.unwrap().to_string(), "2026-09-01T06:00:00Z");
    // The whole of the last day.
    assert_eq!(window.ends_at.unwrap().to_string(), "2026-09-30T22:00:00Z");
    assert_eq!((rows[0].number, rows[1].number), (2, 4));
    assert_eq!(line(&rows[1]), &CodeLine { code: "B2".into(), ..CodeLine::default() });
    let notices: Vec<_> = report.notices.iter().map(|noticed| noticed.notice.to_string()).collect();
    assert_eq!(notices, ["the column `Note` is not known and was passed over"]);
}

#[test]
fn a_mapping_gives_names_their_meaning() {
    let file = "Gutschein;Code;gültig bis\nA1;x;2026-09-30\n";
    let mapping =
        Mapping::from([("gutschein".to_owned(), Column::Code), ("Gültig bis".to_owned(), Column::ExpiresAt)]);
    let (rows, report) = read_as(file, Format::Csv, &mapping).unwrap();
    assert_eq!(line(&rows[0]).code, "A1");
    assert!(line(&rows[0]).expires_at.is_some());
    assert_eq!(report.notices[0].notice, Notice::UnknownColumn("Code".to_owned()));
    for format in [Format::Csv, Format::Txt] {
        let missing = Mapping::from([("voucher".to_owned(), Column::Code)]);
        let error = read_as(file, format, &missing).unwrap_err().to_string();
        assert_eq!(
            error,
            "no column is called `voucher`, which was to be read as `code`: there are `Gutschein`, `Code`, `gültig bis`"
        );
    }
}

#[test]
fn two_columns_of_codes_are_refused() {
    let error = read("code,coupon\nA,B\n", Format::Csv).unwrap_err().to_string();
    assert!(error.starts_with("the columns `code`, `coupon` would both be read as `code`"), "{error}");
}

// --- codes

#[test]
fn codes_survive_byte_for_byte() {
    let long = "é".repeat(32) + &"x".repeat(32);
    let all = ["20-OFF_ąć/7", "0012", "https://x/y?c=1", &long, "a  b", "o'clock", "50%", "ＡＢ", "a\u{301}"];
    let text = format!("code\n{}\n", all.join(" \n  "));
    assert_eq!(codes(&csv(text.clone())), all);
    assert_eq!(codes(&read(text, Format::Txt).unwrap().0), all);
    assert_eq!(codes(&read(all.join("\n"), Format::Txt).unwrap().0), all);
    let sheet = workbook(|sheet| {
        sheet.write_string(0, 0, "Coupon Code").unwrap();
        for (row, code) in (1..).zip(all) {
            sheet.write_string(row, 0, code).unwrap();
        }
    });
    assert_eq!(codes(&read(sheet, Format::Xlsx).unwrap().0), all);
}

#[test]
fn utf16_with_a_byte_order_mark() {
    let text = "\u{feff}code\tlimit\r\n20-OFF_ąć/7\t5\r\n😀\t\r\n";
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for file in [little.clone(), big] {
        assert_eq!(codes(&csv(file)), ["20-OFF_ąć/7", "😀"]);
    }
    // Half a pair of surrogates.
    let broken = [&little[..], &[b'A', 0, 0x00, 0xD8, b'B', 0, b'\n', 0, b'C', 0, b'\n', 0]].concat();
    let rows = csv(broken);
    assert_eq!(codes(&rows), ["20-OFF_ąć/7", "😀", "C"]);
    assert_eq!(rows[2].result, Err(RowFault::NotUtf8));
    let cut = [&little[..], b"A\0B"].concat();
    assert_eq!(csv(cut)[2].result, Err(RowFault::NotUtf8));
}

#[test]
fn what_is_no_utf8_is_a_fault_of_its_row() {
    for format in [Format::Csv, Format::Txt] {
        let (rows, _) = read(b"code\nA1\n\xC3\x28\nB\xFFC\nB2\n".to_vec(), format).unwrap();
        assert_eq!(codes(&rows), ["A1", "B2"]);
        let why = "not valid UTF-8: save the file as UTF-8, or as UTF-16 with a byte order mark";
        assert_eq!(faults(&rows), [(3, why.to_owned()), (4, why.to_owned())]);
    }
}

#[test]
fn rows_are_numbered_by_their_lines() {
    for ending in ["\n", "\r\n", "\r"] {
        let file = ["code,note", "", "A1,", "", "\"B2\",\"x", "y\"", "  ,", "C3,"].join(ending);
        let (rows, report) = read(file, Format::Csv).unwrap();
        let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
        assert_eq!((codes(&rows), numbers), (vec!["A1", "B2", "C3"], vec![3, 5, 8]), "{ending:?}");
        assert_eq!(report.blank, 1);
    }
}

#[test]
fn what_is_wrong_is_told_with_place_and_what_is_allowed() {
    let file = format!(
        "code,starts_at,expires_at,limit,used,customer\n\
         ,,,,,kim\n\
         {},,,,,\n\
         A,tomorrow,,,,\n\
         A,,09/10/2026,,,\n\
         A,,,0,,\n\
         A,,,,-1,\n\
         A,,,99999999999,,\n\
         A,,,2,3,\n\
         \"A\nB\",,,,,\n\
         A,,,,,,,8\n\
         A,,,,,{}\n",
        "x".repeat(10_000),
        "k".repeat(257)
    );
    let expected = [
        (2, "`code` is empty: every row needs one"),
        (3, "`code` is 10000 bytes long: at most 256 are allowed"),
        (
            4,
            "`starts_at` is `tomorrow`: write a day (2026-03-31), a time of the shop (2026-03-31T12:00) or an instant (2026-03-31T12:00:00Z)",
        ),
        (
            5,
            "`expires_at` is `09/10/2026`: write a day (2026-03-31), a time of the shop (2026-03-31T12:00) or an instant (2026-03-31T12:00:00Z)",
        ),
        (6, "`limit` is `0`: write a whole number from 1 to 4294967295"),
        (7, "`used` is `-1`: write a whole number from 0 to 4294967295"),
        (8, "`limit` is `99999999999`: write a whole number from 1 to 4294967295"),
        (9, "`used` is 3, more than `limit`, 2"),
        (10, "`code` holds the control character '\\n': line breaks, tabs and their like are not allowed"),
        (12, "the row has 8 cells where the header has 6: put a value with a separator in it between quotes"),
        (13, "`customer` is 257 bytes long: at most 256 are allowed"),
    ];
    let expected: Vec<_> = expected.map(|(number, why)| (number, why.to_owned())).into();
    assert_eq!(faults(&csv(file)), expected);
}

#[test]
fn a_code_that_ends_before_it_starts() {
    let zone = TimeZone::get("Europe/Warsaw").unwrap();
    let rows = csv("code,starts_at,expires_at\nA,2026-09-30,2026-09-30\nB,2026-10-01,2026-09-30\n");
    assert!(line(&rows[0]).window(&zone).is_ok());
    assert_eq!(line(&rows[1]).window(&zone), Err(RowFault::EndsBeforeStart));
}

#[test]
fn a_thousand_faults_are_kept_and_the_rest_counted() {
    let (rows, report) = read(format!("code,limit\n{}A,1\n", "A,x\n".repeat(2_500)), Format::Csv).unwrap();
    assert_eq!(rows.len(), 2_501);
    assert_eq!((report.rows, report.good, report.faulty()), (2_501, 1, 2_500));
    assert_eq!((report.faults.len(), report.faults_more), (FAULTS_KEPT, 1_500));
    assert_eq!(report.faults[999].0, 1_001);
}

#[test]
fn a_preview_reads_only_the_beginning_and_the_rows_begin_anew() {
    let mut file = CodeFile::open(Cursor::new("code,x\nA\nB\nC\n"), Format::Csv).unwrap();
    let preview = file.preview(&Mapping::new(), 2).unwrap();
    assert_eq!(codes(&preview.rows), ["A", "B"]);
    let columns: Vec<_> = preview.columns.iter().collect();
    assert_eq!(columns, [("code", Some(Column::Code)), ("x", None)]);
    assert_eq!(file.rows(&Mapping::new()).unwrap().count(), 3);
    let mut file = CodeFile::open(Cursor::new(one_code()), Format::Xlsx).unwrap();
    assert_eq!(file.preview(&Mapping::new(), 2).unwrap().rows.len(), 1);
    assert_eq!(codes(&file.preview(&Mapping::new(), 1).unwrap().rows), ["A1"]);
}

#[test]
fn a_number_that_a_spreadsheet_shortened_is_told() {
    let (rows, report) = read("code\n1.23457E+11\n1E+2X\n", Format::Csv).unwrap();
    assert_eq!(codes(&rows), ["1.23457E+11", "1E+2X"]);
    let noticed = &report.notices[0];
    assert_eq!((&noticed.notice, noticed.first_row, noticed.rows), (&Notice::LooksShortened, 2, 1));
}

// --- bounds

/// A stream that is made as it is read, so that whoever keeps it must have the memory for it.
struct Stream {
    head: &'static [u8],
    again: &'static [u8],
    bytes: u64,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(buffer);
        }
        let most = usize::try_from(self.bytes).unwrap_or(usize::MAX).min(buffer.len());
        for chunk in buffer[..most].chunks_mut(self.again.len()) {
            chunk.copy_from_slice(&self.again[..chunk.len()]);
        }
        // Whole repetitions, so that the next chunk begins with one.
        let whole = most - most % self.again.len();
        let read = if whole == 0 { most } else { whole };
        self.bytes -= read as u64;
        Ok(read)
    }
}

#[test]
fn a_row_without_an_end_is_read_through_a_bounded_buffer() {
    let stream = |head, again| Stream { head, again, bytes: 16 << 20 };
    let mapping = Mapping::new();
    let mut rows = Rows::of_text(stream(b"code\nA1\n", b"x"), false, &mapping).unwrap();
    assert_eq!(codes(&[rows.next().unwrap().unwrap()]), ["A1"]);
    assert_eq!(rows.next().unwrap().unwrap().result, Err(RowFault::RowTooLong));
    assert!(rows.next().is_none());
    let mut rows = Rows::of_text(stream(b"code\nA1\n", b",,,,,,,,"), false, &mapping).unwrap();
    let row = rows.nth(1).unwrap().unwrap();
    assert_eq!((row.number, row.result), (3, Err(RowFault::TooManyCells { found: 257, allowed: 256 })));
    let mut rows = Rows::of_text(stream(b"code\nA1\n\"", b"lines\n"), false, &mapping).unwrap();
    let error = rows.nth(1).unwrap().unwrap_err();
    assert!(matches!(error, FileError::QuoteNotClosed { row: 3 }), "{error}");
    assert!(rows.next().is_none());
}

#[test]
fn a_million_rows_are_read_from_a_stream_one_by_one() {
    let again = b"20-OFF_xy/7;2026-09-30;5\n";
    let stream = Stream { head: b"code;expires_at;limit\n", again, bytes: again.len() as u64 * 1_000_000 };
    let mut rows = Rows::of_text(stream, false, &Mapping::new()).unwrap();
    let last = rows.by_ref().map(Result::unwrap).last().unwrap();
    assert_eq!(last.number, 1_000_001);
    assert_eq!(rows.report().good, 1_000_000);
}

#[test]
fn a_quote_at_the_end_is_not_lost() {
    for file in ["code\n\"", "code\nA1\n\"A2", "code\nA1\n\"A2\"\"\n"] {
        assert!(matches!(read(file, Format::Csv), Err(FileError::QuoteNotClosed { .. })), "{file:?}");
    }
    assert_eq!(codes(&csv("code\n\"A2\"")), ["A2"]);
}

#[test]
fn a_file_that_fails_in_the_middle() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let failing = (&b"code\n"[..]).chain(Stream { head: b"", again: b"A1\n", bytes: 300_000 }).chain(Fails);
    let mut rows = Rows::of_text(failing, false, &Mapping::new()).unwrap();
    let error = rows.by_ref().find_map(Result::err).unwrap();
    assert!(error.retryable(), "{error}");
    assert!(rows.next().is_none());
}

// --- workbooks

#[test]
fn a_workbook_gives_what_a_csv_gives() {
    let sheet = workbook(|sheet| {
        for (column, name) in (0..).zip(["code", "expires_at", "limit", "customer"]) {
            sheet.write_string(2, column, name).unwrap();
        }
        sheet.write_string(4, 0, " 20-OFF_ąć/7 ").unwrap();
        sheet.write_string(4, 1, "2026-09-30").unwrap();
        sheet.write_number(4, 2, 5).unwrap();
        sheet.write_string(5, 0, "B2").unwrap();
        sheet.write_string(5, 3, "kim").unwrap();
    });
    let text = "\n\ncode,expires_at,limit,customer\n\n20-OFF_ąć/7,2026-09-30,5,\nB2,,,kim\n";
    assert_eq!(read(sheet, Format::Xlsx).unwrap().0, csv(text));
}

#[test]
fn what_a_sheet_made_of_a_code_is_told() {
    let day = Look::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook(|sheet| {
        sheet.write_string(0, 0, "code").unwrap();
        sheet.write_number(1, 0, 12).unwrap();
        sheet.write_number(2, 0, 120_000_000_000_f64).unwrap();
        sheet.write_number(3, 0, 1.2e15).unwrap();
        sheet.write_number(4, 0, 12.5).unwrap();
        sheet.write_boolean(5, 0, true).unwrap();
        sheet.write_with_format(6, 0, ExcelDateTime::from_ymd(2026, 3, 1).unwrap(), &day).unwrap();
        sheet.write_formula(7, 0, rust_xlsxwriter::Formula::new("\"A\"&1").set_result("A1")).unwrap();
        sheet.write_string(8, 0, "=1+1").unwrap();
    });
    let (rows, report) = read(sheet, Format::Xlsx).unwrap();
    assert_eq!(codes(&rows), ["12", "120000000000", "A1", "=1+1"]);
    let expected = [
        (
            4,
            "`code` is a number with more digits than a sheet keeps (`1200000000000000`), which is not what was typed: format the column as text",
        ),
        (
            5,
            "`code` is a number with a fraction (`12.5`), which is not what was typed: format the column as text",
        ),
        (6, "`code` is a truth value (`TRUE`), which is not what was typed: format the column as text"),
        (7, "`code` is a date (`2026-03-01`), which is not what was typed: format the column as text"),
    ];
    assert_eq!(faults(&rows), expected.map(|(number, why)| (number, why.to_owned())));
    let noticed = &report.notices[0];
    assert_eq!((&noticed.notice, noticed.first_row, noticed.rows), (&Notice::NumberAsCode, 2, 2));
}

#[test]
fn times_of_a_sheet() {
    let look = Look::new().set_num_format("yyyy-mm-dd hh:mm");
    let sheet = workbook(|sheet| {
        sheet.write_string(0, 0, "code").unwrap();
        sheet.write_string(0, 1, "expires_at").unwrap();
        let day = ExcelDateTime::from_ymd(2026, 9, 30).unwrap();
        for (row, time) in (1..).zip([day.clone(), day.and_hms(17, 30, 0).unwrap()]) {
            sheet.write_string(row, 0, "A").unwrap();
            sheet.write_with_format(row, 1, &time, &look).unwrap();
        }
        sheet.write_string(3, 0, "A").unwrap();
        sheet.write_number(3, 1, 46_295).unwrap();
    });
    let (rows, _) = read(sheet, Format::Xlsx).unwrap();
    let ends: Vec<_> = rows[..2].iter().map(|row| line(row).expires_at.unwrap().to_string()).collect();
    assert_eq!(ends, ["2026-09-30", "2026-09-30T17:30:00"]);
    assert_eq!(rows[2].result.as_ref().unwrap_err().code(), "not_a_time");
}

#[test]
fn only_the_first_visible_sheet_is_read() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_hidden(true).write_string(0, 0, "nothing").unwrap();
    for name in ["Codes", "Notes"] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        sheet.write_string(0, 0, "code").unwrap().write_string(1, 0, name).unwrap();
    }
    workbook.worksheet_from_index(1).unwrap().set_active(true);
    let (rows, report) = read(workbook.save_to_buffer().unwrap(), Format::Xlsx).unwrap();
    assert_eq!(codes(&rows), ["Codes"]);
    assert_eq!(report.notices[0].notice.to_string(), "only the sheet `Codes` was read");
}

#[test]
fn workbooks_that_are_none() {
    for file in [&b""[..], b"PK", b"code\nA1\n", &[0xD0, 0xCF, 0x11, 0xE0, 0, 0], &one_code()[..900]] {
        let error = read(file, Format::Xlsx).unwrap_err();
        assert!(matches!(error, FileError::NotAWorkbook(_)), "{error}");
    }
    let empty = workbook(|_| {});
    assert!(matches!(read(empty, Format::Xlsx), Err(FileError::Empty)));
}

#[test]
fn workbooks_that_ask_for_too_much() {
    let shared = |xml: &str| with_part(&one_code(), "xl/sharedStrings.xml", xml.as_bytes());
    let cell = "<t>".to_owned() + &"x".repeat(1_000) + "</t>";
    let bombs = [
        ("the number of shared texts", shared(r#"<sst uniqueCount="99999999999999"></sst>"#)),
        ("the number of shared texts", shared(&format!("<sst>{}</sst>", "<si/>".repeat(2_100_000)))),
        (
            "the unpacked size of the shared texts in bytes",
            shared(&format!("<sst>{}</sst>", " ".repeat(101 << 20))),
        ),
        (
            "the length of a text in bytes",
            sheet_of(&format!("<row><c t=\"inlineStr\"><is><t>{}", "x".repeat(300_000))),
        ),
        (
            "the size of a cell in bytes",
            sheet_of(&format!("<row><c t=\"inlineStr\"><is>{}", cell.repeat(1_000))),
        ),
        ("the length of a tag in bytes", sheet_of(&format!("<row x=\"{}\"/>", "x".repeat(10_000)))),
        ("the depth of a sheet's XML", sheet_of(&"<a>".repeat(100))),
        (
            "the unpacked size of a part besides the sheets in bytes",
            with_part(&one_code(), "xl/other.xml", &vec![b' '; 17 << 20]),
        ),
    ];
    for (what, bomb) in bombs {
        match read(bomb, Format::Xlsx) {
            Err(FileError::TooLarge { what: found, .. }) => assert_eq!(found, what),
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn a_directory_that_lies_about_a_size_is_not_believed() {
    let honest = shared_bomb();
    let mut lying = honest.clone();
    let size = u32::try_from(100_u64 << 20).unwrap().to_le_bytes();
    let places: Vec<usize> = (0..lying.len() - 4).filter(|at| lying[*at..*at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    for file in [honest, lying] {
        let error = read(file, Format::Xlsx).unwrap_err();
        assert!(matches!(error, FileError::TooLarge { .. } | FileError::NotAWorkbook(_)), "{error}");
    }
}

/// Shared texts of 100 MiB, packed into a few kilobytes.
fn shared_bomb() -> Vec<u8> {
    let bomb = with_part(&one_code(), "xl/sharedStrings.xml", &vec![b' '; 100 << 20]);
    assert!(bomb.len() < 200_000);
    bomb
}

#[test]
fn sheets_that_no_spreadsheet_writes() {
    let sheets = [
        "<row><c><!-- a comment --></c></row>",
        "<row><c r=\"A1\"><v>1</c></row>",
        "<definedName name=\"x\">y</definedName>",
        "<?xml version=\"1.0\"?>",
        "<row><c r=\"A0\"><v>1</v></c></row>",
        "<row><c r=\"ZZZZZZZZZZZZ99999999999\"><v>1</v></c></row>",
        "<row><c t=\"s\"><v>99</v></c></row>",
        "<row><c t=\"x\"><v>99</v></c></row>",
        "\0",
    ];
    for sheet in sheets {
        let result = read(sheet_of(sheet), Format::Xlsx);
        assert!(matches!(result, Err(FileError::NotAWorkbook(_) | FileError::Empty)), "{sheet}: {result:?}");
    }
    let backwards = r#"<row><c r="A1" t="str"><v>code</v></c></row><row><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>"#;
    assert_eq!(read(sheet_of(backwards), Format::Xlsx).unwrap().0[0].result, Err(RowFault::CellsOutOfOrder));
}

// --- what is written is read again

fn written(lines: &[CodeLine], format: Format) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file, format).unwrap();
    for line in lines {
        writer.write(Exported { line, state: "unassigned" }).unwrap();
    }
    writer.finish().unwrap();
    file
}

#[test]
fn formulas_are_neutralised_and_read_as_they_were() {
    let all = ["=cmd|' /C calc'!A0", "+1", "-10OFF", "@SUM(A1)", "'=1", "''-x", "'tis", "x=1"];
    let lines = all.map(|code| CodeLine { code: code.into(), ..CodeLine::default() });
    let file = String::from_utf8(written(&lines, Format::Csv)).unwrap();
    for line in file.lines().skip(1) {
        assert!(!line.trim_start_matches('"').starts_with(['=', '+', '-', '@']), "{line}");
    }
    for format in [Format::Csv, Format::Txt, Format::Xlsx] {
        assert_eq!(codes(&read(written(&lines, format), format).unwrap().0), all, "{format:?}");
    }
}

#[test]
fn a_file_of_no_codes_has_a_header() {
    for format in [Format::Csv, Format::Txt, Format::Xlsx] {
        assert_eq!(read(written(&[], format), format).unwrap().1.rows, 0);
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let tricky = "[\"',;=+@_xA0-9 \\-]{1,12}";
    let text = prop_oneof!["\\PC{1,40}", "[A-Z0-9]{4,16}", tricky, Just("_x0041_".to_owned())];
    let text = text.prop_map(|text| text.trim().to_owned());
    text.prop_filter("a code has something to see", |text| {
        !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)
    })
}

fn any_line() -> impl Strategy<Value = CodeLine> {
    let time = prop_oneof![Just("2026-03-31"), Just("2026-03-31T12:00:00"), Just("2026-03-31T12:00:00Z")];
    let times = (prop::option::of(time.clone()), prop::option::of(time));
    let numbers = (prop::option::of(1_u32..), prop::option::of(0_u32..));
    (any_text(), times, numbers, prop::option::of(any_text())).prop_map(
        |(code, times, (limit, used), customer)| {
            let when = |text: Option<&str>| text.map(|text| text.parse().unwrap());
            CodeLine {
                code: code.into(),
                starts_at: when(times.0),
                expires_at: when(times.1),
                limit,
                used: used.map(|used| used.min(limit.unwrap_or(u32::MAX))),
                customer: customer.map(Into::into),
            }
        },
    )
}

fn any_format() -> impl Strategy<Value = Format> {
    prop_oneof![Just(Format::Csv), Just(Format::Txt), Just(Format::Xlsx)]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(lines in prop::collection::vec(any_line(), 0..8), format in any_format()) {
        let (rows, report) = read(written(&lines, format), format).unwrap();
        let read: Vec<_> = rows.into_iter().map(|row| row.result.unwrap()).collect();
        prop_assert_eq!(read, lines);
        prop_assert!(report.is_clean());
    }

    #[test]
    fn no_bytes_make_it_panic(
        head in prop::sample::select(&["", "code;limit\n", "\u{feff}code\r"][..]),
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"\",;\r\n\t= A1"[..])], 0..200),
        format in any_format(),
    ) {
        let file = [head.as_bytes(), &bytes].concat();
        if let Ok((rows, report)) = read(file, format) {
            prop_assert_eq!(report.rows, rows.len() as u64);
            prop_assert!(rows.windows(2).all(|pair| pair[0].number <= pair[1].number));
        }
    }

    #[test]
    fn no_workbook_makes_it_panic(at in any::<prop::sample::Index>(), change in prop::collection::vec(any::<u8>(), 1..20)) {
        let mut file = one_code();
        let at = at.index(file.len() - change.len());
        file[at..at + change.len()].copy_from_slice(&change);
        let _ = read(file, Format::Xlsx);
    }

    #[test]
    fn no_sheet_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(&[
        "<row>", "<row r=\"2\">", "</row>", "<row/>", "<c>", "<c r=\"A1\" t=\"s\">", "<c r=\"B9\" t=\"inlineStr\">", "</c>", "<v>",
        "</v>", "<is>", "</is>", "<t>", "</t>", "<f>", "</f>", "code", "0", "1e300", "&amp;", "&x;", "<x:c t='d'>", "</x:c>", "-1",
    ][..]), 0..30)) {
        let _ = read(sheet_of(&pieces.concat()), Format::Xlsx);
    }
}
