//! Texts that a spreadsheet would run as a formula.
//!
//! A cell of a CSV file that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet, whoever wrote it: an
//! exported code or customer's name could call out of the owner's machine. Such a text is written with an
//! apostrophe before it, and read without.
//!
//! One that has apostrophes already gets one more, so that what is written is read as it was. The price: of a
//! code of a stranger's file that truly begins with `'=`, the apostrophe is lost.

use std::borrow::Cow;

/// A text as a spreadsheet shows it and does not run it.
///
/// ```text
/// -10OFF -> '-10OFF    '=1 -> ''=1    'tis -> 'tis
/// ```
pub(super) fn neutralised(text: &str) -> Cow<'_, str> {
    if is_formula(text.trim_start_matches('\'')) { format!("'{text}").into() } else { text.into() }
}

/// For a cell that is text by its own account, and where only what [`undone`] would take needs help.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with('\'') { neutralised(text) } else { text.into() }
}

/// The text that was neutralised.
pub(super) fn undone(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}
