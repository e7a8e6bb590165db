//! What `docs/reference/codes.md` says of codes is so.

#![expect(clippy::disallowed_methods, reason = "the page is a file")]

use std::fs;

use serde_json::json;
use tearline_core::codes::{Alphabet, CodeForm, CouldBe};

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/codes.md")).unwrap()
}

/// The rows of the table under this head, as cells without marks.
fn table(head: &str) -> Vec<Vec<String>> {
    let page = page();
    let rows = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells =
        |row: &str| row.split('|').map(|cell| cell.replace(['`', ','], "").trim().to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "{head}");
    rows
}

#[test]
fn the_codes_are_codes_of_their_patterns() {
    for row in table("| pattern | a code |") {
        let form: CodeForm = serde_json::from_value(json!({"pattern": row[1]})).unwrap();
        assert_eq!(form.could_be(&row[2]), CouldBe::Yes, "{row:?}");
    }
}

#[test]
fn the_alphabets_have_these_symbols() {
    for row in table("| alphabet | symbols |").iter().filter(|row| !row[1].starts_with('{')) {
        let alphabet: Alphabet = serde_json::from_value(json!(row[1])).unwrap();
        assert_eq!(alphabet.size().to_string(), row[2]);
        assert_eq!(row[3].split(':').next(), Some(alphabet.symbols()));
    }
}

#[test]
fn so_many_codes_may_be_issued() {
    for row in table("| random symbols of `clear` |") {
        let pattern = "#".repeat(row[1].parse().unwrap());
        let form: CodeForm = serde_json::from_value(json!({"pattern": pattern})).unwrap();
        assert_eq!((form.places().to_string(), form.cap().to_string()), (row[2].clone(), row[3].clone()));
    }
}

#[test]
fn the_worked_check_character_is_right() {
    let form: CodeForm =
        serde_json::from_value(json!({"pattern": "####", "check": true, "guessable": true})).unwrap();
    assert_eq!([form.could_be("693E"), form.could_be("963E")], [CouldBe::Yes, CouldBe::TypingError]);
}
