//! Any bytes as a file of codes: read or refused, never a panic; what was read is within bounds, and is read again
//! from what is written of it.
#![no_main]

use std::io::{Cursor, Write as _};
use std::panic;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use tearline_connect::code_files::{CodeFile, CodeLine, Exported, Format, Mapping, ROW_BYTES_MAX, Writer};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

static HOOK: Once = Once::new();

fuzz_target!(|data: &[u8]| {
    HOOK.call_once(let_calamine_panic);
    for format in [Format::Csv, Format::Txt] {
        let lines = read(data, format);
        assert_eq!(read(&written(&lines), Format::Csv), lines);
    }
    read(data, Format::Xlsx);
    if data.starts_with(b"<") {
        read(&workbook(data), Format::Xlsx);
    }
});

/// The program catches these panics and refuses the file; the fuzzer would stop at them before it can.
fn let_calamine_panic() {
    let ours = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let theirs = ["/calamine-", "/quick-xml-"];
        if !panic.location().is_some_and(|place| theirs.iter().any(|name| place.file().contains(name))) {
            ours(panic);
        }
    }));
}

fn read(data: &[u8], format: Format) -> Vec<CodeLine> {
    let Ok(mut file) = CodeFile::open(Cursor::new(data), format) else { return Vec::new() };
    let mapping = Mapping::new();
    let Ok(mut rows) = file.rows(&mapping) else { return Vec::new() };
    let read: Vec<_> = rows.by_ref().map_while(Result::ok).collect();
    let report = rows.report();
    assert_eq!(report.rows, read.len() as u64);
    assert_eq!(report.faulty(), report.faults.len() as u64 + report.faults_more);
    let lines: Vec<_> = read.into_iter().filter_map(|row| row.result.ok()).collect();
    for line in &lines {
        assert!(!line.code.is_empty() && line.code.len() < ROW_BYTES_MAX && line.code.trim() == line.code);
    }
    lines
}

fn written(lines: &[CodeLine]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file, Format::Csv).expect("a Vec takes all that is written");
    for line in lines {
        writer.write(Exported { line, state: "unassigned" }).expect("a Vec takes all that is written");
    }
    writer.finish().expect("a Vec takes all that is written");
    file
}

/// A workbook whose only sheet is this.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    const TYPE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(
            r#"<Relationships><Relationship Id="r" Type="{TYPE}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let book = r#"<workbook><sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>"#;
    let parts = [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml").into_bytes()),
        ("xl/workbook.xml", book.as_bytes().to_vec()),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/s.xml").into_bytes()),
        ("xl/worksheets/s.xml", sheet.to_vec()),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, part) in parts {
        archive.start_file(name, stored).expect("an archive in memory");
        archive.write_all(&part).expect("an archive in memory");
    }
    archive.finish().expect("an archive in memory").into_inner()
}
