//! Any text as documents: read or refused with a place, never a panic; and what was read is written back as the
//! same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tearline_core::document::Document;
use tearline_core::source::Sources;
use tearline_core::yaml;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    if sources.read("text", text).is_err() || sources.documents.is_empty() {
        return;
    }
    let values: Vec<_> = sources.documents.iter().map(Document::to_value).collect();
    let mut again = Sources::default();
    again.read("again", &yaml::write(&values)).expect("what is written can be read");
    assert_eq!(sources.documents, again.documents);
});
