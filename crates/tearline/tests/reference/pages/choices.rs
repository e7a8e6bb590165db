//! What each choice of an enumeration means. The API's description has their names alone; the words stand in the
//! doc comments of the source.

use std::fs;

use serde_json::Value;

use crate::kept::below;
use crate::pages::api::lower;
use crate::place;

/// One of the words among which a field chooses.
pub(crate) struct Choice {
    pub(crate) name: String,
    about: String,
    pub(crate) is_default: bool,
}

impl Choice {
    pub(crate) fn words(&self) -> String {
        let about = lower(&self.about);
        // A name that says it all needs no words.
        if about == self.name { format!("`{about}`") } else { format!("`{}`: {about}", self.name) }
    }
}

/// The choices of a schema that is a list of words, in their order.
pub(crate) fn of(name: &str, schema: &Value) -> Option<Vec<Choice>> {
    let names = schema.get("enum")?.as_array()?;
    let source = source(name);
    let mut choices = Vec::new();
    let (mut about, mut is_default) = (Vec::new(), false);
    for line in source.lines().map(str::trim).take_while(|line| *line != "}") {
        if let Some(words) = line.strip_prefix("/// ") {
            about.push(words);
        } else if line == "#[default]" {
            is_default = true;
        } else if !line.starts_with('#') {
            let name = names.get(choices.len()).and_then(Value::as_str)?.to_owned();
            let about = std::mem::take(&mut about).join(" ").replace(" The default.", "");
            choices.push(Choice { name, about, is_default: std::mem::take(&mut is_default) });
        }
    }
    assert_eq!(choices.len(), names.len(), "the choices of {name} are not those of its source");
    Some(choices)
}

/// What stands between the braces of an enumeration, and after them.
fn source(name: &str) -> String {
    let start = format!("pub enum {name} {{\n");
    let folders = ["crates/tearline-pricing/src", "crates/tearline-core/src"].into_iter();
    let files = folders.flat_map(|folder| below(&place(folder)));
    let texts = files.map(|file| fs::read_to_string(file).unwrap());
    let found = texts.into_iter().find_map(|text| Some(text.split_once(&start)?.1.to_owned()));
    found.unwrap_or_else(|| panic!("no enumeration {name} in the source"))
}
