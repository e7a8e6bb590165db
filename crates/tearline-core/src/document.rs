//! Documents: the typed bodies of what an owner configures, and the whole of a shop's.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tearline_pricing::config::{Documents, Event, PriceList, Promotion, Shop};

use crate::names::{BadName, Slug};
use crate::pool::Pool;
use crate::read::{ReadFault, from_value};
use crate::resource::{Kind, Resource, ResourceKey, UnknownKind};

/// A document: its name, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its kind and id.
    pub key: ResourceKey,
    /// What it says.
    pub body: Body,
}

/// What a document says, by kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A shop's settings.
    Shop(Shop),
    /// A price list.
    PriceList(PriceList),
    /// An event.
    Event(Event),
    /// A promotion.
    Promotion(Box<Promotion>),
    /// A pool.
    Pool(Box<Pool>),
}

impl Body {
    /// Reads the body of a document of a kind.
    ///
    /// # Errors
    ///
    /// The first thing that does not fit, with its place.
    pub fn read(kind: Kind, value: Value) -> Result<Self, ReadFault> {
        match kind {
            Kind::Shop => from_value(value).map(Self::Shop),
            Kind::PriceList => from_value(value).map(Self::PriceList),
            Kind::Event => from_value(value).map(Self::Event),
            Kind::Promotion => from_value(value).map(Self::Promotion),
            Kind::Pool => from_value(value).map(Self::Pool),
        }
    }

    /// The body in the one form in which it is stored: two that mean the same are equal.
    pub fn to_value(&self) -> Value {
        let value = match self {
            Self::Shop(shop) => serde_json::to_value(shop),
            Self::PriceList(list) => serde_json::to_value(list),
            Self::Event(event) => serde_json::to_value(event),
            Self::Promotion(promotion) => serde_json::to_value(promotion),
            Self::Pool(pool) => serde_json::to_value(pool),
        };
        value.expect("documents are plain values with text keys")
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Shop(_) => Kind::Shop,
            Self::PriceList(_) => Kind::PriceList,
            Self::Event(_) => Kind::Event,
            Self::Promotion(_) => Kind::Promotion,
            Self::Pool(_) => Kind::Pool,
        }
    }
}

impl Document {
    /// Reads a document with its `kind` and `id` beside its fields.
    ///
    /// # Errors
    ///
    /// The first thing that does not fit, with its place.
    ///
    /// ```
    /// use tearline_core::document::Document;
    /// let fault = Document::read(serde_json::json!({
    ///     "kind": "promotion", "id": "ten-off", "benefits": [{"percent_off": {"percent": 110}}]
    /// })).unwrap_err();
    /// assert_eq!(fault.pointer, "/benefits/0/percent_off/percent");
    /// ```
    pub fn read(value: Value) -> Result<Self, ReadFault> {
        let Value::Object(mut fields) = value else {
            return Err(fault("", "a document is a mapping with `kind`, `id` and the fields of its kind"));
        };
        let kind = text(&mut fields, "kind", "which is one of shop, price_list, event, promotion, pool")?;
        let kind: Kind = kind.parse().map_err(|error: UnknownKind| fault("/kind", error.to_string()))?;
        let id = text(&mut fields, "id", "its name")?;
        let id: Slug = id.parse().map_err(|error: BadName| fault("/id", error.to_string()))?;
        let body = Body::read(kind, Value::Object(fields))?;
        Ok(Self { key: ResourceKey { kind, id }, body })
    }

    /// The document with its `kind` and `id` before its fields.
    pub fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("kind".to_owned(), Value::from(self.body.kind().as_str()));
        fields.insert("id".to_owned(), Value::from(self.key.id.as_str()));
        if let Value::Object(body) = self.body.to_value() {
            fields.extend(body);
        }
        Value::Object(fields)
    }

    /// Reads a stored document.
    ///
    /// # Errors
    ///
    /// What no longer fits: it was stored by another version of the program.
    pub fn from_resource(resource: &Resource) -> Result<Self, ReadFault> {
        let body = Body::read(resource.key.kind, resource.body.clone())?;
        Ok(Self { key: resource.key.clone(), body })
    }
}

fn text(fields: &mut Map<String, Value>, name: &str, what: &str) -> Result<String, ReadFault> {
    match fields.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(fault(&format!("/{name}"), "must be a text; put it in quotes")),
        None => Err(fault("", format!("`{name}` is missing: {what}"))),
    }
}

fn fault(pointer: &str, message: impl Into<String>) -> ReadFault {
    ReadFault { pointer: pointer.to_owned(), message: message.into() }
}

/// The whole of a shop's configuration, as prices are computed from it.
pub fn gather<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Documents {
    let mut gathered = Documents::default();
    for document in documents {
        let id = document.key.id.as_str();
        match &document.body {
            Body::Shop(shop) => gathered.shop = shop.clone(),
            Body::PriceList(list) => {
                gathered.price_lists.insert(id.into(), list.clone());
            }
            Body::Event(event) => {
                gathered.events.insert(id.into(), event.clone());
            }
            Body::Promotion(promotion) => {
                gathered.promotions.insert(id.into(), Promotion::clone(promotion));
            }
            // No price depends on where a code comes from.
            Body::Pool(_) => {}
        }
    }
    gathered
}

/// The pools among documents.
pub fn pools<'a>(documents: impl IntoIterator<Item = &'a Document>) -> BTreeMap<Slug, Pool> {
    let pool = |document: &'a Document| match &document.body {
        Body::Pool(pool) => Some((document.key.id.clone(), Pool::clone(pool))),
        _ => None,
    };
    documents.into_iter().filter_map(pool).collect()
}
