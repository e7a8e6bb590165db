//! Runs `tests/cases/**/*.yaml`, what a shop owner would say, worked out by hand: each case on every road to an
//! answer, each a test of its own.

mod case;
mod compare;
mod library;
mod roads;
#[expect(dead_code, reason = "the cases need a part of it")]
#[path = "../support/server.rs"]
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

use case::{Ask, Case, Step};
use roads::{Answerer, ROADS, Road};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = case::folder();
    let files = case::files(&folder);
    let mut trials = vec![there_are_cases(files.len()), wrong_figures_are_told()];
    for file in &files {
        let name = file.strip_prefix(&folder).expect("it was found in there").with_extension("");
        trials.extend(ROADS.iter().map(|road| trial(&name.display().to_string(), file.clone(), road)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Without it a folder that moved would look like success.
fn there_are_cases(count: usize) -> Trial {
    let check =
        move || if count > 0 { Ok(()) } else { Err(Failed::from("no case was found in tests/cases")) };
    Trial::test("there_are_cases", check)
}

fn wrong_figures_are_told() -> Trial {
    Trial::test("wrong_figures_are_told", || {
        let expected = json!({"totals": {"due": 1}, "codes": [], "shipping": null, "lines": [{"id": "a"}]});
        let quote = json!({"totals": {"due": 2}, "codes": [{}], "shipping": {}, "lines": []});
        assert_eq!(compare::differences(&expected, &quote).len(), 4);
        assert_eq!(compare::differences(&json!({"codes": [], "shipping": null}), &json!({})).len(), 0);
        Ok(())
    })
}

fn trial(name: &str, file: PathBuf, road: &'static Road) -> Trial {
    Trial::test(format!("{name}::{}", road.name), move || run(&file, road).map_err(Failed::from))
}

/// Runs all steps of a case, and tells everything that went otherwise than expected.
fn run(file: &Path, road: &Road) -> Result<(), String> {
    let case = Case::read(file)?;
    let answer = (road.open)(&case);
    let steps = case.steps.iter().filter(|step| (road.takes)(step));
    let asked = steps.flat_map(|step| step.asked().map(move |(ask, expected)| (step, ask, expected)));
    let told: Vec<String> =
        asked.filter_map(|(step, ask, expected)| complaint(step, ask, expected, &answer)).collect();
    if told.is_empty() {
        Ok(())
    } else {
        Err(format!("{}, {}\n{}", case.title, case.source, told.join("\n")))
    }
}

/// What went otherwise than expected in a step, and how its figures were worked out.
fn complaint(step: &Step, ask: Ask<'_>, expected: &Value, answer: &Answerer) -> Option<String> {
    let differences = match answer(step, ask) {
        Ok(found) => compare::differences(expected, &found),
        Err(error) => vec![error],
    };
    let told = || format!("{}\n  {}\n  sum: {}\n", step.title, differences.join("\n  "), step.sum);
    (!differences.is_empty()).then(told)
}
