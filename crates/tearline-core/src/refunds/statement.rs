//! What a refund gives back, and what remains of the order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_pricing::names::{LineId, PromotionId};

use super::request::RefundRequest;
use super::sum::Sum;

/// A refund: what it gives back, and what remains of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = RefundStatement))]
pub struct Statement {
    /// What was asked for.
    pub request: RefundRequest,
    /// What is given back for units, line by line in the order's order.
    pub lines: Vec<RefundedLine>,
    /// What is given back of shipping.
    pub shipping: Sum,
    /// What is given back in all.
    pub total: Sum,
    /// What of it returns to the balance of each credit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<ReturnedCredit>,
    /// What is free again of the budget of each promotion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<ReturnedBudget>,
    /// What the basket that remains loses (`claw_back`), promotion by promotion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostDiscount>,
    /// What the shop holds afterwards.
    pub remains: Remains,
}

/// Units of a line that are refunded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RefundedLine {
    /// The line.
    pub line: LineId,
    /// The place of the first of these units in the line's order of adding, from 1; the others follow.
    pub first_unit: u32,
    /// What is given back for each unit.
    pub units: Vec<Sum>,
    /// What is given back for all of them.
    pub total: Sum,
}

/// Credit that returns to its balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReturnedCredit {
    /// The promotion whose credit it is.
    pub promotion: PromotionId,
    /// How much, in minor units.
    pub minor: i64,
    /// Until when it may be spent although its balance has ended; absent where the balance has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub grace_until: Option<Timestamp>,
}

/// What a promotion had given, and no longer counts against its budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReturnedBudget {
    /// The promotion.
    pub promotion: PromotionId,
    /// How much, in minor units.
    pub minor: i64,
}

/// What the basket that remains had from a promotion whose condition it no longer meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LostDiscount {
    /// The promotion.
    pub promotion: PromotionId,
    /// How much, as prices are written.
    pub minor: i64,
}

/// What the shop holds for what has not been refunded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Remains {
    /// The lines of which units remain, in the order's order.
    pub lines: Vec<RemainingLine>,
    /// For shipping.
    pub shipping: Sum,
    /// In all.
    pub total: Sum,
}

/// What the shop holds for the units of a line that remain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RemainingLine {
    /// The line.
    pub line: LineId,
    /// For each unit, in the order of adding.
    pub units: Vec<Sum>,
}

impl Remains {
    pub(super) fn new(mut lines: Vec<RemainingLine>, shipping: Sum) -> Self {
        lines.retain(|line| !line.units.is_empty());
        let total = lines.iter().flat_map(|line| &line.units).chain([&shipping]).sum();
        Self { lines, shipping, total }
    }

    /// The units of a line, if any remain.
    pub fn units(&self, line: &LineId) -> &[Sum] {
        let line = self.lines.iter().find(|remaining| remaining.line == *line);
        line.map_or(&[], |line| &line.units)
    }

    /// What it consists of: the units, line by line, and shipping.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Sum> {
        self.lines.iter().flat_map(|line| &line.units).chain([&self.shipping])
    }

    /// The same lines with other parts.
    pub(super) fn with_parts(&self, parts: Vec<Sum>) -> Self {
        let mut parts = parts.into_iter();
        let line = |line: &RemainingLine| RemainingLine {
            line: line.line.clone(),
            units: parts.by_ref().take(line.units.len()).collect(),
        };
        let lines = self.lines.iter().map(line).collect();
        Self::new(lines, parts.next().unwrap_or_default())
    }
}
