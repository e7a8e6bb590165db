//! What the caller must know beyond cart and configuration: uses so far, money left, codes and their holders.

pub mod check;
pub mod codes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::names::{EventId, PromotionId, SegmentId};
pub use codes::{CodeRow, CodeState};

/// What is known about limits, codes and the customer of the cart.
///
/// What is absent is as it was at first: a promotion has not been used, a balance or a budget is still whole.
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
    /// What is left of each budget, in minor units of its currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub budgets: BTreeMap<PromotionId, u64>,
    /// The codes of pools that the cart may hold, by [`match_key`](crate::code::match_key); one that must be
    /// entered byte for byte, by its text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, CodeRow>,
    /// The segments that the customer is in.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub segments: BTreeSet<SegmentId>,
    /// How many orders the customer has placed before this one.
    #[serde(skip_serializing_if = "crate::defaults::is_zero")]
    pub orders: u64,
    /// When the customer placed the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_order_at: Option<Timestamp>,
    /// The promotions of which the customer is a recipient.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub recipient_of: BTreeSet<PromotionId>,
}

/// On how many orders a promotion has been used. Those of a day, week or month count in the period of the shop's
/// calendar in which the instant of the quote lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Uses {
    /// By anybody.
    pub total: u64,
    /// By the customer of the cart.
    pub customer: u64,
    /// On the day.
    #[serde(skip_serializing_if = "crate::defaults::is_zero")]
    pub day: u64,
    /// In the week, from Monday to Sunday.
    #[serde(skip_serializing_if = "crate::defaults::is_zero")]
    pub week: u64,
    /// In the month.
    #[serde(skip_serializing_if = "crate::defaults::is_zero")]
    pub month: u64,
    /// In each event.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<EventId, u64>,
    /// With each code of its document, by [`match_key`](crate::code::match_key).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, u64>,
}

/// Of a promotion that nobody has used.
static UNUSED: Uses = Uses {
    total: 0,
    customer: 0,
    day: 0,
    week: 0,
    month: 0,
    events: BTreeMap::new(),
    codes: BTreeMap::new(),
};

impl Facts {
    /// How often a promotion has been used.
    pub fn uses_of(&self, promotion: &PromotionId) -> &Uses {
        self.uses.get(promotion).unwrap_or(&UNUSED)
    }
}
