//! What is missing for a promotion to apply.

use jiff::Timestamp;
use serde::Serialize;

use crate::names::{CategoryId, ProductId, ShippingId};

/// The most products and the most categories that a need names.
pub const NAMED_MAX: usize = 20;

/// Something that would help a promotion to apply. Amounts are in the minor unit of the cart's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "need", rename_all = "snake_case")]
pub enum Need {
    /// So much more merchandise.
    Spend {
        /// How much more.
        missing: i64,
        /// Of which items; absent = of any.
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<Items>,
    },
    /// So many more units.
    Add {
        /// How many more.
        units: u32,
        /// Of which items; absent = of any.
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<Items>,
        /// Whether one line alone must have them.
        #[serde(skip_serializing_if = "crate::defaults::is_no")]
        on_one_line: bool,
    },
    /// So many other products, of which the cart has none yet.
    AddOthers {
        /// How many.
        products: u32,
        /// Of which items; absent = of any.
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<Items>,
    },
    /// Something to buy: there is nothing yet that it could concern.
    AddAnything,
    /// Its code.
    EnterCode,
    /// A customer whom the shop has identified.
    Identify,
    /// A way of shipping.
    ChooseShipping {
        /// One of these; none = any.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        methods: Vec<ShippingId>,
    },
    /// Time.
    Wait {
        /// Until when.
        #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
        until: Timestamp,
    },
    /// One of several ways.
    OneOf {
        /// The ways, each with everything that it takes.
        #[cfg_attr(feature = "schema", schema(no_recursion))]
        ways: Vec<Vec<Need>>,
    },
}

/// Items in words, with the first of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Items {
    /// Which items, in plain words.
    pub words: String,
    /// Products among them, the first that the promotion names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(max_items = 20))]
    pub products: Vec<ProductId>,
    /// Categories of theirs, the first that the promotion names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(max_items = 20))]
    pub categories: Vec<CategoryId>,
}

impl Items {
    pub(crate) fn is_one_product(&self) -> bool {
        self.products.len() == 1 && self.categories.is_empty()
    }
}

/// Something that is missing, in figures and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Missing {
    /// What it is.
    #[serde(flatten)]
    pub need: Need,
    /// The same in plain words: `12.40 USD more of Photo prints`.
    pub words: String,
}
