//! The parts of `docs/reference` that a program writes: held to what it would write today.
//!
//! `UPDATE_REFERENCE=1 cargo nextest run -p tearline --test reference` renews them.

#[expect(dead_code, reason = "the reference needs a part of it")]
#[path = "../cases/case.rs"]
mod case;
#[path = "../cases/compare.rs"]
mod compare;
mod compared;
mod expressions;
mod json;
mod kept;
#[expect(dead_code, reason = "the vectors need a part of it")]
#[path = "../cases/library.rs"]
mod library;
mod pages;
mod vectors;

use std::path::{Path, PathBuf};

/// A place in the repository.
fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

#[test]
fn the_test_vectors_are_current() {
    kept::hold("docs/reference/vectors", "json", &vectors::files());
}

#[test]
fn the_pages_of_benefits_are_current() {
    kept::hold("docs/reference/benefits", "md", &pages::family(&pages::BENEFITS));
}

#[test]
fn the_pages_of_conditions_are_current() {
    kept::hold("docs/reference/conditions", "md", &pages::family(&pages::CONDITIONS));
}

#[test]
fn the_pages_of_documents_are_current() {
    kept::hold("docs/reference/documents", "md", &pages::documents());
}

#[test]
fn each_benefit_and_each_condition_has_worked_cases() {
    let few = [&pages::BENEFITS, &pages::CONDITIONS].into_iter().flat_map(pages::with_too_few_cases);
    assert_eq!(few.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_comparison_is_current() {
    kept::hold_file("docs/reference/compared.md", &compared::page());
}

#[test]
fn the_names_of_expressions_are_current() {
    kept::hold_file(expressions::PAGE, &expressions::page());
}

#[test]
fn what_the_page_of_expressions_shows_can_be_said() {
    assert_eq!(expressions::unsayable(), Vec::<String>::new());
}
