//! What a buyer is about to order, as the shop describes it.

pub mod check;
mod customer;
pub mod edit;

use std::fmt;

use jiff::Timestamp;
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::attribute::Attributes;
use crate::money::{Currency, Percent};
use crate::names::{
    CategoryId, ChannelId, Country, CustomerId, EventId, GalleryId, Language, LineId, ProductId, PromotionId,
    ShippingId, SubjectId, TaxCategory,
};

pub use customer::{Customer, EMAIL_BYTES_MAX, EmailRules};

/// The most lines a cart may have.
pub const LINES_MAX: usize = 1_000;
/// The most units a cart may have, all its lines together.
pub const UNITS_MAX: u32 = 100_000;
/// The most that a cart's units may cost together at their list prices: 10^15 minor units.
pub const CART_MINOR_MAX: i64 = 1_000_000_000_000_000;
/// The most codes a cart may carry.
pub const CODES_MAX: usize = 20;
/// The most tax rates and the most shipping options a cart may carry.
pub const OPTIONS_MAX: usize = 100;
/// The longest code, in bytes, that a buyer may enter.
pub const CODE_BYTES_MAX: usize = 256;

/// A cart: lines, and what else the price depends on.
///
/// Every amount in a cart is a whole number in the minor unit of `currency`: with `USD`, 1999 is 19.99 dollars.
/// What the caller says about unit price, cost and categories is the truth; the event's price list fills in
/// what is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Cart {
    /// The currency of every amount in the cart.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Currency))]
    pub currency: Currency,
    /// The instant at which the cart is priced; absent = now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub at: Option<Timestamp>,
    /// The event of every line that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// Where the cart comes from: the web shop, an app, the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// The language in which the buyer reads; absent = the shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What else the shop says about the cart.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, crate::schema::Attribute>))]
    pub attributes: Attributes,
    /// Who buys; absent as long as the shop has not identified them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// What is bought.
    pub lines: Vec<Line>,
    /// The ways of shipping on offer, and the one chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Shipping>,
    /// The tax rates that hold for this buyer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tax_rates: Vec<TaxRate>,
    /// The codes that the buyer has entered, as entered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

impl Cart {
    /// A cart of nothing but lines.
    pub fn of(currency: Currency, lines: Vec<Line>) -> Self {
        Self {
            currency,
            at: None,
            event: None,
            channel: None,
            language: None,
            attributes: Attributes::new(),
            customer: None,
            lines,
            shipping: None,
            tax_rates: Vec::new(),
            codes: Vec::new(),
        }
    }
}

/// A line: one or more units of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The line's name, unique in the cart.
    pub id: LineId,
    /// How many units, from 1.
    #[serde(deserialize_with = "units")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 100_000))]
    pub quantity: u32,
    /// The product, as in the price list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// The price of one unit; absent = the price list's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub unit_price: Option<i64>,
    /// What one unit costs the shop, net of tax; absent = the price list's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub cost: Option<i64>,
    /// The price from which the shop has reduced `unit_price`, to be told as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub reduced_from: Option<i64>,
    /// The price below which no discount brings a unit; absent = the price list's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub floor: Option<i64>,
    /// The categories that hold the product; absent = the price list's. Their parents hold it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<CategoryId>>,
    /// The event in which it is bought; absent = the cart's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// The person for whom it is bought; absent = the gallery's, as the event has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// The gallery from which it is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gallery: Option<GalleryId>,
    /// When its units were added, in that order; absent = in the order of the lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<Add>,
    /// Which tax rate it takes; absent = `standard`, if the cart has a rate of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<TaxCategory>,
    /// Whether discounts may touch it; a gift card is not discountable. Absent = it is.
    #[serde(default = "crate::defaults::yes", skip_serializing_if = "crate::defaults::is_yes")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    pub discountable: bool,
    /// The promotion whose gift it is; the shop adds such a line where a quote proposes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift_of: Option<PromotionId>,
    /// What else the shop says about it.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, crate::schema::Attribute>))]
    pub attributes: Attributes,
}

impl Line {
    /// A line that says nothing but what it is called, how many units it has and what each costs.
    pub fn of(id: impl Into<LineId>, quantity: u32, unit_price: i64) -> Self {
        Self {
            id: id.into(),
            quantity,
            product: None,
            unit_price: Some(unit_price),
            cost: None,
            reduced_from: None,
            floor: None,
            categories: None,
            event: None,
            subject: None,
            gallery: None,
            adds: Vec::new(),
            tax_category: None,
            discountable: true,
            gift_of: None,
            attributes: Attributes::new(),
        }
    }
}

/// Units of a line that were added together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// A number that grows with time, across carts too: milliseconds, say.
    pub seq: i64,
    /// How many units, from 1.
    #[serde(deserialize_with = "units")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 100_000))]
    pub units: u32,
}

impl From<CustomerId> for Customer {
    /// A customer of whom nothing but the name is known.
    fn from(id: CustomerId) -> Self {
        Self { id, email: None, attributes: Attributes::new() }
    }
}

/// The ways of shipping on offer, and the one chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Shipping {
    /// The ways of shipping on offer.
    pub options: Vec<ShippingOption>,
    /// The one chosen; absent as long as none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ShippingId>,
    /// Where to; absent as long as the shop does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}

/// A way of shipping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShippingOption {
    /// Its name, unique in the cart.
    pub id: ShippingId,
    /// Its price.
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1_000_000_000_000_i64))]
    pub price: i64,
    /// Which tax rate it takes; absent = shipping is not taxed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<TaxCategory>,
}

/// A tax rate and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaxRate {
    /// The category that takes it; a line without one takes `standard`.
    #[serde(default = "standard")]
    #[cfg_attr(feature = "schema", schema(default = "standard"))]
    pub category: TaxCategory,
    /// The rate.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Percent))]
    pub percent: Percent,
}

fn standard() -> TaxCategory {
    "standard".into()
}

/// Reads a number of units; the fault of one that is no number says which are allowed.
fn units<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    struct Units;
    impl Visitor<'_> for Units {
        type Value = u32;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from 1 to {UNITS_MAX}")
        }
        fn visit_u64<E: de::Error>(self, units: u64) -> Result<u32, E> {
            units.try_into().map_err(|_| E::invalid_value(Unexpected::Unsigned(units), &self))
        }
        fn visit_i64<E: de::Error>(self, units: i64) -> Result<u32, E> {
            units.try_into().map_err(|_| E::invalid_value(Unexpected::Signed(units), &self))
        }
    }
    deserializer.deserialize_u32(Units)
}
