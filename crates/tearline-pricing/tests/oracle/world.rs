//! All that stays the same while combinations of promotions are tried.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tearline_pricing::cart::{Cart, ShippingOption};
use tearline_pricing::config::Documents;
use tearline_pricing::facts::Facts;

use super::bulk;
use super::units::{Unit, expand};

/// A cart expanded to units and priced up to the sub-total.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) cart: &'a Cart,
    pub(crate) facts: &'a Facts,
    pub(crate) at: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) units: Vec<Unit>,
    /// The way of shipping that was chosen.
    pub(crate) shipping: Option<&'a ShippingOption>,
}

impl<'a> World<'a> {
    pub(crate) fn new(documents: &'a Documents, cart: &'a Cart, facts: &'a Facts, now: Timestamp) -> Self {
        let mut units = expand(cart, documents);
        bulk::apply(&mut units, cart, documents);
        let chosen = |option: &&ShippingOption| {
            cart.shipping.as_ref().and_then(|shipping| shipping.chosen.as_ref()) == Some(&option.id)
        };
        Self {
            documents,
            cart,
            facts,
            at: cart.at.unwrap_or(now),
            zone: TimeZone::get(&documents.shop.time_zone).expect("the generator knows its zones"),
            units,
            shipping: cart.shipping.iter().flat_map(|shipping| &shipping.options).find(chosen),
        }
    }
}
