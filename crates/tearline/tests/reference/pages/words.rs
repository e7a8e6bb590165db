//! The plain words that a benefit or a condition says, asked of the program: a promotion with nothing else in it
//! is priced beside the others of a case, and the trace tells.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::library;
use crate::pages::flow::flow;
use crate::pages::worked::Worked;
use crate::pages::{BENEFITS, Family};

/// Each of them in the cases, and what it says.
pub(crate) fn section(family: &Family, name: &str, own: &[&Worked]) -> String {
    let mut said: Vec<(String, String)> = Vec::new();
    for case in own {
        for part in case.parts(family, name) {
            let words = if family.folder == BENEFITS.folder { gives(case, &part) } else { asks(case, &part) };
            let row = (flow(&part), words);
            if !said.contains(&row) {
                said.push(row);
            }
        }
    }
    let mut page = "## In plain words\n\n| in the document | says |\n|---|---|\n".to_owned();
    for (document, words) in said {
        writeln!(page, "| `{document}` | {words} |").unwrap();
    }
    page + "\n"
}

fn gives(case: &Worked, benefit: &Value) -> String {
    let told = probe(case, &json!({"benefits": [benefit]}));
    told["gives"].as_str().unwrap().to_owned()
}

/// One of a condition and its opposite is not met, and the refusal repeats it.
fn asks(case: &Worked, condition: &Value) -> String {
    let benefits = json!([{"percent_off": {"percent": 1}}]);
    let tries = [json!({"any": [condition]}), json!({"not": condition})];
    let told = tries.into_iter().find_map(|asked| {
        let told = probe(case, &json!({"conditions": [asked], "benefits": benefits}));
        Some(told.pointer("/because/condition")?.as_str()?.to_owned())
    });
    let told = told.unwrap_or_else(|| panic!("{}: nothing asks {condition}", case.name));
    let within = told.strip_prefix("not ").or_else(|| told.strip_prefix('(')?.strip_suffix(')'));
    within.unwrap_or(&told).to_owned()
}

/// What a trace tells of a promotion that is added to a case.
fn probe(case: &Worked, promotion: &Value) -> Value {
    let mut documents = case.case.shop.clone();
    let mut promotion = promotion.clone();
    promotion["kind"] = "promotion".into();
    promotion["id"] = "probe".into();
    documents.push(promotion);
    let quote =
        library::compile(&documents).and_then(|snapshot| library::price(&case.case.steps[0], &snapshot));
    let quote = quote.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let mut trace = quote["trace"].as_array().unwrap().iter();
    trace
        .find(|it| it["id"] == "probe")
        .unwrap_or_else(|| panic!("{}: it was not considered", case.name))
        .clone()
}
