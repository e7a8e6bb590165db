//! Documents as YAML: read with the line of everything, and written back.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, Yaml, YamlData, YamlEmitter};
use serde_json::{Map, Number, Value};

use crate::read::push;

/// The largest text that is read, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How deep a text may be nested.
pub const DEPTH_MAX: usize = 64;

/// A place in a text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// Why a text is not YAML that Tearline reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", place.line, place.column)]
pub struct YamlFault {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

/// A value with the place of everything in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The value.
    pub value: Value,
    places: BTreeMap<String, Place>,
}

impl Located {
    /// Where something stands, by its JSON pointer; of what is missing, the place of what should hold it.
    pub fn place(&self, pointer: &str) -> Place {
        let mut ways = std::iter::successors(Some(pointer), |pointer| Some(pointer.rsplit_once('/')?.0));
        ways.find_map(|pointer| self.places.get(pointer)).copied().unwrap_or(Place { line: 1, column: 1 })
    }

    /// The parts of a list, each with its places; of anything else, the whole.
    pub fn parts(self) -> Vec<Self> {
        let Value::Array(values) = self.value else { return vec![self] };
        let part = |(index, value): (usize, Value)| {
            let prefix = format!("/{index}");
            let own = self.places.iter().filter_map(|(pointer, place)| {
                let rest = pointer.strip_prefix(&prefix)?;
                (rest.is_empty() || rest.starts_with('/')).then(|| (rest.to_owned(), *place))
            });
            Self { value, places: own.collect() }
        };
        values.into_iter().enumerate().map(part).collect()
    }
}

/// Reads a text of one or several YAML documents; JSON is YAML too.
///
/// # Errors
///
/// What is no YAML, or nothing that JSON could say: a key that is no text, a tag of one's own.
///
/// ```
/// let read = tearline_core::yaml::read("kind: event\n---\nkind: promotion\nid: ten\n").unwrap();
/// assert_eq!((read.len(), read[1].place("/id").line), (2, 4));
/// ```
pub fn read(text: &str) -> Result<Vec<Located>, YamlFault> {
    let start = Place { line: 1, column: 1 };
    if text.len() > TEXT_BYTES_MAX {
        return Err(YamlFault { place: start, message: format!("is longer than {TEXT_BYTES_MAX} bytes") });
    }
    let loaded = MarkedYaml::load_from_str(text).map_err(|error| YamlFault {
        place: place(error.marker().line(), error.marker().col()),
        message: error.info().to_owned(),
    })?;
    let documents = loaded.iter().filter(|node| !is_empty(node));
    documents.map(locate).collect()
}

fn is_empty(node: &MarkedYaml<'_>) -> bool {
    matches!(node.data, YamlData::Value(Scalar::Null))
}

fn place(line: usize, column: usize) -> Place {
    Place { line, column: column + 1 }
}

fn locate(node: &MarkedYaml<'_>) -> Result<Located, YamlFault> {
    let mut reader = Reader { places: BTreeMap::new(), pointer: String::new() };
    let value = reader.value(node, 0)?;
    Ok(Located { value, places: reader.places })
}

struct Reader {
    places: BTreeMap<String, Place>,
    pointer: String,
}

impl Reader {
    fn value(&mut self, node: &MarkedYaml<'_>, depth: usize) -> Result<Value, YamlFault> {
        let here = place(node.span.start.line(), node.span.start.col());
        let fault = |message: String| YamlFault { place: here, message };
        self.places.entry(self.pointer.clone()).or_insert(here);
        if depth > DEPTH_MAX {
            return Err(fault(format!("is nested more than {DEPTH_MAX} deep")));
        }
        match &node.data {
            YamlData::Value(scalar) => self::scalar(scalar).map_err(fault),
            YamlData::Sequence(items) => {
                let items = items.iter().enumerate();
                items.map(|(index, item)| self.below(&index.to_string(), item, depth)).collect()
            }
            YamlData::Mapping(fields) => {
                let mut read = Map::new();
                for (key, field) in fields {
                    let YamlData::Value(Scalar::String(name)) = &key.data else {
                        let place = place(key.span.start.line(), key.span.start.col());
                        return Err(YamlFault {
                            place,
                            message: "a key must be a text; put it in quotes".to_owned(),
                        });
                    };
                    let mut pointer = self.pointer.clone();
                    push(&mut pointer, name);
                    self.places.insert(pointer, place(key.span.start.line(), key.span.start.col()));
                    read.insert(name.to_string(), self.below(name, field, depth)?);
                }
                Ok(Value::Object(read))
            }
            _ => Err(fault(
                "is nothing that Tearline reads: write a text, a number, a list or a mapping".to_owned(),
            )),
        }
    }

