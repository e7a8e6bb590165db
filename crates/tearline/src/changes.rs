//! Changes of documents, as people read them: `+` new, `~` changed, `-` gone.

use std::fmt::Display;

use tearline_core::plan::{Action, Change, Difference};

/// The lines of a planned change, with what a promotion says then; none where the document is as asked already.
pub(crate) fn planned(change: &Change, sentence: Option<&str>) -> Vec<String> {
    match &change.action {
        Action::Keep => Vec::new(),
        Action::Create(_) => created(&change.key, sentence),
        Action::Delete { .. } => vec![deleted(&change.key)],
        Action::Update { differences, .. } => updated(&change.key, sentence, differences),
    }
}

pub(crate) fn created(key: &impl Display, sentence: Option<&str>) -> Vec<String> {
    std::iter::once(format!("+ {key}")).chain(sentence.map(said)).collect()
}

pub(crate) fn deleted(key: &impl Display) -> String {
    format!("- {key}")
}

pub(crate) fn updated(key: &impl Display, sentence: Option<&str>, differences: &[Difference]) -> Vec<String> {
    let places = differences.iter().map(|difference| format!("    {}", place(difference)));
    std::iter::once(format!("~ {key}")).chain(sentence.map(said)).chain(places).collect()
}

fn said(sentence: &str) -> String {
    format!("    {sentence}")
}

fn place(difference: &Difference) -> String {
    let Difference { pointer, from, to } = difference;
    match (from, to) {
        (Some(from), Some(to)) => format!("{pointer}: {from} → {to}"),
        (None, Some(to)) => format!("{pointer}: + {to}"),
        (Some(from), None) => format!("{pointer}: - {from}"),
        (None, None) => pointer.clone(),
    }
}
