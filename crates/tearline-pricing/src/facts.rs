//! What the caller must know beyond cart and configuration: uses so far and money left.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::names::PromotionId;

/// What is known about limits and balances, for the customer of the cart.
///
/// A promotion that is absent has not been used; a balance that is absent is still whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// How often each promotion has been used.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub uses: BTreeMap<PromotionId, Uses>,
    /// What is left of each credit, in minor units of the cart's currency: of the shared balance, or of this
    /// customer's own where each has one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub balances: BTreeMap<PromotionId, u64>,
}

/// On how many orders a promotion has been used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Uses {
    /// By anybody.
    pub total: u64,
    /// By the customer of the cart.
    pub customer: u64,
}
