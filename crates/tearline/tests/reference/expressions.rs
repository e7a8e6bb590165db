//! The page of expressions: the names are those that the library knows, and what it shows can be said.

use std::fmt::Write as _;
use std::fs;

use tearline_pricing::expression::Expression;
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

/// What the page shows that cannot be said, neither by itself nor as a part of an expression.
pub(crate) fn unsayable() -> Vec<String> {
    let page = fs::read_to_string(place(PAGE)).unwrap();
    let outside_of_blocks = page.split("```").step_by(2).collect::<String>();
    let shown = outside_of_blocks.split('`').skip(1).step_by(2).map(|code| code.replace("\\|", "|"));
    let asks = |code: &String| {
        ["cart.", "customer.", "at.", "line.", "size("].iter().any(|start| code.starts_with(start))
    };
    shown.filter(asks).filter(|code| !is_sayable(code)).collect()
}

fn is_sayable(code: &str) -> bool {
    let wholes = [
        code.to_owned(),
        format!("{code} == {code}"),
        format!("{code}.size() >= 0"),
        format!("has({code}.a)"),
    ];
    let in_loops = wholes.iter().map(|whole| format!("cart.lines.all(line, {whole})"));
    wholes.iter().cloned().chain(in_loops).any(|text| Expression::compile(&text).is_ok())
}
