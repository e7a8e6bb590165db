//! JSON for people: a part that fits in a line stands in a line.

use serde_json::Value;

const WIDTH: usize = 130;

/// Writes a value down, with a newline at its end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Writes a value at an indent; `before` is how much stands before it in its line.
fn write(value: &Value, indent: usize, before: usize, text: &mut String) {
    let flat = flat(value);
    // A comma may follow.
    if indent > 0 && before + flat.len() < WIDTH || !is_container(value) {
        text.push_str(&flat);
        return;
    }
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    text.push(open);
    for (index, (key, part)) in parts(value).into_iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        let start = format!("{}{key}", " ".repeat(indent + 2));
        text.push_str(&start);
        write(part, indent + 2, start.len(), text);
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

fn is_container(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty())
        || value.as_object().is_some_and(|fields| !fields.is_empty())
}

/// The parts of a container, each with its key, if it has one.
fn parts(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, item)| (format!("\"{key}\": "), item)).collect(),
        _ => Vec::new(),
    }
}

fn flat(value: &Value) -> String {
    let parts: Vec<String> = parts(value).into_iter().map(|(key, part)| key + &flat(part)).collect();
    match value {
        Value::Array(_) => format!("[{}]", parts.join(", ")),
        Value::Object(_) => format!("{{{}}}", parts.join(", ")),
        plain => plain.to_string(),
    }
}

#[test]
fn what_fits_in_a_line_stands_in_a_line() {
    let value = serde_json::json!({"a": [1, 2], "b": {"c": "x".repeat(110), "d": "y".repeat(20)}, "e": []});
    let (x, y) = ("x".repeat(110), "y".repeat(20));
    assert_eq!(
        pretty(&value),
        format!(
            "{{\n  \"a\": [1, 2],\n  \"b\": {{\n    \"c\": \"{x}\",\n    \"d\": \"{y}\"\n  }},\n  \"e\": []\n}}\n"
        )
    );
}
