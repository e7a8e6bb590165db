//! A file of codes read as codes, beside the bare `csv` crate reading the same bytes in the same run; and a workbook.

use std::fmt::Write as _;
use std::io::Cursor;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tearline_connect::code_files::{CodeFile, Exported, Format, Mapping, Rows, Writer};

const ROWS: usize = 200_000;

fn main() {
    divan::main();
}

/// Codes alone, or with all their terms.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Codes,
    Terms,
}

const SHAPES: [Shape; 2] = [Shape::Codes, Shape::Terms];

#[divan::bench(args = SHAPES)]
fn tearline_csv(bencher: Bencher<'_, '_>, shape: Shape) {
    let file = file(shape);
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::of_str(&file)).bench(|| {
        let mut rows = Rows::of_text(file.as_bytes(), false, &Mapping::new()).expect("the file has a header");
        assert!(rows.by_ref().all(|row| row.is_ok()));
        assert_eq!(rows.report().good, ROWS as u64);
    });
}

/// The floor: each row parted into cells, and nothing made of them.
#[divan::bench(args = SHAPES)]
fn bare_csv_crate(bencher: Bencher<'_, '_>, shape: Shape) {
    let file = file(shape);
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::of_str(&file)).bench(|| {
        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let mut record = csv::ByteRecord::new();
        let mut rows = 0;
        while reader.read_byte_record(&mut record).expect("the file is in memory") {
            rows += usize::from(!record.is_empty());
        }
        assert_eq!(rows, ROWS);
    });
}

/// A naive twin: rows of checked text, the code kept.
#[divan::bench(args = SHAPES)]
fn csv_crate_to_strings(bencher: Bencher<'_, '_>, shape: Shape) {
    let file = file(shape);
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::of_str(&file)).bench(|| {
        let mut reader = csv::Reader::from_reader(file.as_bytes());
        let codes = reader.records().map(|row| row.expect("the file is text")[0].trim().to_owned());
        assert_eq!(codes.filter(|code| !code.is_empty()).count(), ROWS);
    });
}

#[divan::bench(sample_count = 10, args = SHAPES)]
fn tearline_xlsx(bencher: Bencher<'_, '_>, shape: Shape) {
    let workbook = workbook(&file(shape));
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let mut file = CodeFile::open(Cursor::new(&workbook), Format::Xlsx).expect("it is a workbook");
        assert_eq!(file.rows(&Mapping::new()).expect("it has a header").count(), ROWS);
    });
}

fn file(shape: Shape) -> String {
    let mut file = match shape {
        Shape::Codes => "code\n".to_owned(),
        Shape::Terms => "code,starts_at,expires_at,limit,used,customer\n".to_owned(),
    };
    for number in 0..ROWS {
        let written = match shape {
            Shape::Codes => writeln!(file, "SPRING-{:08}", number * 7_919),
            Shape::Terms => writeln!(
                file,
                "SPRING-{:08},2026-03-01,2026-03-31T12:00:00Z,5,1,customer-{number}@example.org",
                number * 7_919
            ),
        };
        written.expect("a String takes all that is written");
    }
    file
}

/// The same rows as a workbook.
fn workbook(file: &str) -> Vec<u8> {
    let rows = Rows::of_text(file.as_bytes(), false, &Mapping::new()).expect("the file has a header");
    let lines = rows.map(|row| row.expect("the file is in memory").result.expect("every row is good"));
    let mut workbook = Vec::new();
    let mut writer = Writer::new(&mut workbook, Format::Xlsx).expect("a temporary file can be made");
    for line in lines {
        writer.write(Exported { line: &line, state: "unassigned" }).expect("the sheet has room");
    }
    writer.finish().expect("a Vec takes all that is written");
    workbook
}
