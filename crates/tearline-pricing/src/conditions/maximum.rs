//! The sub-total does not pass an amount.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::conditions::basis::Basis;
use crate::conditions::{Asks, Question, Ready, Setting};
use crate::config::selector::Selector;
use crate::money::Amounts;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The sub-total is no more than an amount; the amount itself is not too much. It is read as a minimum is: before
/// every promotion (but for `basis: current`), of the promotion's events, whatever the benefit reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Maximum {
    /// The most that it may be.
    #[cfg_attr(feature = "schema", schema(value_type = crate::schema::Amounts))]
    pub amount: Amounts,
    /// Which prices are added up.
    #[serde(default)]
    pub basis: Basis,
    /// Only of these items; absent = of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Selector>,
}

impl Asks for Maximum {
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
        format!("{} is at most {}", self.basis.words(self.items.as_ref(), shop), self.amount)
    }
}

impl Ready for Maximum {
    fn is_late(&self) -> bool {
        self.basis == Basis::Current
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let maximum = self.amount.in_currency(question.case.cart.currency());
        question.met_if(maximum.is_none_or(|maximum| self.basis.sub_total(question) <= maximum))
    }

    fn found(&self, question: &Question<'_>) -> String {
        self.basis.found(question)
    }
}
