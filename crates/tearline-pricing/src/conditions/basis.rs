//! Which prices a sub-total adds up: what the conditions share that compare one with an amount.

use serde::{Deserialize, Serialize};

use crate::conditions::Question;
use crate::config::selector::Selector;
use crate::money::Money;
use crate::price::resolve::ResolvedLine;
use crate::words::Vocabulary;

/// Which prices a sub-total adds up (requirements.md B9.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// After bulk discounts: what the buyer sees as the price. The default.
    #[default]
    SubTotal,
    /// List prices.
    List,
    /// What the promotions before this one have left, when its turn comes.
    Current,
}

impl Basis {
    /// What the lines that a condition asks about cost together.
    pub(crate) fn sub_total(self, question: &Question<'_>) -> i64 {
        if self == Self::SubTotal && question.means_everything() {
            return question.case.bulk.sub_total;
        }
        let of_line = |line: &ResolvedLine<'_>| match self {
            Self::SubTotal => line.after_bulk,
            Self::List => line.list,
            Self::Current => question.prices[line.unit_range()].iter().sum(),
        };
        question.lines().map(of_line).sum()
    }

    /// The same in words, for whoever reads the trace: `47.60 USD`.
    pub(crate) fn found(self, question: &Question<'_>) -> String {
        Money::new(self.sub_total(question), question.case.cart.currency()).to_string()
    }

    /// What is added up, in words: `the sub-total of Photo prints at list prices`.
    pub(crate) fn words(self, items: Option<&Selector>, shop: &Vocabulary) -> String {
        let of_items = items.map_or(String::new(), |items| format!(" of {}", shop.all(items)));
        let prices = match self {
            Self::SubTotal => "",
            Self::List => " at list prices",
            Self::Current => " after other discounts",
        };
        format!("the sub-total{of_items}{prices}")
    }
}
