//! What the API's description says of a schema. It is derived from the types that documents are read by.

use std::fs;

use serde_json::Value;

use crate::pages::choices::{self, Choice};
use crate::place;

/// Schemas that have a page, or a place on one, of their own, from a page one folder below the reference.
const ELSEWHERE: &[(&str, &str)] = &[
    ("Percent", "a [percentage](../documents.md#values)"),
    ("Amounts", "an [amount](../documents.md#values)"),
    ("Money", "an [amount](../documents.md#values) in one currency"),
    ("When", "a [time](../documents.md#values)"),
    ("TimeOfDay", "a [time of day](../documents.md#values)"),
    ("Currency", "a currency, such as `USD`"),
    ("Selector", "[items](../documents/items.md)"),
    ("Texts", "[texts](../documents/texts.md)"),
    ("Condition", "a [condition](../conditions/README.md)"),
    ("Benefit", "a [benefit](../benefits/README.md)"),
];

/// A field, as a page tells of it.
pub(crate) struct Field {
    pub(crate) name: String,
    /// What a form shows beside it.
    pub(crate) label: String,
    /// What a form says about it besides.
    pub(crate) help: String,
    /// What may stand there.
    pub(crate) allowed: String,
    /// What holds where it is left out.
    pub(crate) left_out: String,
}

pub(crate) struct Api {
    schemas: Value,
}

impl Api {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(place("docs/reference/openapi.json")).unwrap();
        let mut api: Value = serde_json::from_str(&text).unwrap();
        Self { schemas: api["components"]["schemas"].take() }
    }

    fn schema(&self, name: &str) -> &Value {
        self.schemas.get(name).unwrap_or_else(|| panic!("no schema {name}"))
    }

    pub(crate) fn description(&self, schema: &str) -> &str {
        self.schema(schema)["description"].as_str().unwrap_or_default()
    }

    fn forms(&self, family: &str) -> impl Iterator<Item = (&str, &Value)> {
        let forms = self.schema(family)["oneOf"].as_array().unwrap().iter();
        forms.map(|form| (form["required"][0].as_str().unwrap(), form))
    }

    /// What may stand in a list of benefits or conditions: its names, each with a line about it.
    pub(crate) fn members(&self, family: &str) -> Vec<(String, String)> {
        let about = |form: &Value| sentence(form["description"].as_str().unwrap());
        self.forms(family).map(|(name, form)| (name.to_owned(), about(form))).collect()
    }

    fn member(&self, family: &str, name: &str) -> &Value {
        let (_, form) = self.forms(family).find(|(other, _)| *other == name).unwrap();
        &form["properties"][name]
    }

    /// The schema whose fields stand under a name, if it has fields.
    pub(crate) fn fields_of_member(&self, family: &str, name: &str) -> Option<String> {
        referred(self.member(family, name)).filter(|schema| self.has_fields(schema)).map(str::to_owned)
    }

    /// What a member says about itself that is written without any field.
    pub(crate) fn about_fieldless(&self, family: &str, name: &str) -> Option<String> {
        let schema = referred(self.member(family, name)).filter(|schema| !is_elsewhere(schema))?;
        Some(sentence(self.description(schema)))
    }

    /// What may stand under a name that has no fields.
    pub(crate) fn allowed_of_member(&self, family: &str, name: &str) -> String {
        self.allowed(self.member(family, name))
    }

    fn has_fields(&self, schema: &str) -> bool {
        !is_elsewhere(schema) && self.schema(schema).get("properties").is_some()
    }

    /// The fields of a schema, in the order of its declaration.
    pub(crate) fn fields(&self, schema: &str) -> Vec<Field> {
        let properties = self.schema(schema)["properties"].as_object().unwrap();
        properties.iter().map(|(name, property)| self.field(schema, name, property)).collect()
    }

    fn field(&self, schema: &str, name: &str, property: &Value) -> Field {
        let said = property.get("description").or_else(|| property.pointer("/oneOf/0/description"));
        let said = said.and_then(Value::as_str).unwrap_or_else(|| panic!("{schema}.{name} says nothing"));
        let Said { label, help, absent } = Said::read(said);
        let is_needed =
            self.schema(schema)["required"].as_array().is_some_and(|it| it.iter().any(|it| it == name));
        let left_out = match absent {
            _ if is_needed => "needed".to_owned(),
            Some(absent) => absent,
            None if property["type"] == "array" => "none".to_owned(),
            None => self.default(property).unwrap_or_else(|| "–".to_owned()),
        };
        Field { name: name.to_owned(), label, help, allowed: self.allowed(property), left_out }
    }

    fn default(&self, property: &Value) -> Option<String> {
        match property.get("default") {
            Some(Value::String(text)) => return Some(format!("`{text}`")),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => return Some(format!("`{value}`")),
            _ => {}
        }
        let choices = choices::of(referred(property)?, self.schema(referred(property)?))?;
        choices.into_iter().find(|choice| choice.is_default).map(|choice| format!("`{}`", choice.name))
    }

    /// What may stand at a place, in words.
    fn allowed(&self, place: &Value) -> String {
        if let Some(schema) = referred(place) {
            return self.allowed_by_name(schema);
        }
        let types = place.get("type").map(|types| types.as_array().map_or(types, |types| &types[0]));
        match types.and_then(Value::as_str) {
            Some("integer") => format!("a whole number{}", range(place)),
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("array") => format!("a list, of each: {}", self.allowed(&place["items"])),
            Some("object") => match place.get("additionalProperties").filter(|it| it.is_object()) {
                Some(each) => {
                    let name = place.pointer("/propertyNames/description").and_then(Value::as_str);
                    let name = name.map_or("name".to_owned(), |name| Said::read(name).label);
                    format!("for each {}: {}", name.trim_start_matches("A "), self.allowed(each))
                }
                None => "fields of any name".to_owned(),
            },
            _ => "a text".to_owned(),
        }
    }

    fn allowed_by_name(&self, name: &str) -> String {
        if let Some((_, words)) = ELSEWHERE.iter().find(|(other, _)| *other == name) {
            return (*words).to_owned();
        }
        let schema = self.schema(name);
        if let Some(choices) = choices::of(name, schema) {
            return choices.iter().map(Choice::words).collect::<Vec<_>>().join("<br>");
        }
        if schema.get("properties").is_some() {
            return format!(
                "[{}](#{})",
                heading(name).to_lowercase(),
                heading(name).to_lowercase().replace(' ', "-")
            );
        }
        if schema["type"] == "string" {
            let what = Said::read(self.description(name)).label;
            let what = what.split(',').next().unwrap_or_default();
            return format!("the name of {}", lower(what));
        }
        lower(&sentence(self.description(name)))
    }

    /// The schemas with fields of their own that stand in a schema, however deep, in order of appearance.
    pub(crate) fn inner(&self, schema: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.find_inner(schema, &mut found);
        found
    }

    fn find_inner(&self, schema: &str, found: &mut Vec<String>) {
        for property in self.schema(schema)["properties"].as_object().into_iter().flat_map(|it| it.values()) {
            let inner = referred(property).or_else(|| referred(property.get("items")?));
            if let Some(inner) = inner.filter(|inner| self.has_fields(inner))
                && !found.iter().any(|other| other == inner)
            {
                found.push(inner.to_owned());
                self.find_inner(inner, found);
            }
        }
    }
}

