//! What conditions share that name several things.

use std::collections::BTreeSet;

use crate::conditions::Fault;
use crate::words::list;

/// What is wrong with a list of which one must fit: nothing in it, or something wrong with an item.
pub(crate) fn faults_of<T, M: Into<String>>(
    field: &'static str,
    items: &[T],
    fault: impl Fn(&T) -> Option<M>,
) -> Vec<Fault> {
    let empty = items.is_empty().then(|| (field.into(), "has nothing in it".to_owned()));
    empty.into_iter().chain(faults_in(field, items, fault)).collect()
}

/// What is wrong with the items of a list.
pub(crate) fn faults_in<T, M: Into<String>>(
    field: &'static str,
    items: &[T],
    fault: impl Fn(&T) -> Option<M>,
) -> Vec<Fault> {
    let faults = items.iter().enumerate().filter_map(|(place, item)| Some((place, fault(item)?)));
    faults.map(|(place, message)| (format!("{field}/{place}").into(), message.into())).collect()
}

/// What was found, each once: `autumn and spring`; in other words, if there is nothing.
pub(crate) fn some_of<'a>(found: impl Iterator<Item = &'a str>, nothing: &str) -> String {
    let found: BTreeSet<&str> = found.collect();
    if found.is_empty() { nothing.to_owned() } else { list(found, "and") }
}
