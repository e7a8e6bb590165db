//! What applying documents would change: planned first, shown, then done.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::Document;
use crate::read::push;
use crate::resource::{Expected, Resource, ResourceKey, Write};

/// What applying documents would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One for each document, in the order of kinds and names.
    pub changes: Vec<Change>,
}

/// What becomes of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The document.
    pub key: ResourceKey,
    /// What becomes of it.
    pub action: Action,
}

/// What becomes of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// It is new.
    Create(Value),
    /// It changes, in these places.
    Update {
        /// What it becomes.
        body: Value,
        /// The version that it changes.
        version: u64,
        /// Where it changes.
        differences: Vec<Difference>,
    },
    /// It goes.
    Delete {
        /// The version that goes.
        version: u64,
    },
    /// It is as asked already.
    Keep,
}

/// A place where two bodies differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// What stands there; `None` = nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What will stand there; `None` = nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

impl Plan {
    /// Whether everything is as asked already.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|change| change.action == Action::Keep)
    }

    /// The writes that carry it out; each expects what the plan saw, so that nothing is overwritten that
    /// somebody else changed meanwhile.
    pub fn writes(&self) -> Vec<Write> {
        let write = |change: &Change| {
            let (expected, body) = match &change.action {
                Action::Create(body) => (Expected::Absent, Some(body.clone())),
                Action::Update { body, version, .. } => (Expected::Version(*version), Some(body.clone())),
                Action::Delete { version } => (Expected::Version(*version), None),
                Action::Keep => return None,
            };
            Some(Write { key: change.key.clone(), expected, body })
        };
        self.changes.iter().filter_map(write).collect()
    }
}

/// Plans how what is stored becomes what is wanted. What is stored and not wanted stays, unless `prune` says
/// that it goes; the shop's own document never goes.
///
/// ```
/// use tearline_core::document::Document;
/// use tearline_core::plan::{Action, plan};
/// let wanted = Document::read(serde_json::json!({"kind": "event", "id": "spring"})).unwrap();
/// assert!(matches!(plan(&[], &[wanted], false).changes[0].action, Action::Create(_)));
/// ```
pub fn plan(stored: &[Resource], wanted: &[Document], prune: bool) -> Plan {
    let stored: BTreeMap<&ResourceKey, &Resource> = stored
        .iter()
        .filter(|resource| !resource.deleted)
        .map(|resource| (&resource.key, resource))
        .collect();
    let named: BTreeSet<&ResourceKey> = wanted.iter().map(|document| &document.key).collect();
    let mut changes: Vec<Change> = wanted
        .iter()
        .map(|document| {
            let stored = stored.get(&document.key).copied();
            Change { key: document.key.clone(), action: action(stored, document.body.to_value()) }
        })
        .collect();
    let goes = |key: &ResourceKey| prune && !named.contains(key) && key.kind != crate::resource::Kind::Shop;
    changes.extend(stored.values().filter(|resource| goes(&resource.key)).map(|resource| Change {
        key: resource.key.clone(),
        action: Action::Delete { version: resource.version },
    }));
    changes.sort_by(|left, right| left.key.cmp(&right.key));
    Plan { changes }
}

fn action(stored: Option<&Resource>, body: Value) -> Action {
    match stored {
        None => Action::Create(body),
        Some(stored) if stored.body == body => Action::Keep,
        Some(stored) => {
            Action::Update { version: stored.version, differences: differences(&stored.body, &body), body }
        }
    }
}

/// The smallest places where two values differ.
///
/// ```
/// use serde_json::json;
/// let found = tearline_core::plan::differences(&json!({"a": 1, "b": [1]}), &json!({"a": 2, "b": [1, 2]}));
/// assert_eq!(found.iter().map(|place| place.pointer.as_str()).collect::<Vec<_>>(), ["/a", "/b/1"]);
/// ```
pub fn differences(from: &Value, to: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut String::new(), Some(from), Some(to), &mut found);
    found
}

fn compare(pointer: &mut String, from: Option<&Value>, to: Option<&Value>, found: &mut Vec<Difference>) {
    match (from, to) {
        (from, to) if from == to => {}
        (Some(Value::Object(from)), Some(Value::Object(to))) => {
            let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
            for key in keys {
                below(pointer, key, |pointer| compare(pointer, from.get(key), to.get(key), found));
            }
        }
        (Some(Value::Array(from)), Some(Value::Array(to))) => {
            for index in 0..from.len().max(to.len()) {
                below(pointer, &index.to_string(), |pointer| {
                    compare(pointer, from.get(index), to.get(index), found);
                });
            }
        }
        (from, to) => {
            found.push(Difference { pointer: pointer.clone(), from: from.cloned(), to: to.cloned() });
        }
    }
}

fn below(pointer: &mut String, step: &str, visit: impl FnOnce(&mut String)) {
    let length = pointer.len();
    push(pointer, step);
    visit(pointer);
    pointer.truncate(length);
}
