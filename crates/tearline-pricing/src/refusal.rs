//! Why a promotion does not apply: one enum, in order of precedence.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::names::{EventId, PromotionId};

/// Why a promotion or its code does not apply, with the figures that explain it.
///
/// The variants stand in order of precedence: of several reasons the first is told, so that the same cart
/// always hears the same one. Amounts are in the minor unit of the cart's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Refusal {
    /// No such code here; to somebody who is not identified, also one that is meant for a certain customer.
    Unknown,
    /// The code only shows what codes look like.
    Preview,
    /// The promotion rests, or it or the code was withdrawn.
    Void,
    /// Its time has not come, or has passed and will come again.
    NotStarted {
        /// When it comes.
        #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
        starts_at: Timestamp,
    },
    /// Its time is over.
    Ended {
        /// Since when.
        #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
        ended_at: Timestamp,
    },
    /// All its uses, or all its money, are taken.
    UsedUp {
        /// From when it may be used again, where it may only be used so often in a day, week or month.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
        again_at: Option<Timestamp>,
    },
    /// Somebody else is placing an order with the code.
    Held {
        /// Until when; from then on it is free again, unless that order was placed.
        #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
        until: Timestamp,
    },
    /// This customer has used it as often as one may.
    PerCustomerLimit {
        /// How often that is.
        uses_max: u64,
    },
    /// It is meant for identified customers, and the cart names none.
    IdentifyFirst,
    /// Nothing in the cart is bought in an event where it holds.
    WrongEvent {
        /// Where it holds.
        #[cfg_attr(feature = "schema", schema(value_type = Vec<EventId>))]
        events: Arc<[EventId]>,
    },
    /// It is meant for other customers.
    NotARecipient,
    /// It names no amount in the cart's currency, or does not hold in it.
    CurrencyNotOffered {
        /// The currencies in which it names every amount, or in which it holds.
        #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
        offered: Arc<[String]>,
    },
    /// The sub-total does not reach the minimum.
    MinimumNotMet {
        /// How much is missing.
        missing: i64,
        /// The minimum.
        minimum: i64,
        /// What the cart has.
        sub_total: i64,
    },
    /// Another condition is not met.
    ConditionNotMet {
        /// The condition, in words.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        condition: Arc<str>,
    },
    /// Nothing in the cart is what it rewards.
    NoMatchingProduct,
    /// It acts on shipping, and no way of shipping that it reaches has been chosen.
    NoShippingMethod,
    /// What it would lower costs nothing any more.
    NothingLeftToDiscount,
    /// It may not stand beside others that apply.
    NotCombinable {
        /// The others.
        with: Vec<PromotionId>,
    },
    /// What is left of its budget is less than it would give, or nothing.
    BudgetExhausted {
        /// What is left.
        left: i64,
    },
    /// It sells at cost, and the cost is not known.
    CostUnknown,
}

/// Whether a code that does not apply may still come to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The cart itself can cure it: the code waits, claims nothing, and applies once the cart qualifies.
    Parked,
    /// No change of the cart's goods helps.
    Refused,
}

impl Refusal {
    /// Its place in the order of precedence, from 0; the smaller is told.
    ///
    /// ```
    /// use tearline_pricing::refusal::Refusal;
    /// assert!(Refusal::Unknown.precedence() < Refusal::NoMatchingProduct.precedence());
    /// ```
    pub fn precedence(&self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Preview => 1,
            Self::Void => 2,
            Self::NotStarted { .. } => 3,
            Self::Ended { .. } => 4,
            Self::UsedUp { .. } => 5,
            Self::Held { .. } => 6,
            Self::PerCustomerLimit { .. } => 7,
            Self::IdentifyFirst => 8,
            Self::WrongEvent { .. } => 9,
            Self::NotARecipient => 10,
            Self::CurrencyNotOffered { .. } => 11,
            Self::MinimumNotMet { .. } => 12,
            Self::ConditionNotMet { .. } => 13,
            Self::NoMatchingProduct => 14,
            Self::NoShippingMethod => 15,
            Self::NothingLeftToDiscount => 16,
            Self::NotCombinable { .. } => 17,
            Self::BudgetExhausted { .. } => 18,
            Self::CostUnknown => 19,
        }
    }

    /// All its uses, or all its money, are taken, and will not come back.
    pub(crate) const USED_UP: Self = Self::UsedUp { again_at: None };

    /// Of several reasons the one to tell; among equals the first.
    pub(crate) fn first(refusals: impl Iterator<Item = Self>) -> Option<Self> {
        refusals.min_by_key(Self::precedence)
    }

    /// What becomes of a code that meets this reason. The loser of a comparison with automatic discounts is
    /// parked as well; that is said where the comparison is made.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::MinimumNotMet { .. }
            | Self::ConditionNotMet { .. }
            | Self::NoMatchingProduct
            | Self::NoShippingMethod => Verdict::Parked,
            Self::Unknown
            | Self::Preview
            | Self::Void
            | Self::NotStarted { .. }
            | Self::Ended { .. }
            | Self::UsedUp { .. }
            | Self::Held { .. }
            | Self::PerCustomerLimit { .. }
            | Self::IdentifyFirst
            | Self::WrongEvent { .. }
            | Self::NotARecipient
            | Self::CurrencyNotOffered { .. }
            | Self::NothingLeftToDiscount
            | Self::NotCombinable { .. }
            | Self::BudgetExhausted { .. }
            | Self::CostUnknown => Verdict::Refused,
        }
    }
}
