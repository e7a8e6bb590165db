//! YAML in a line.

use serde_json::Value;

/// Writes a value as YAML in a line: `{percent_off: {percent: 10}}`.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| format!("{name}: {}", flow(field)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a text needs no quotes in a line, and is not read as something else.
fn is_plain(text: &str) -> bool {
    let is_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, ' ' | '.' | '_' | '-' | '/' | '%');
    let reads_otherwise =
        text.parse::<f64>().is_ok() || ["true", "false", "null", "~", "yes", "no"].contains(&text);
    text.starts_with(|it: char| it.is_ascii_alphanumeric()) && text.chars().all(is_word) && !reads_otherwise
}

#[test]
fn what_would_be_misread_is_quoted() {
    let value = serde_json::json!({"a": "15.00 USD", "b": ["12.5", 12, "x: y", "no"]});
    assert_eq!(flow(&value), r#"{a: 15.00 USD, b: ["12.5", 12, "x: y", "no"]}"#);
}
