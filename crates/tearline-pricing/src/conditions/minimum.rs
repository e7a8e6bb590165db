//! The sub-total reaches an amount.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::conditions::basis::Basis;
use crate::conditions::{Asks, Question, Ready, Setting};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::need::Need;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The sub-total reaches or exceeds an amount (requirements.md B3). It is read before every promotion, so that
/// rewards do not depend on the order in which they are tried (but for `basis: current`): of the promotion's
/// events, whatever the benefit reaches.
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

impl Asks for Minimum {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn selectors(&self) -> SmallVec<[&Selector; 1]> {
        self.items.iter().collect()
    }

    fn amounts(&self) -> SmallVec<[&Amounts; 1]> {
        SmallVec::from_iter([&self.amount])
    }

    fn words(&self, shop: &Vocabulary) -> String {
        format!("{} is at least {}", self.basis.words(self.items.as_ref(), shop), self.amount)
    }
}

impl Ready for Minimum {
    fn is_late(&self) -> bool {
        self.basis == Basis::Current
    }

    fn anchor(&self) -> Option<usize> {
        let is_positive = self.amount.iter().all(|money| money.minor > 0);
        (self.items.is_some() && is_positive).then_some(0)
    }

    fn need(&self, question: &Question<'_>) -> Option<Need> {
        match self.ask(question) {
            Err(Refusal::MinimumNotMet { missing, .. }) => {
                Some(Need::Spend { missing, of: question.items(self.items.as_ref()) })
            }
            _ => None,
        }
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let minimum = self.amount.in_currency(question.case.cart.currency()).unwrap_or(0);
        let sub_total = self.basis.sub_total(question);
        let missing = minimum - sub_total;
        if missing > 0 { Err(Refusal::MinimumNotMet { missing, minimum, sub_total }) } else { Ok(()) }
    }

    fn found(&self, question: &Question<'_>) -> String {
        self.basis.found(question)
    }
}
