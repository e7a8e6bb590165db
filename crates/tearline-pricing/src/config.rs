//! The documents that decide prices: shop, price list, event, promotion.
//!
//! Each is a plain value, read from YAML or JSON; [`crate::snapshot::Snapshot::compile`] checks them together
//! and makes them ready for [`crate::price`].

pub mod event;
pub mod price_list;
pub mod promotion;
pub mod selector;
pub mod shop;

use std::collections::BTreeMap;

use crate::names::{EventId, PriceListId, PromotionId};
pub use event::Event;
pub use price_list::PriceList;
pub use promotion::Promotion;
pub use shop::Shop;

/// Everything that a shop has configured, each document under its name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Documents {
    /// The shop's settings.
    pub shop: Shop,
    /// Its price lists.
    pub price_lists: BTreeMap<PriceListId, PriceList>,
    /// Its events.
    pub events: BTreeMap<EventId, Event>,
    /// Its promotions.
    pub promotions: BTreeMap<PromotionId, Promotion>,
}
