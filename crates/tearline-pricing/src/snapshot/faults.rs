//! What can be wrong with a shop's documents.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A document, by its kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DocumentName {
    /// `shop`, `price_list`, `event`, `promotion` or `pool`.
    pub kind: String,
    /// Its name; the shop's own document has none here.
    pub id: String,
}

impl DocumentName {
    /// The document of a kind and a name.
    pub fn new(kind: &str, id: impl fmt::Display) -> Self {
        Self { kind: kind.to_owned(), id: id.to_string() }
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.id.is_empty() { Ok(()) } else { write!(f, "/{}", self.id) }
    }
}

/// Something wrong in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigFault {
    /// The document.
    pub document: DocumentName,
    /// The place in it, as a JSON pointer: `/benefits/0/percent_off/percent`.
    pub pointer: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.document, self.pointer, self.message)
    }
}

/// Collects what is wrong with one document, or with the part of it at `prefix`.
pub(crate) struct Faults<'a> {
    pub(crate) document: DocumentName,
    pub(crate) prefix: String,
    pub(crate) found: &'a mut Vec<ConfigFault>,
}

impl<'a> Faults<'a> {
    pub(crate) fn of(document: DocumentName, found: &'a mut Vec<ConfigFault>) -> Self {
        Self { document, prefix: String::new(), found }
    }

    pub(crate) fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        let (document, pointer) = (self.document.clone(), format!("{}{}", self.prefix, pointer.into()));
        self.found.push(ConfigFault { document, pointer, message: message.into() });
    }

    /// Adds the fault of a name, if it has one.
    pub(crate) fn name(&mut self, pointer: impl Into<String>, fault: Option<&'static str>) {
        if let Some(fault) = fault {
            self.add(pointer, fault);
        }
    }
}
