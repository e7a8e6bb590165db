//! How a pool gives its codes: again or anew, to whom, and what happens where it has none left.

use serde::{Deserialize, Serialize};

use crate::names::Slug;

/// What somebody gets who was given a code of the pool before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reuse {
    /// Another code for each key. The default.
    #[default]
    PerMessage,
    /// The same code until it is redeemed or ends.
    UntilRedeemed,
    /// No second one, ever, but in place of one that was withdrawn.
    Once,
}

impl Reuse {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    pub(super) fn is_per_message(&self) -> bool {
        *self == Self::PerMessage
    }

    /// What holds where a draw asks for its own: a pool that gives once gives once.
    #[must_use]
    pub fn asked(self, own: Option<Self>) -> Self {
        if self == Self::Once { self } else { own.unwrap_or(self) }
    }
}

/// Who may use a code of the pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// Nobody but the customer to whom it was given; one that was given to nobody in particular, whoever has it.
    /// The default.
    #[default]
    Assignee,
    /// Whoever has it.
    Anyone,
}

impl Binding {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    pub(super) fn is_assignee(&self) -> bool {
        *self == Self::Assignee
    }
}

/// What is to happen with a message for which no code is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhenEmpty {
    /// It waits until there is one. The default.
    #[default]
    Hold,
    /// It is left out; the others go on.
    Skip,
    /// It ends, and with it all that are still to be sent.
    Stop,
    /// It goes without the part that names the code.
    HideBlock,
    /// It gets a code from elsewhere.
    Fallback(Fallback),
}

impl WhenEmpty {
    pub(super) fn is_hold(&self) -> bool {
        *self == Self::Hold
    }

    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Skip => "skip",
            Self::Stop => "stop",
            Self::HideBlock => "hide_block",
            Self::Fallback(_) => "fallback",
        }
    }
}

/// Where a code comes from if a pool has none left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// From another pool, which has no fallback of its own.
    Pool(Slug),
    /// Everybody gets this one: a coupon's, where the pool's codes are redeemed here.
    Code(String),
}
