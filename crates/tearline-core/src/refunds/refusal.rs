//! Why a refund is refused.

use serde::{Deserialize, Serialize};
use tearline_pricing::names::LineId;

/// Why a refund is refused, with what would be allowed. The variants stand in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum RefundRefusal {
    /// The order is cancelled: everything has gone back.
    #[error("the order is cancelled")]
    OrderCancelled,
    /// The order has no such line, or fewer units of it.
    #[error("the order has {allowed} units of line `{line}`")]
    UnitNotInOrder {
        /// The line.
        line: LineId,
        /// How many of its units may be refunded.
        allowed: u32,
    },
    /// So many of the line's units are refunded already that fewer are left.
    #[error("{allowed} units of line `{line}` are left to refund")]
    AlreadyRefunded {
        /// The line.
        line: LineId,
        /// How many of its units may be refunded.
        allowed: u32,
    },
    /// Shipping has been refunded in full.
    #[error("shipping is refunded already")]
    ShippingAlreadyRefunded,
    /// It asks for more of shipping than is left, or for less than nothing.
    #[error("from 0 to {allowed} of shipping are left to refund")]
    ShippingAbovePaid {
        /// How much of shipping may be refunded, tax included.
        allowed: i64,
    },
    /// It asks for nothing.
    #[error("nothing is to be refunded: name units or shipping")]
    NothingToRefund,
}
