//! What has happened, for whoever asks later.

use super::codes::{CodeId, PoolId};
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
    /// A code was redeemed in another shop.
    CodeReported {
        /// The code.
        code: CodeId,
        /// That shop's name for the order.
        order: OrderId,
    },
    /// Codes of a pool were set aside.
    CodesReserved {
        /// The pool.
        pool: PoolId,
        /// For what.
        key: String,
        /// How many.
        codes: u64,
    },
    /// What was left of codes that were set aside was given back.
    CodesGivenBack {
        /// The pool.
        pool: PoolId,
        /// For what they were.
        key: String,
        /// How many.
        codes: u64,
    },
    /// A pool runs low.
    PoolLow {
        /// The pool.
        pool: PoolId,
        /// How many codes remain.
        remaining: u64,
        /// When none will, at the rate of the last days.
        runs_out_at: Option<Timestamp>,
        /// The addresses to tell.
        tell: Vec<String>,
    },
    /// A pool has no code left.
    PoolEmpty {
        /// The pool.
        pool: PoolId,
        /// The addresses to tell.
        tell: Vec<String>,
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
            Self::CodeReported { .. } => "code_reported",
            Self::CodesReserved { .. } => "codes_reserved",
            Self::CodesGivenBack { .. } => "codes_given_back",
            Self::PoolLow { .. } => "pool_low",
            Self::PoolEmpty { .. } => "pool_empty",
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
            | Self::CodeRefused { .. }
            | Self::CodeReported { .. }
            | Self::CodesReserved { .. }
            | Self::CodesGivenBack { .. }
            | Self::PoolLow { .. }
            | Self::PoolEmpty { .. } => None,
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
            | Self::CodeExtended { .. }
            | Self::CodeReported { .. }
            | Self::CodesReserved { .. }
            | Self::CodesGivenBack { .. }
            | Self::PoolLow { .. }
            | Self::PoolEmpty { .. } => None,
        }
    }

    /// The code that it is about.
    pub fn code(&self) -> Option<&CodeId> {
        match self {
            Self::CodeDrawn { code }
            | Self::CodeWithdrawn { code, .. }
            | Self::CodeExtended { code, .. }
            | Self::CodeReported { code, .. } => Some(code),
            Self::CodeRefused { code, .. } => code.as_ref(),
            Self::CartQuoted { .. }
            | Self::Held { .. }
            | Self::HoldExtended { .. }
            | Self::HoldReleased { .. }
            | Self::OrderPlaced { .. }
            | Self::OrderCancelled { .. }
            | Self::OrderRefunded { .. }
            | Self::OrderExchanged { .. }
            | Self::CodesReserved { .. }
            | Self::CodesGivenBack { .. }
            | Self::PoolLow { .. }
            | Self::PoolEmpty { .. } => None,
        }
    }

    /// The pool that it concerns as a whole.
    pub fn pool(&self) -> Option<&PoolId> {
        match self {
            Self::CodesReserved { pool, .. }
            | Self::CodesGivenBack { pool, .. }
            | Self::PoolLow { pool, .. }
            | Self::PoolEmpty { pool, .. } => Some(pool),
            Self::Held { .. }
            | Self::HoldExtended { .. }
            | Self::HoldReleased { .. }
            | Self::OrderPlaced { .. }
            | Self::OrderCancelled { .. }
            | Self::OrderRefunded { .. }
            | Self::OrderExchanged { .. }
            | Self::CartQuoted { .. }
            | Self::CodeRefused { .. }
            | Self::CodeDrawn { .. }
            | Self::CodeWithdrawn { .. }
            | Self::CodeExtended { .. }
            | Self::CodeReported { .. } => None,
        }
    }
}
