//! The sub-total reaches an amount.

use serde::{Deserialize, Serialize};

use crate::conditions::{Answer, Asks, Found, Question};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The sub-total reaches or exceeds an amount (requirements.md B3). It is read before every promotion, so that
/// rewards do not depend on the order in which they are tried: of the promotion's events, whatever the benefit
/// reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Minimum {
    /// The amount to reach.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Amounts))]
    pub amount: Amounts,
    /// Which prices are added up.
    #[serde(default)]
    pub basis: Basis,
    /// Only of these items; absent = of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
}

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
}

impl Asks for Minimum {
    fn selectors(&self) -> Vec<&Selector> {
        self.items.iter().collect()
    }

    fn amounts(&self) -> Option<&Amounts> {
        Some(&self.amount)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        let of_items = self.items.as_ref().map_or(String::new(), |items| format!(" of {}", shop.all(items)));
        let basis = match self.basis {
            Basis::SubTotal => "",
            Basis::List => " at list prices",
        };
        format!("the sub-total{of_items}{basis} is at least {}", self.amount)
    }

    fn ask(&self, question: &Question<'_>) -> Answer {
        let cart = question.cart;
        let minimum = self.amount.in_currency(cart.currency()).unwrap_or(0);
        let matcher = question.matchers.first();
        let counted =
            |line: &&_| matcher.is_none_or(|matcher| matcher.matches(line)) && question.scope.holds(line);
        let sub_total: i64 = cart
            .lines
            .iter()
            .filter(counted)
            .map(|line| match self.basis {
                Basis::SubTotal => line.after_bulk,
                Basis::List => line.list,
            })
            .sum();
        let refusal = (sub_total < minimum).then(|| Refusal::MinimumNotMet {
            missing: minimum - sub_total,
            minimum,
            sub_total,
        });
        Answer { refusal, found: Found::Minor(sub_total) }
    }
}
