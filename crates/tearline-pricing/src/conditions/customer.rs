//! Certain customers buy.

use serde::{Deserialize, Serialize};

use crate::conditions::listed::faults_of;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::names::CustomerId;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list};

/// One of these customers buys. As a condition it can be one way of several; a promotion that is for certain customers
/// only says so in its own `customers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ByCustomer {
    /// One of these customers.
    #[cfg_attr(feature = "schema", schema(min_items = 1))]
    pub customers: Vec<CustomerId>,
}

/// Sorted.
#[derive(Debug)]
struct Sorted(Vec<CustomerId>);

impl Asks for ByCustomer {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        let mut customers = self.customers.clone();
        customers.sort();
        Box::new(Sorted(customers))
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        faults_of("customers", &self.customers, CustomerId::fault)
    }

    fn words(&self, _: &Vocabulary) -> String {
        match self.customers.as_slice() {
            [_, _, _, _, ..] => format!("the customer is one of {} customers", self.customers.len()),
            few => format!("the customer is {}", list(few.iter().map(CustomerId::as_str), "or")),
        }
    }
}

impl Ready for Sorted {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let is_one = self.0.binary_search(question.customer()?).is_ok();
        if is_one { Ok(()) } else { Err(Refusal::NotARecipient) }
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.who()
    }
}
