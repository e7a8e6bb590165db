//! Which units of a cart a benefit or a condition means.

use serde::{Deserialize, Serialize};

use crate::attribute::Attributes;
use crate::money::Amounts;
use crate::names::{CategoryId, ProductId};

/// Which units: those of any named product or category that fit everything else it asks, less the exceptions.
/// Naming neither product nor category means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// Units of these products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductId>,
    /// Units in these categories, or in a category below them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryId>,
    /// Only units with a price of at least so much, before any discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub price_from: Option<Amounts>,
    /// Only units with a price of at most so much, before any discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub price_to: Option<Amounts>,
    /// Only units whose line has all these attributes; a list of texts has each of its texts.
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, crate::schema::Attribute>))]
    pub attributes: Attributes,
    /// Not units whose price the shop has reduced already (`reduced_from`).
    #[serde(skip_serializing_if = "crate::defaults::is_no")]
    pub skip_reduced: bool,
    /// But not units of these products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except_products: Vec<ProductId>,
    /// Nor units in these categories, or in a category below them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except_categories: Vec<CategoryId>,
}

impl Selector {
    /// Units of these products.
    pub fn products(products: impl IntoIterator<Item = ProductId>) -> Self {
        Self { products: products.into_iter().collect(), ..Self::default() }
    }

    /// Its amounts, which must name the cart's currency.
    pub(crate) fn amounts(&self) -> impl Iterator<Item = &Amounts> {
        self.price_from.iter().chain(&self.price_to)
    }

    /// Whether it means every unit.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}
