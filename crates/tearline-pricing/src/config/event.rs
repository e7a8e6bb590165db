//! Events: the selling occasions, with the discounts that hold for all their orders.

use serde::{Deserialize, Serialize};

use crate::money::{Amounts, Percent};
use crate::names::{CustomerId, GalleryId, PriceListId, ProductId, SubjectId};
use crate::when::When;

/// A selling occasion with its own settings: a gallery, a sports day, a channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The price list that holds in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_list: Option<PriceListId>,
    /// Its galleries, and whom they show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub galleries: Vec<Gallery>,
    /// Discounts on every order of the event; the one that saves most applies (requirements.md B9.12).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_discounts: Vec<OrderDiscount>,
    /// Products that an order of the event gets cheaper or free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub product_discounts: Vec<ProductDiscount>,
    /// Customers with terms of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_customers: Vec<KnownCustomer>,
}

/// A set of images in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Gallery {
    /// Its name in carts.
    pub id: GalleryId,
    /// Its name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person it shows: what is bought from it is bought for them. At a dance event each dancer has a
    /// gallery for each dance, and bulk discounts count the dancer over all of them (requirements.md A2-71).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// The dance it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dance: Option<String>,
}

/// A percentage or an amount off an order of the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderDiscount {
    /// So much percent off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Percent>))]
    pub percent: Option<Percent>,
    /// So much money off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub amount: Option<Amounts>,
    /// The sub-total, after bulk discounts, that the event's part of the order must reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub minimum: Option<Amounts>,
    /// Until when; a day counts to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::When>))]
    pub expires_at: Option<When>,
}

/// A percentage or an amount off certain products, or the products for nothing, for an order of the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProductDiscount {
    /// The products that are rewarded.
    pub products: Vec<ProductId>,
    /// So much percent off; 100 = free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Percent>))]
    pub percent: Option<Percent>,
    /// So much money off each rewarded unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub amount: Option<Amounts>,
    /// How many units are rewarded, the cheapest first. Absent = 1 (requirements.md B9.11).
    #[serde(default = "crate::defaults::one", skip_serializing_if = "crate::defaults::is_one")]
    #[cfg_attr(feature = "schema", schema(default = 1, minimum = 1))]
    pub units: u32,
    /// The sub-total, after bulk discounts, that the event's part of the order must reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub minimum: Option<Amounts>,
    /// Until when; a day counts to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::When>))]
    pub expires_at: Option<When>,
}

/// A customer with terms of their own at an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownCustomer {
    /// The shop's name for the customer.
    pub customer: CustomerId,
    /// Whether the event's discounts hold for them as for anyone. If not, their own replace all the event's
    /// order and product discounts, without falling back to them (requirements.md A2-33, B5.1).
    #[serde(default = "crate::defaults::yes")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    pub use_event_discounts: bool,
    /// Their own discounts on the order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_discounts: Vec<OrderDiscount>,
    /// Their own discounts on products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub product_discounts: Vec<ProductDiscount>,
}
