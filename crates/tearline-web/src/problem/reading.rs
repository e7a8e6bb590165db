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
        ProblemKind::InvalidRequest => "the request cannot be carried out",
        _ => "the document cannot be written",
    }
}

impl From<ReadFault> for Fault {
    fn from(fault: ReadFault) -> Self {
        let code = code_of(&fault.message);
        Self::new(fault.pointer, code, fault.message)
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

#[cfg(test)]
mod tests {
    use super::*;

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
