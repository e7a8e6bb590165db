//! The names on the page of expressions: those that the library knows.

use std::fmt::Write as _;
use std::fs;

use tearline_pricing::expression::names::NAMES;

use crate::pages::in_cell;
use crate::place;

pub(crate) const PAGE: &str = "docs/reference/expressions.md";
const HEAD: &str = "| name | is | says | for example |\n|---|---|---|---|\n";

/// The page, with the table of names as it is today.
pub(crate) fn page() -> String {
    let page = fs::read_to_string(place(PAGE)).unwrap();
    let (before, rest) = page.split_once(HEAD).expect("the page has a table of names");
    let after = rest.find("\n\n").map_or("", |end| &rest[end..]);
    let mut table = String::new();
    for name in NAMES {
        let path = format!("{}.{}", name.object.word(), name.field);
        let (is, says, example) = (name.type_words(), name.says, in_cell(name.example));
        writeln!(table, "| `{path}` | {is} | {says} | `{example}` |").unwrap();
    }
    format!("{before}{HEAD}{}{after}", table.trim_end())
}
