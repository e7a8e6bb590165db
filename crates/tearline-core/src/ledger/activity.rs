//! What has happened, for whoever asks later.

use super::codes::CodeId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_pricing::names::{CartId, CustomerId, OrderId, PromotionId};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: String,
    /// To whom.
    pub customer: Option<CustomerId>,
    /// The unique codes that it concerns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<CodeId>,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "activity", rename_all = "snake_case")]
pub enum Happened {
    /// A cart got a hold.
    Held {
        /// The cart.
        cart: CartId,
    },
    /// A hold was kept longer.
    HoldExtended {
        /// The cart.
        cart: CartId,
    },
    /// A hold was given back, or made way for another one of the same customer.
    HoldReleased {
        /// The cart.
        cart: CartId,
    },
    /// An order was placed.
    OrderPlaced {
        /// The order.
        order: OrderId,
    },
    /// An order was cancelled.
    OrderCancelled {
        /// The order.
        order: OrderId,
    },
    /// A code was drawn for somebody.
    CodeDrawn {
        /// The code.
        code: CodeId,
    },
    /// A code was withdrawn.
    CodeWithdrawn {
        /// The code.
        code: CodeId,
        /// Why.
        why: String,
    },
    /// A code may be used longer.
    CodeExtended {
        /// The code.
        code: CodeId,
        /// Until when; absent = as long as its promotion.
        ends_at: Option<Timestamp>,
    },
    /// The cart of a known customer was priced.
    CartQuoted {
        /// The cart.
        cart: CartId,
        /// What was to be paid, in minor units.
        due: i64,
    },
    /// Somebody entered a code that did not apply, and that no change of the cart can cure.
    CodeRefused {
        /// The code, if it is a unique one.
        code: Option<CodeId>,
        /// The promotion that it unlocks.
        promotion: Option<PromotionId>,
        /// The cart, if it has a name.
        cart: Option<CartId>,
        /// Why, as the quote's `reason` says.
        reason: String,
    },
    /// Something of an order was refunded.
    OrderRefunded {
        /// The order.
        order: OrderId,
        /// Which statement of it, from 1.
        statement: u64,
    },
    /// Something of an order was exchanged.
    OrderExchanged {
        /// The order.
        order: OrderId,
        /// Which statement of it, from 1.
        statement: u64,
    },
}

impl Happened {
    /// Its name, as stored: `order_placed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::HoldExtended { .. } => "hold_extended",
            Self::HoldReleased { .. } => "hold_released",
            Self::OrderPlaced { .. } => "order_placed",
            Self::OrderCancelled { .. } => "order_cancelled",
            Self::OrderRefunded { .. } => "order_refunded",
            Self::OrderExchanged { .. } => "order_exchanged",
            Self::CodeDrawn { .. } => "code_drawn",
            Self::CodeWithdrawn { .. } => "code_withdrawn",
            Self::CodeExtended { .. } => "code_extended",
            Self::CartQuoted { .. } => "cart_quoted",
            Self::CodeRefused { .. } => "code_refused",
        }
    }

    /// The order that it concerns.
    pub fn order(&self) -> Option<&OrderId> {
        match self {
            Self::OrderPlaced { order }
            | Self::OrderCancelled { order }
            | Self::OrderRefunded { order, .. }
            | Self::OrderExchanged { order, .. } => Some(order),
            Self::Held { .. }
            | Self::HoldExtended { .. }
            | Self::HoldReleased { .. }
            | Self::CodeDrawn { .. }
            | Self::CodeWithdrawn { .. }
            | Self::CodeExtended { .. }
            | Self::CartQuoted { .. }
            | Self::CodeRefused { .. } => None,
        }
    }

    /// The cart that it is about.
    pub fn cart(&self) -> Option<&CartId> {
        match self {
            Self::Held { cart }
            | Self::HoldExtended { cart }
            | Self::HoldReleased { cart }
            | Self::CartQuoted { cart, .. } => Some(cart),
            Self::CodeRefused { cart, .. } => cart.as_ref(),
            Self::OrderPlaced { .. }
            | Self::OrderCancelled { .. }
            | Self::OrderRefunded { .. }
            | Self::OrderExchanged { .. }
            | Self::CodeDrawn { .. }
            | Self::CodeWithdrawn { .. }
            | Self::CodeExtended { .. } => None,
        }
    }

    /// The code that it is about.
    pub fn code(&self) -> Option<&CodeId> {
        match self {
            Self::CodeDrawn { code } | Self::CodeWithdrawn { code, .. } | Self::CodeExtended { code, .. } => {
                Some(code)
            }
            Self::CodeRefused { code, .. } => code.as_ref(),
            Self::CartQuoted { .. }
            | Self::Held { .. }
            | Self::HoldExtended { .. }
            | Self::HoldReleased { .. }
            | Self::OrderPlaced { .. }
            | Self::OrderCancelled { .. }
            | Self::OrderRefunded { .. }
            | Self::OrderExchanged { .. } => None,
        }
    }
}
