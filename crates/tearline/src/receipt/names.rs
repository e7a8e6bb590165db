//! What people call the things that a quote names by id.

use std::collections::BTreeMap;

use tearline_core::document::{Body, Document};
use tearline_pricing::cart::{Cart, Line};
use tearline_pricing::config::{Event, PriceList};
use tearline_pricing::names::{EventId, PromotionId};
use tearline_pricing::quote::{Applied, BulkRule, Quote};

/// Names out of a shop's documents, and words where a promotion has none.
pub(super) struct Names<'a> {
    events: BTreeMap<&'a str, &'a Event>,
    price_lists: BTreeMap<&'a str, &'a PriceList>,
    words: BTreeMap<&'a PromotionId, &'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn new(documents: &'a [Document]) -> Self {
        let (mut events, mut price_lists) = (BTreeMap::new(), BTreeMap::new());
        for document in documents {
            let id = document.key.id.as_str();
            match &document.body {
                Body::Event(event) => drop(events.insert(id, event)),
                Body::PriceList(list) => drop(price_lists.insert(id, list)),
                Body::Shop(_) | Body::Promotion(_) | Body::Pool(_) => {}
            }
        }
        Self { events, price_lists, words: BTreeMap::new() }
    }

    /// The same with the words of a quote's trace.
    pub(super) fn with_words_of(self, quote: &'a Quote) -> Self {
        let trace = quote.trace.iter().flatten();
        let words = trace.map(|considered| (&considered.id, considered.gives.as_str())).collect();
        Self { words, ..self }
    }

    /// An event's name, if it has one.
    pub(super) fn event(&self, event: &EventId) -> Option<&'a str> {
        self.events.get(event.as_str())?.name.as_deref()
    }

    /// What a line is: its product's name in the price list, else its product, else itself.
    pub(super) fn line(&self, line: &'a Line, cart: &'a Cart) -> &'a str {
        let product = line
            .product
            .as_ref()
            .map(|product| self.product(product.as_str(), line, cart).unwrap_or(product.as_str()));
        product.unwrap_or(line.id.as_str())
    }

    fn product(&self, product: &str, line: &Line, cart: &Cart) -> Option<&'a str> {
        let list = self.price_lists.get(self.event_of(line, cart)?.price_list.as_ref()?.as_str())?;
        list.products.iter().find(|listed| listed.id.as_str() == product)?.name.as_deref()
    }

    fn event_of(&self, line: &Line, cart: &Cart) -> Option<&'a Event> {
        let event = line.event.as_ref().or(cart.event.as_ref())?;
        self.events.get(event.as_str()).copied()
    }

    /// The name of the gallery from which a line is bought, else its id.
    pub(super) fn gallery(&self, line: &'a Line, cart: &Cart) -> Option<&'a str> {
        let id = line.gallery.as_ref()?;
        let galleries = self.event_of(line, cart).map_or(&[][..], |event| &event.galleries);
        let listed = galleries.iter().find(|gallery| gallery.id == *id);
        Some(listed.and_then(|gallery| gallery.name.as_deref()).unwrap_or(id.as_str()))
    }

    /// The category or the product whose bulk discount it is.
    pub(super) fn bulk(&self, rule: &'a BulkRule) -> &'a str {
        let list = self.price_lists.get(rule.price_list.as_str());
        let category = rule.category.as_ref().map(|id| {
            let listed = list.and_then(|list| list.categories.iter().find(|category| category.id == *id));
            listed.and_then(|category| category.name.as_deref()).unwrap_or(id.as_str())
        });
        let product = rule.product.as_ref().map(|id| {
            let listed = list.and_then(|list| list.products.iter().find(|product| product.id == *id));
            listed.and_then(|product| product.name.as_deref()).unwrap_or(id.as_str())
        });
        category.or(product).unwrap_or_default()
    }

    /// What a promotion that applies is called, with the code that unlocked it.
    pub(super) fn applied(&self, promotion: &'a Applied) -> String {
        let name = promotion.name.as_deref().unwrap_or_else(|| self.words(&promotion.id));
        match &promotion.code {
            Some(code) => format!("{name} ({code})"),
            None => name.to_owned(),
        }
    }

    /// What a promotion gives, in words.
    pub(super) fn words(&self, promotion: &'a PromotionId) -> &'a str {
        self.words.get(promotion).copied().unwrap_or(promotion.as_str())
    }
}
