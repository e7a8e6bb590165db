//! The reference pages: what each benefit, each condition and each kind of document says, from the declarations
//! that the program reads them by, and from the worked cases.

pub(crate) mod api;
mod choices;
pub(crate) mod flow;
mod words;
mod worked;

use std::fmt::Write as _;

use tearline_pricing::texts::Key;

use crate::kept::Files;
use api::{Api, Field, sentence};
pub(crate) use words::in_cell;
use worked::Worked;

/// At the top of every page: whoever edits it by hand should know.
pub(crate) const MARK: &str =
    "<!-- Written from the declarations and the cases; see CONTRIBUTING.md before you edit. -->\n";

/// How many worked cases each benefit and each condition has at least.
const CASES_MIN: usize = 5;

/// A family of things that a promotion names: benefits, or conditions.
pub(crate) struct Family {
    /// Its schema.
    pub(crate) schema: &'static str,
    /// Its list in a promotion, and its folder, of the pages and of the cases.
    pub(crate) folder: &'static str,
    title: &'static str,
    about: &'static str,
}

pub(crate) const BENEFITS: Family = Family {
    schema: "Benefit",
    folder: "benefits",
    title: "Benefits",
    about: "What a promotion gives. A promotion has one or several, and gives all of them.",
};

pub(crate) const CONDITIONS: Family = Family {
    schema: "Condition",
    folder: "conditions",
    title: "Conditions",
    about: "What a cart must be like for a promotion to apply. A promotion asks all of its conditions; `all`, `any` \
            and `not` join them otherwise.",
};

/// The kinds of documents, and what several of them share.
const DOCUMENTS: &[(&str, &str)] = &[
    ("shop", "Shop"),
    ("price_list", "PriceList"),
    ("pool", "Pool"),
    ("event", "Event"),
    ("promotion", "Promotion"),
    ("items", "Selector"),
];

/// The pages of a family, with their index.
pub(crate) fn family(family: &Family) -> Files {
    let api = Api::read();
    let worked = worked::all();
    let members = api.members(family.schema);
    let mut files: Files = members
        .iter()
        .map(|(name, about)| {
            let own = worked::own(&worked, family, name);
            (format!("{name}.md"), page(&api, family, name, about, &own, &worked))
        })
        .collect();
    files.insert("README.md".to_owned(), index(family, &members, &worked));
    files
}

/// Those of a family that have too few worked cases.
pub(crate) fn with_too_few_cases(family: &Family) -> Vec<String> {
    let worked = worked::all();
    let count =
        |name: &str| worked::own(&worked, family, name).iter().map(|case| case.steps.len()).sum::<usize>();
    let few = |(name, _): (String, String)| {
        let found = count(&name);
        (found < CASES_MIN).then(|| format!("{} {name} has {found} worked cases", family.schema))
    };
    Api::read().members(family.schema).into_iter().filter_map(few).collect()
}

fn index(family: &Family, members: &[(String, String)], worked: &[Worked]) -> String {
    let mut page = format!(
        "{MARK}# {}\n\n{}\n\n| name | what it is | worked cases |\n|---|---|---|\n",
        family.title, family.about
    );
    for (name, about) in members {
        let steps: usize = worked::own(worked, family, name).iter().map(|case| case.steps.len()).sum();
        writeln!(page, "| [`{name}`]({name}.md) | {} | {steps} |", about.trim_end_matches('.')).unwrap();
    }
    page.push_str(
        "\nA page lists the fields in the order in which a form shows them, each under the words that the form \
         shows. The arithmetic of all of them together is in [arithmetic.md](../arithmetic.md).\n",
    );
    page
}

fn page(api: &Api, family: &Family, name: &str, about: &str, own: &[&Worked], worked: &[Worked]) -> String {
    let mut page = format!("{MARK}# {name}\n\n{about}\n\n");
    match api.fields_of_member(family.schema, name) {
        Some(schema) => {
            writeln!(page, "{}\n", sentence(api.description(&schema))).unwrap();
            page.push_str("## Fields\n\n");
            page.push_str(&tables(api, &schema));
        }
        None => match api.about_fieldless(family.schema, name) {
            Some(about) => writeln!(page, "{about}\n\nIt has no fields: write `{name}: {{}}`.\n").unwrap(),
            None => writeln!(page, "`{name}:` {}.\n", api.allowed_of_member(family.schema, name)).unwrap(),
        },
    }
    page.push_str(&words::section(family, name, own));
    page.push_str("## Worked cases\n\n");
    page.extend(own.iter().map(|case| case.section()));
    let elsewhere: Vec<&Worked> = worked
        .iter()
        .filter(|case| case.uses(family, name) && !own.iter().any(|it| it.name == case.name))
        .collect();
    if !elsewhere.is_empty() {
        page.push_str("## Seen also in\n\n");
        for case in elsewhere {
            writeln!(page, "- [{}](../../../tests/cases/{})", case.title, case.name).unwrap();
        }
    }
    page.trim_end().to_owned() + "\n"
}

/// A table of a schema's fields, and then those of the schemas that stand in them.
fn tables(api: &Api, schema: &str) -> String {
    let mut page = table(&api.fields(schema));
    for inner in api.inner(schema) {
        write!(page, "### {}\n\n{}\n\n", api::heading(&inner), sentence(api.description(&inner))).unwrap();
        page.push_str(&table(&api.fields(&inner)));
    }
    page
}

fn table(fields: &[Field]) -> String {
    let mut page =
        "| field | the form shows | what may stand there | left out |\n|---|---|---|---|\n".to_owned();
    for Field { name, label, help, allowed, left_out } in fields {
        let help = if help.is_empty() { String::new() } else { format!("<br>{help}") };
        writeln!(page, "| `{name}` | **{label}**{help} | {allowed} | {left_out} |").unwrap();
    }
    page.push('\n');
    page
}

/// The pages of the kinds of documents.
pub(crate) fn documents() -> Files {
    let api = Api::read();
    let page = |&(name, schema): &(&str, &str)| {
        let text =
            format!("{MARK}# {name}\n\n{}\n\n{}", sentence(api.description(schema)), tables(&api, schema));
        (format!("{name}.md"), text.trim_end().to_owned() + "\n")
    };
    DOCUMENTS.iter().map(page).chain([("texts.md".to_owned(), texts())]).collect()
}

/// The page of what a shop says to its customers.
fn texts() -> String {
    let mut page = format!(
        "{MARK}# texts\n\nWhat a shop says to its customers in one language: in `texts` of a promotion for that one, in \
         `texts` of the shop for all of them. How the language is chosen, and how figures are written, stands in \
         [Translate a promotion](../../guides/translate-a-promotion.md).\n\n\
         | text | said when | figures | in English |\n|---|---|---|---|\n"
    );
    for key in Key::ALL {
        let figures: Vec<String> = key.figures().iter().map(|figure| format!("`{{{figure}}}`")).collect();
        let ours = if key.english().is_empty() { "–".to_owned() } else { format!("`{}`", key.english()) };
        let (name, about, figures) = (key.name(), key.about().trim_end_matches('.'), figures.join(", "));
        writeln!(page, "| `{name}` | {about} | {figures} | {ours} |").unwrap();
    }
    page
}
