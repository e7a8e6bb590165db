//! Which units of a cart a benefit or a condition means.

use serde::{Deserialize, Serialize};

use crate::names::{CategoryId, ProductId};

/// Which units: those of any named product or category, less the exceptions. Naming neither means all.
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
    /// But not units of these products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except_products: Vec<ProductId>,
    /// Nor units in these categories, or in a category below them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except_categories: Vec<CategoryId>,
}

impl Selector {
    /// Whether it means every unit.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}
