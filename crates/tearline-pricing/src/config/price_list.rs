//! Price lists: categories, products, and what buying many of them saves.

use serde::{Deserialize, Serialize};

use crate::money::{Amounts, Percent};
use crate::names::{CategoryId, ProductId, TaxCategory};

/// Categories and products with their prices and bulk discounts.
///
/// It need not hold the whole catalogue: a cart names prices and categories itself, and only what it leaves out
/// is looked up here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// Its name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// Its products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Product>,
}

/// A category, in another one or at the top.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its name in carts and promotions.
    pub id: CategoryId,
    /// Its name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The category that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CategoryId>,
    /// What buying many of its products saves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk: Option<BulkDiscount>,
}

/// A product, or a package, which counts as itself (requirements.md B9.13).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its name in carts and promotions.
    pub id: ProductId,
    /// Its name, as people read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The categories that hold it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryId>,
    /// The price of one unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub price: Option<Amounts>,
    /// What one unit costs the shop, net of tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub cost: Option<Amounts>,
    /// The price below which no discount brings a unit, unless a promotion says `ignore_floor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub min_price: Option<Amounts>,
    /// So many percent of its cost above it, no discount brings a unit below that either; both net of tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Percent>))]
    pub margin: Option<Percent>,
    /// Which tax rate it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_category: Option<TaxCategory>,
    /// What buying many of it saves; it then never takes its category's bulk discount (requirements.md A2-62).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk: Option<BulkDiscount>,
}

/// What buying many saves: one level, or steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkDiscount {
    /// Whether a step reaches all units or only those from its own on. Absent = `volume` for one step,
    /// `graduated` for several (requirements.md B2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<BulkMode>,
    /// Whose units are counted together.
    #[serde(default)]
    pub subjects: BulkSubjects,
    /// The steps, by rising count.
    pub steps: Vec<BulkStep>,
}

impl BulkDiscount {
    /// The mode that holds: the one given, else by the number of steps.
    pub fn effective_mode(&self) -> BulkMode {
        let by_steps = if self.steps.len() > 1 { BulkMode::Graduated } else { BulkMode::Volume };
        self.mode.unwrap_or(by_steps)
    }
}

/// Which units a step of a bulk discount reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkMode {
    /// The highest step that the count reaches holds for all units.
    Volume,
    /// Each unit takes the step of its own position, in the order of adding.
    Graduated,
}

/// Whose units are counted together (requirements.md A2-41).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkSubjects {
    /// Those of all subjects together. The default.
    #[default]
    All,
    /// Those of each subject by themselves; what has no subject is counted apart.
    Each,
}

/// From how many units on, how much less: a percentage or an amount, off each unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkStep {
    /// The count, or in `graduated` the position, from which the step holds.
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub from: u32,
    /// So much percent off each unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Percent>))]
    pub percent: Option<Percent>,
    /// So much money off each unit, never more than its price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::Amounts>))]
    pub amount: Option<Amounts>,
}
