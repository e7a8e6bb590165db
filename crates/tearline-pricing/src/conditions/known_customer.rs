//! An event knows the customer.

use serde::{Deserialize, Serialize};

use crate::conditions::{Asks, Question, Ready, Setting};
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The customer is among the known customers of an event in which something in the cart is bought, with terms of their
/// own or without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ByKnownCustomer {}

impl Asks for ByKnownCustomer {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(*self)
    }

    fn words(&self, _: &Vocabulary) -> String {
        "the customer is known to the event".to_owned()
    }
}

impl Ready for ByKnownCustomer {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let (customer, snapshot) = (question.customer()?, question.case.snapshot);
        let knows = |event| snapshot.event(event).knows(customer);
        let is_met = question.seen_lines().any(|line| line.event.is_some_and(knows));
        if is_met { Ok(()) } else { Err(Refusal::NotARecipient) }
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.who()
    }
}
