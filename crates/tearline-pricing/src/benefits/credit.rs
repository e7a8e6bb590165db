//! Money to spend over one or more orders.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::benefits::{Gives, Rank};
use crate::money::Amounts;
use crate::quote::Stage;
use crate::words::Vocabulary;

/// A balance to draw on until it is used up (requirements.md B6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// How much there is at first.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Amounts))]
    pub amount: Amounts,
    /// Whether all recipients draw on one balance; if not, each customer has their own.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub shared: bool,
    /// Whether it lowers the price before tax or pays afterwards.
    #[serde(default)]
    pub acts: Acts,
    /// Whether it may pay for shipping too; only after tax.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub covers_shipping: bool,
    /// Whether a promotion that only gives credit stands outside the rules of what goes together: its code may
    /// stand beside any other, and beside an exclusive promotion. If not, its code counts as a code like others.
    #[serde(default = "crate::defaults::yes", skip_serializing_if = "crate::defaults::is_yes")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    pub beside_codes: bool,
}

/// Where a credit acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Acts {
    /// It lowers the price; tax is due on the rest. The default.
    #[default]
    BeforeTax,
    /// It pays, tax included.
    AfterTax,
}

impl Gives for Credit {
    fn stage(&self) -> Stage {
        match self.acts {
            Acts::BeforeTax => Stage::CreditBeforeTax,
            Acts::AfterTax => Stage::CreditAfterTax,
        }
    }

    fn rank(&self) -> Rank {
        Rank::Amount
    }

    fn amounts(&self) -> SmallVec<[&Amounts; 2]> {
        SmallVec::from_iter([&self.amount])
    }

    fn faults(&self) -> Vec<(&'static str, String)> {
        let nothing = self.amount.iter().any(|money| money.minor == 0);
        let nothing = nothing.then(|| ("amount", "must be above 0".to_owned()));
        let shipping = self.covers_shipping && self.acts == Acts::BeforeTax;
        let shipping = shipping.then(|| ("covers_shipping", "needs `acts: after_tax`".to_owned()));
        nothing.into_iter().chain(shipping).collect()
    }

    fn words(&self, _shop: &Vocabulary) -> String {
        let whose = if self.shared { "shared by all recipients" } else { "for each customer" };
        let acts = match (self.acts, self.covers_shipping) {
            (Acts::BeforeTax, _) => "",
            (Acts::AfterTax, false) => ", which may pay tax",
            (Acts::AfterTax, true) => ", which may pay tax and shipping",
        };
        format!("{} of credit {whose}{acts}", self.amount)
    }
}
