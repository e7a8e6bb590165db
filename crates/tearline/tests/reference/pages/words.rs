//! The plain words that a benefit or a condition says, asked of the library.

use std::fmt::Write as _;

use serde_json::Value;
use tearline_core::read::from_value;
use tearline_pricing::benefits::Benefit;
use tearline_pricing::conditions::Condition;
use tearline_pricing::words::Vocabulary;

use crate::library;
use crate::pages::flow::flow;
use crate::pages::worked::Worked;
use crate::pages::{BENEFITS, Family};

/// Each of them in the cases, and what it says.
pub(crate) fn section(family: &Family, name: &str, own: &[&Worked]) -> String {
    let mut said: Vec<(String, String)> = Vec::new();
    for case in own {
        let snapshot = library::compile(&case.case.shop);
        let snapshot = snapshot.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for part in case.parts(family, name) {
            let row = (flow(&part), words(family, part, snapshot.vocabulary()));
            if !said.contains(&row) {
                said.push(row);
            }
        }
    }
    let mut page = "## In plain words\n\n| in the document | says |\n|---|---|\n".to_owned();
    for (document, words) in said {
        writeln!(page, "| `{}` | {} |", in_cell(&document), in_cell(&words)).unwrap();
    }
    page + "\n"
}

/// A text in a cell of a table, which a bar would end.
pub(crate) fn in_cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn words(family: &Family, part: Value, shop: &Vocabulary) -> String {
    if family.folder == BENEFITS.folder {
        from_value::<Benefit>(part).unwrap().words(shop)
    } else {
        from_value::<Condition>(part).unwrap().words(shop)
    }
}
