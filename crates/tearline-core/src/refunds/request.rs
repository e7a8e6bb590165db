//! What is to be refunded.

use serde::{Deserialize, Serialize};
use tearline_pricing::names::LineId;

/// What is to be refunded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RefundRequest {
    /// The units, line by line.
    pub units: Vec<RefundUnits>,
    /// How much of shipping.
    pub shipping: RefundShipping,
    /// What the basket that remains means for them.
    pub policy: Policy,
}

/// Units of a line. Of those that remain the latest added go first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefundUnits {
    /// The line.
    pub line: LineId,
    /// How many of its units.
    pub quantity: u32,
}

/// How much of shipping is refunded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefundShipping {
    /// Nothing. The default.
    #[default]
    None,
    /// All that was paid for it and has not come back yet.
    Full,
    /// So much, tax included, in minor units.
    Minor(i64),
}

/// What the basket that remains means for what is refunded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RefundPolicy))]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Nothing: discounts stay as they were. The default.
    #[default]
    Keep,
    /// It is priced anew, as of the order; refunded is what was paid above that.
    Reprice,
    /// What it loses by promotions whose condition it no longer meets is kept from the refund.
    ClawBack,
}
