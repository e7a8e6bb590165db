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
    /// No such code here.
    Unknown,
    /// The promotion rests, or was withdrawn by its owner.
    Void,
    /// Its time has not come.
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
    UsedUp,
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
        events: Vec<EventId>,
    },
    /// It is meant for other customers.
    NotARecipient,
    /// It names no amount in the cart's currency.
    CurrencyNotOffered {
        /// The currencies in which it names every amount.
        offered: Vec<String>,
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
            Self::Void => 1,
            Self::NotStarted { .. } => 2,
            Self::Ended { .. } => 3,
            Self::UsedUp => 4,
            Self::PerCustomerLimit { .. } => 5,
            Self::IdentifyFirst => 6,
            Self::WrongEvent { .. } => 7,
            Self::NotARecipient => 8,
            Self::CurrencyNotOffered { .. } => 9,
            Self::MinimumNotMet { .. } => 10,
            Self::ConditionNotMet { .. } => 11,
            Self::NoMatchingProduct => 12,
            Self::NoShippingMethod => 13,
            Self::NothingLeftToDiscount => 14,
            Self::NotCombinable { .. } => 15,
            Self::CostUnknown => 16,
        }
    }

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
            | Self::Void
            | Self::NotStarted { .. }
            | Self::Ended { .. }
            | Self::UsedUp
            | Self::PerCustomerLimit { .. }
            | Self::IdentifyFirst
            | Self::WrongEvent { .. }
            | Self::NotARecipient
            | Self::CurrencyNotOffered { .. }
            | Self::NothingLeftToDiscount
            | Self::NotCombinable { .. }
            | Self::CostUnknown => Verdict::Refused,
        }
    }
}
