//! Texts that people hand over: read, checked together, every fault with its file and line.

use std::collections::BTreeMap;
use std::fmt;

use tearline_pricing::snapshot::faults::ConfigFault;

use crate::document::Document;
use crate::names::ShopId;
use crate::resource::{Kind, ResourceKey};
use crate::yaml::{self, Located, Place};

/// Something wrong in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFault {
    /// The file, as named by whoever handed it over.
    pub file: String,
    /// The line and column in it.
    pub place: Place,
    /// The place in the document, as a JSON pointer.
    pub pointer: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl fmt::Display for SourceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.place.line, self.place.column)?;
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)
    }
}

/// Documents with the places from which they were read.
#[derive(Debug, Default)]
pub struct Sources {
    /// The documents, in the order of reading.
    pub documents: Vec<Document>,
    origins: BTreeMap<ResourceKey, Origin>,
}

#[derive(Debug)]
struct Origin {
    file: String,
    located: Located,
}

impl Sources {
    /// Reads the documents of a text, which may hold several, or a list of them.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, one fault for each document.
    pub fn read(&mut self, file: &str, text: &str) -> Result<(), Vec<SourceFault>> {
        let fault = |place, pointer: &str, message: String| SourceFault {
            file: file.to_owned(),
            place,
            pointer: pointer.to_owned(),
            message,
        };
        let read = yaml::read(text).map_err(|error| vec![fault(error.place, "", error.message)])?;
        let mut faults = Vec::new();
        for located in read.into_iter().flat_map(Located::parts) {
            match Document::read(located.value.clone()) {
                Err(error) => {
                    faults.push(fault(located.place(&error.pointer), &error.pointer, error.message));
                }
                Ok(document) if self.origins.contains_key(&document.key) => {
                    let message = format!(
                        "{} is written twice; it stands in {} already",
                        document.key,
                        self.origin(&document.key)
                    );
                    faults.push(fault(located.place("/id"), "/id", message));
                }
                Ok(document) => {
                    let origin = Origin { file: file.to_owned(), located };
                    self.origins.insert(document.key.clone(), origin);
                    self.documents.push(document);
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn origin(&self, key: &ResourceKey) -> String {
        let place = |origin: &Origin| format!("{}:{}", origin.file, origin.located.place("").line);
        self.origins.get(key).map(place).unwrap_or_default()
    }

    /// The shop that the documents describe, if one of them is its own.
    ///
    /// # Errors
    ///
    /// Two documents of kind `shop`.
    pub fn shop(&self) -> Result<Option<ShopId>, SourceFault> {
        let mut shops = self.documents.iter().filter(|document| document.key.kind == Kind::Shop);
        match (shops.next(), shops.next()) {
            (_, Some(second)) => Err(self.at(
                &second.key,
                "/kind",
                "there is a shop already: documents read together describe one shop".to_owned(),
            )),
            (first, None) => Ok(first.and_then(|shop| shop.key.id.as_str().parse().ok())),
        }
    }

    /// A fault at a place of a document, with the file and line from which it was read.
    pub fn at(&self, key: &ResourceKey, pointer: &str, message: String) -> SourceFault {
        let (file, place) = match self.origins.get(key) {
            Some(origin) => (origin.file.clone(), origin.located.place(pointer)),
            None => (format!("(stored {key})"), Place { line: 1, column: 1 }),
        };
        SourceFault { file, place, pointer: pointer.to_owned(), message }
    }

    /// Where a fault stands that was found when the documents were checked together.
    pub fn locate(&self, fault: &ConfigFault) -> SourceFault {
        let is_meant = |document: &&Document| {
            document.key.kind.as_str() == fault.document.kind
                && (fault.document.id.is_empty() || document.key.id.as_str() == fault.document.id)
        };
        match self.documents.iter().find(is_meant) {
            Some(document) => self.at(&document.key, &fault.pointer, fault.message.clone()),
            None => SourceFault {
                file: format!("(stored {})", fault.document),
                place: Place { line: 1, column: 1 },
                pointer: fault.pointer.clone(),
                message: fault.message.clone(),
            },
        }
    }
}
