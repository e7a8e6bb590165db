//! Bodies that cannot be read: what is wrong, in the words of whoever sent them.

use serde::de::IgnoredAny;
use tearline_core::read::ReadFault;

use crate::problem::{Fault, Problem, ProblemKind};

/// The problem of a body that did not become what it should: malformed if it is no JSON at all.
pub(crate) fn unreadable(kind: ProblemKind, body: &[u8], fault: ReadFault) -> Problem {
    match malformed(body) {
        Some(problem) => problem,
        None => Problem::new(kind, detail_of(kind)).with_errors(vec![fault.into()]),
    }
}

fn malformed(body: &[u8]) -> Option<Problem> {
    let what = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str::<IgnoredAny>(text).err()?.to_string(),
        Err(error) => format!("{error}: write it in UTF-8"),
    };
    Some(Problem::new(ProblemKind::MalformedBody, format!("the body is not JSON: {what}")))
}

pub(crate) fn detail_of(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::InvalidCart => "the cart cannot be priced",
        ProblemKind::InvalidEdit => "the cart cannot be edited",
        _ => "the document cannot be written",
    }
}

impl From<ReadFault> for Fault {
    fn from(fault: ReadFault) -> Self {
        let code = code_of(&fault.message);
        Self::new(fault.pointer, code, in_plain_words(fault.message))
    }
}

/// What is wrong, as a stable word.
pub(crate) fn code_of(message: &str) -> &'static str {
    let known = [
        ("unknown field", "unknown_field"),
        ("unknown variant", "unknown_value"),
        ("missing field", "missing_field"),
        ("duplicate field", "duplicate"),
        ("invalid type", "wrong_type"),
        ("invalid value", "out_of_range"),
        ("number out of range", "out_of_range"),
    ];
    known.into_iter().find(|(start, _)| message.starts_with(start)).map_or("invalid", |(_, code)| code)
}

/// Replaces the names of types by what they hold.
fn in_plain_words(message: String) -> String {
    let Some((found, expected)) = message.split_once("expected ") else { return message };
    let (expected, place) = expected.split_once(" at line ").unwrap_or((expected, ""));
    let allowed = match expected {
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "i32" => format!("a whole number from {} to {}", i32::MIN, i32::MAX),
        "u64" => format!("a whole number from 0 to {}", u64::MAX),
        "i64" => format!("a whole number from {} to {}", i64::MIN, i64::MAX),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        _ if expected.starts_with("struct ") => "an object".to_owned(),
        _ => return message,
    };
    let place = if place.is_empty() { String::new() } else { format!(" at line {place}") };
    format!("{found}expected {allowed}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_as_what_they_hold() {
        let message = "invalid value: integer `-1`, expected u32 at line 1 column 9".to_owned();
        let told = in_plain_words(message);
        assert_eq!(
            told,
            "invalid value: integer `-1`, expected a whole number from 0 to 4294967295 at line 1 column 9"
        );
        let told = in_plain_words("invalid type: sequence, expected struct Promotion".to_owned());
        assert_eq!(told, "invalid type: sequence, expected an object");
        assert_eq!(in_plain_words("unknown field `x`".to_owned()), "unknown field `x`");
    }

    #[test]
    fn what_is_no_json_is_malformed_and_what_is_of_another_form_is_not() {
        let fault = || ReadFault { pointer: String::new(), message: "invalid type".to_owned() };
        let kind = |body: &[u8]| unreadable(ProblemKind::InvalidCart, body, fault()).kind();
        assert_eq!(kind(b"{"), ProblemKind::MalformedBody);
        assert_eq!(kind(b""), ProblemKind::MalformedBody);
        assert_eq!(kind(b"\"\xff\""), ProblemKind::MalformedBody);
        assert_eq!(kind(b"[1]"), ProblemKind::InvalidCart);
    }
}
