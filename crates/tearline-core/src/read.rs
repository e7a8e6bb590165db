//! Reading JSON values into types, with the place of what is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// What is wrong in a JSON text or value, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}", pointer = if pointer.is_empty() { "(top)" } else { pointer.as_str() })]
pub struct ReadFault {
    /// The place, as a JSON pointer: `/lines/3/quantity`.
    pub pointer: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// Reads a JSON text.
///
/// # Errors
///
/// The first thing that does not fit the type, or is not JSON.
///
/// ```
/// use tearline_pricing::cart::Cart;
/// let fault = tearline_core::read::from_slice::<Cart>(br#"{"currency": "USD", "lines": [{"id": "a", "qty": 1}]}"#).unwrap_err();
/// assert_eq!(fault.pointer, "/lines/0/qty");
/// assert!(fault.message.starts_with("unknown field `qty`"));
/// ```
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> Result<T, ReadFault> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| fault(&error))?;
    deserializer.end().map_err(|error| ReadFault { pointer: String::new(), message: error.to_string() })?;
    Ok(value)
}

/// Reads a JSON value.
///
/// # Errors
///
/// The first thing that does not fit the type.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, ReadFault> {
    serde_path_to_error::deserialize(value).map_err(|error| fault(&error))
}

fn fault(error: &serde_path_to_error::Error<serde_json::Error>) -> ReadFault {
    let message = error.inner().to_string();
    ReadFault { pointer: pointer(error.path(), &message), message: with_advice(message) }
}

fn pointer(path: &Path, message: &str) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { variant } => push(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    // The place of a field that nobody knows is the field.
    if let Some(field) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
        let place = format!("/{}", escape(field));
        if !pointer.ends_with(&place) {
            pointer.push_str(&place);
        }
    }
    pointer
}

/// Appends a step to a JSON pointer.
pub(crate) fn push(pointer: &mut String, step: &str) {
    pointer.push('/');
    pointer.push_str(&escape(step));
}

fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

fn with_advice(message: String) -> String {
    let number_for_text = message.starts_with("invalid type:")
        && message.contains("expected a string")
        && ["integer", "floating point", "boolean"].iter().any(|kind| message.contains(kind));
    if number_for_text { format!("{message}; put it in quotes") } else { in_plain_words(message) }
}

/// Replaces the names of types by what they hold.
fn in_plain_words(message: String) -> String {
    let Some((found, expected)) = message.split_once(", expected ") else { return message };
    let (expected, place) = expected.find(" at line ").map_or((expected, ""), |at| expected.split_at(at));
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
    format!("{found}, expected {allowed}{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_as_what_they_hold() {
        let told = |message: &str| with_advice(message.to_owned());
        assert_eq!(
            told("invalid value: integer `-1`, expected u32 at line 1 column 9"),
            "invalid value: integer `-1`, expected a whole number from 0 to 4294967295 at line 1 column 9"
        );
        assert_eq!(
            told("invalid type: sequence, expected struct Promotion"),
            "invalid type: sequence, expected an object"
        );
        assert_eq!(told("unknown field `x`, expected `y`"), "unknown field `x`, expected `y`");
    }
}
