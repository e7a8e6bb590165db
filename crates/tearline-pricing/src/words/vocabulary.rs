//! What a shop calls its things.

use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::config::Documents;
use crate::names::{CategoryId, EventId, ProductId};
use crate::quote::BulkRule;

/// What a shop calls its products, categories and events.
///
/// A thing without a name goes by its id, and so does one that two price lists call differently.
#[derive(Debug)]
pub struct Vocabulary {
    products: Names,
    categories: Names,
    events: Names,
    pub(super) zone: TimeZone,
}

impl Vocabulary {
    /// Takes the names out of a shop's documents.
    pub fn of(documents: &Documents) -> Self {
        let zone = TimeZone::get(&documents.shop.time_zone).unwrap_or(TimeZone::UTC);
        let (products, categories, events) = (Names::default(), Names::default(), Names::default());
        let mut vocabulary = Self { products, categories, events, zone };
        for list in documents.price_lists.values() {
            for product in &list.products {
                vocabulary.products.add(product.id.as_str(), product.name.as_deref());
            }
            for category in &list.categories {
                vocabulary.categories.add(category.id.as_str(), category.name.as_deref());
            }
        }
        for (id, event) in &documents.events {
            vocabulary.events.add(id.as_str(), event.name.as_deref());
        }
        vocabulary
    }

    pub(crate) fn product<'a>(&'a self, id: &'a ProductId) -> &'a str {
        self.products.of(id.as_str())
    }

    pub(crate) fn category<'a>(&'a self, id: &'a CategoryId) -> &'a str {
        self.categories.of(id.as_str())
    }

    /// Whose units a bulk discount counts.
    pub(crate) fn counted<'a>(&'a self, rule: &'a BulkRule) -> &'a str {
        let category = rule.category.as_ref().map(|id| self.category(id));
        category.or(rule.product.as_ref().map(|id| self.product(id))).unwrap_or_default()
    }

    pub(crate) fn event<'a>(&'a self, id: &'a EventId) -> &'a str {
        self.events.of(id.as_str())
    }
}

/// The names of one sort of things; `None` where there are two for one thing.
#[derive(Debug, Default)]
struct Names(FxHashMap<Box<str>, Option<Box<str>>>);

impl Names {
    fn add(&mut self, id: &str, name: Option<&str>) {
        let Some(name) = name.filter(|name| !name.trim().is_empty()) else { return };
        let known = self.0.entry(id.into()).or_insert_with(|| Some(name.into()));
        if known.as_deref() != Some(name) {
            *known = None;
        }
    }

    fn of<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).and_then(Option::as_deref).unwrap_or(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_with_two_names_goes_by_its_id() {
        let mut documents = Documents::default();
        for (id, list) in [
            (
                "a",
                r#"{"products": [{"id": "mug", "name": "Mug"}, {"id": "pot", "name": "Pot"}, {"id": "cup"}]}"#,
            ),
            ("b", r#"{"products": [{"id": "mug", "name": "Big mug"}, {"id": "pot", "name": "Pot"}]}"#),
            ("c", r#"{"products": [{"id": "mug", "name": "Mug"}]}"#),
        ] {
            documents.price_lists.insert(id.into(), serde_json::from_str(list).unwrap());
        }
        let vocabulary = Vocabulary::of(&documents);
        let said = ["mug", "pot", "cup", "jug"].map(|id| vocabulary.product(&id.into()).to_owned());
        assert_eq!(said, ["mug", "Pot", "cup", "jug"]);
    }
}