    fn below(&mut self, step: &str, node: &MarkedYaml<'_>, depth: usize) -> Result<Value, YamlFault> {
        let length = self.pointer.len();
        push(&mut self.pointer, step);
        let value = self.value(node, depth + 1);
        self.pointer.truncate(length);
        value
    }
}

fn scalar(scalar: &Scalar<'_>) -> Result<Value, String> {
    match scalar {
        Scalar::Null => Ok(Value::Null),
        Scalar::Boolean(value) => Ok(Value::from(*value)),
        Scalar::Integer(value) => Ok(Value::from(*value)),
        Scalar::FloatingPoint(value) => {
            let number = Number::from_f64(value.into_inner());
            number.map(Value::Number).ok_or_else(|| "is not a number that JSON could say".to_owned())
        }
        Scalar::String(text) => Ok(Value::from(text.as_ref())),
    }
}

/// Writes values as YAML documents, one after the other.
///
/// ```
/// let text = tearline_core::yaml::write(&[serde_json::json!({"id": "0012", "percent": 10})]);
/// assert_eq!(text, "---\nid: \"0012\"\npercent: 10\n");
/// ```
pub fn write(documents: &[Value]) -> String {
    let mut text = String::new();
    for document in documents {
        let mut emitter = YamlEmitter::new(&mut text);
        emitter.dump(&to_yaml(document)).expect("a text takes whatever is written to it");
        text.push('\n');
    }
    text
}

fn to_yaml(value: &Value) -> Yaml<'_> {
    match value {
        Value::Null => Yaml::Value(Scalar::Null),
        Value::Bool(value) => Yaml::Value(Scalar::Boolean(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Yaml::Value(Scalar::Integer(integer)),
            None => Yaml::Value(Scalar::String(number.to_string().into())),
        },
        Value::String(text) => Yaml::Value(Scalar::String(text.as_str().into())),
        Value::Array(items) => Yaml::Sequence(items.iter().map(to_yaml).collect()),
        Value::Object(fields) => Yaml::Mapping(
            fields
                .iter()
                .map(|(key, value)| (Yaml::Value(Scalar::String(key.as_str().into())), to_yaml(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place() {
        let read = read("a:\n  - b: 1\n    c: [x, y]\nd: {e: 2}\n").unwrap();
        let line = |pointer| read[0].place(pointer).line;
        assert_eq!([line("/a/0/b"), line("/a/0/c/1"), line("/d/e"), line("/d/missing")], [2, 3, 4, 4]);
    }

    #[test]
    fn what_is_no_yaml_names_its_line() {
        assert_eq!(read("a: 1\nb: [1, 2\nc: 3\n").unwrap_err().place.line, 3);
        assert_eq!(read("a: 1\na: 2\n").unwrap_err().place.line, 2);
    }

    #[test]
    fn what_could_blow_up_is_refused() {
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&format!("{}{}", "[".repeat(70), "]".repeat(70))).unwrap_err().message.contains("64"));
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(read(bomb).is_err());
    }

    #[test]
    fn texts_that_look_like_something_else_come_back_as_texts() {
        let texts = [
            "0012",
            "true",
            "null",
            "1.5",
            "2026-09-30",
            "a: b",
            "- x",
            "",
            " x ",
            "#",
            "yes",
            "1e5",
            "é\n\t\"'",
        ];
        let value = Value::from(texts.to_vec());
        assert_eq!(read(&write(std::slice::from_ref(&value))).unwrap()[0].value, value);
    }
}
