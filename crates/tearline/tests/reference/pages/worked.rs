//! The worked cases, as the pages show them: as they are written.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::case::{self, Case};
use crate::pages::Family;

/// A case, and the text it is written in.
pub(crate) struct Worked {
    /// Its path in the folder of the cases.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) case: Case,
    /// The shop, as it is written.
    shop: String,
    pub(crate) steps: Vec<Shown>,
}

/// An order of a case, as it is written.
pub(crate) struct Shown {
    title: String,
    sum: String,
    yaml: String,
}

/// Every case.
pub(crate) fn all() -> Vec<Worked> {
    let folder = case::folder();
    let read = |file: std::path::PathBuf| {
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        let case = Case::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        Worked::new(name, case, &fs::read_to_string(&file).unwrap())
    };
    case::files(&folder).into_iter().map(read).collect()
}

/// The cases that are about a benefit or a condition: in the folder of its family, called like it, and with it.
pub(crate) fn own<'a>(worked: &'a [Worked], family: &Family, name: &str) -> Vec<&'a Worked> {
    let start = format!("{}/{}", family.folder, name.replace('_', "-"));
    let is_called = |case: &&Worked| {
        case.name.strip_prefix(&start).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('-'))
    };
    worked.iter().filter(is_called).filter(|case| case.uses(family, name)).collect()
}

impl Worked {
    fn new(name: String, case: Case, text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let shop = block(&lines, "shop:", 0);
        let starts: Vec<usize> =
            (0..lines.len()).filter(|&line| lines[line].starts_with("  - title:")).collect();
        let written = |place: usize, from: usize| {
            let to = starts.get(place + 1).copied().unwrap_or(lines.len());
            fields(&lines[from..to], 4)
        };
        let yaml: Vec<String> = if starts.is_empty() {
            vec![fields(&lines, 0)]
        } else {
            starts.iter().enumerate().map(|(place, &from)| written(place, from)).collect()
        };
        assert_eq!(yaml.len(), case.steps.len(), "{name}: `title` stands first in each step");
        let shown = case.steps.iter().zip(yaml).map(|(step, yaml)| {
            assert!(!step.sum.trim().is_empty(), "{name}, {}: the sum is missing", step.title);
            Shown { title: step.title.clone(), sum: step.sum.trim().to_owned(), yaml }
        });
        let steps = shown.collect();
        Self { name, title: case.title.clone(), shop, steps, case }
    }

    /// Every benefit or condition of a name in its promotions.
    pub(crate) fn parts(&self, family: &Family, name: &str) -> Vec<Value> {
        let mut parts = Vec::new();
        for document in &self.case.shop {
            find(document.get(family.folder).unwrap_or(&Value::Null), name, &mut parts);
        }
        parts
    }

    pub(crate) fn uses(&self, family: &Family, name: &str) -> bool {
        !self.parts(family, name).is_empty()
    }

    /// The case as a section of a page.
    pub(crate) fn section(&self) -> String {
        let mut page = format!("### {}\n\n```yaml\n{}```\n\n", self.title, self.shop);
        for Shown { title, sum, yaml } in &self.steps {
            if title.is_empty() {
                writeln!(page, "{sum}\n").unwrap();
            } else {
                writeln!(page, "**{title}.** {sum}\n").unwrap();
            }
            writeln!(page, "```yaml\n{yaml}```\n").unwrap();
        }
        page
    }
}

/// Finds benefits or conditions of a name in a list, and in lists inside.
fn find(value: &Value, name: &str, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, name, found)),
        Value::Object(fields) => {
            if fields.contains_key(name) {
                found.push(value.clone());
            }
            for inner in ["all", "any", "not"].iter().filter_map(|join| fields.get(*join)) {
                find(inner, name, found);
            }
        }
        _ => {}
    }
}

/// The lines of a field at an indent, with what stands below it.
fn block(lines: &[&str], field: &str, indent: usize) -> String {
    let start = format!("{}{field}", " ".repeat(indent));
    let Some(first) = lines.iter().position(|line| line.starts_with(&start)) else { return String::new() };
    let is_below = |line: &&&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
    let rest = lines[first + 1..].iter().take_while(is_below);
    std::iter::once(&lines[first])
        .chain(rest)
        .map(|line| line.get(indent..).unwrap_or("").to_owned() + "\n")
        .collect()
}

/// What an order is given and what it must cost.
fn fields(lines: &[&str], indent: usize) -> String {
    ["cart:", "facts:", "expect:"].iter().map(|field| block(lines, field, indent)).collect()
}
