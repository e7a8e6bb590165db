//! The cart is in certain currencies.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::conditions::listed::faults_of;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::money::Currency;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list};

/// The cart is in one of these currencies. A promotion with amounts needs no such condition: it holds in the currencies
/// in which it names them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InCurrency {
    /// One of these currencies.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<crate::schema::Currency>, min_items = 1))]
    pub currencies: Vec<Currency>,
}

#[derive(Debug)]
struct Offered {
    currencies: Vec<Currency>,
    names: Arc<[String]>,
}

impl Asks for InCurrency {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        let names = self.currencies.iter().map(ToString::to_string).collect();
        Box::new(Offered { currencies: self.currencies.clone(), names })
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        faults_of("currencies", &self.currencies, |_| None::<String>)
    }

    fn words(&self, _: &Vocabulary) -> String {
        format!("the currency is {}", list(self.currencies.iter().map(|it| it.code()), "or"))
    }
}

impl Ready for Offered {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let is_met = self.currencies.contains(&question.case.cart.currency());
        if is_met { Ok(()) } else { Err(Refusal::CurrencyNotOffered { offered: Arc::clone(&self.names) }) }
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.case.cart.currency().to_string()
    }
}