fn is_elsewhere(schema: &str) -> bool {
    ELSEWHERE.iter().any(|(name, _)| *name == schema)
}

/// The name of the schema to which a place refers, if it may be left out or not.
fn referred(place: &Value) -> Option<&str> {
    let reference = place.get("$ref").or_else(|| place.pointer("/oneOf/0/$ref"))?;
    reference.as_str()?.strip_prefix("#/components/schemas/")
}

/// From where to where a number goes; what only the machine bounds is not told.
fn range(place: &Value) -> String {
    let number = |name: &str| place.get(name).and_then(Value::as_i64);
    let from = number("minimum").filter(|from| *from > i64::from(i32::MIN));
    let to = number("maximum").filter(|to| *to < i64::from(i32::MAX));
    let from = from.map_or(String::new(), |from| format!(" from {from}"));
    from + &to.map_or(String::new(), |to| format!(" to {to}"))
}

/// A schema's name as a heading: `BulkDiscount` is `Bulk discount`.
pub(crate) fn heading(schema: &str) -> String {
    let mut heading = String::new();
    for letter in schema.chars() {
        if letter.is_uppercase() && !heading.is_empty() {
            heading.push(' ');
            heading.push(letter.to_ascii_lowercase());
        } else {
            heading.push(letter);
        }
    }
    heading
}

/// A text without its line breaks, but for those between paragraphs.
pub(crate) fn sentence(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// A sentence as a part of another.
pub(crate) fn lower(text: &str) -> String {
    let text = text.trim_end_matches('.');
    text.get(..1).map_or(String::new(), |first| first.to_lowercase() + &text[1..])
}

fn upper(text: &str) -> String {
    text.get(..1).map_or(String::new(), |first| first.to_uppercase() + &text[1..])
}

/// A doc comment of a field, taken apart: up to the first stop or semicolon it is the label of the field in a
/// form; `absent = …` says what holds where it is left out; the rest is help.
pub(crate) struct Said {
    pub(crate) label: String,
    help: String,
    absent: Option<String>,
}

impl Said {
    pub(crate) fn read(text: &str) -> Self {
        let text = sentence(text);
        let mut parts = clauses(&text).into_iter();
        let label = parts.next().unwrap_or_default().trim_end_matches(['.', ';', ':']).to_owned();
        let is_absent =
            |part: &&str| ["absent = ", "Absent = ", "none = "].iter().any(|it| part.starts_with(it));
        let (absent, help): (Vec<&str>, Vec<&str>) = parts.partition(is_absent);
        let absent = absent.first().and_then(|part| part.split_once(" = "));
        let absent = absent.map(|(_, what)| what.trim_end_matches(['.', ';']).to_owned());
        let help = upper(help.join(" ").trim_end_matches(['.', ';']));
        Self { label, help, absent }
    }
}

/// A text cut after each stop, semicolon and colon that a space follows.
fn clauses(text: &str) -> Vec<&str> {
    let mut clauses = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(". ").into_iter().chain(rest.find("; ")).chain(rest.find(": ")).min() {
        clauses.push(&rest[..=end]);
        rest = &rest[end + 2..];
    }
    clauses.push(rest);
    clauses
}

#[test]
fn a_doc_comment_is_taken_apart() {
    let said = Said::read("In how many sets at most; 1 = once. Absent = as often\nas it fits.");
    assert_eq!((said.label.as_str(), said.help.as_str()), ("In how many sets at most", "1 = once"));
    assert_eq!(said.absent.as_deref(), Some("as often as it fits"));
    assert_eq!(Said::read("How much.").label, "How much");
}
