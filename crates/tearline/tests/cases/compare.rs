//! What is expected against what was found: everything named must be there, what is not named does not matter.

use serde_json::Value;

/// Each difference, with its place.
pub(crate) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare("", expected, found, &mut differences);
    differences
}

fn compare(at: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(fields), Value::Object(found)) => {
            for (name, expected) in fields {
                // A quote leaves out what is empty.
                let left_out = if expected.is_array() { Value::Array(Vec::new()) } else { Value::Null };
                compare(&format!("{at}/{name}"), expected, found.get(name).unwrap_or(&left_out), differences);
            }
        }
        (Value::Array(items), Value::Array(found)) if items.len() == found.len() => {
            for (index, (expected, found)) in items.iter().zip(found).enumerate() {
                compare(&format!("{at}/{index}"), expected, found, differences);
            }
        }
        (expected, found) if expected == found => {}
        _ => differences.push(format!("{at}: expected {expected}, got {found}")),
    }
}
