//! The shop knows who buys.

use serde::{Deserialize, Serialize};

use crate::conditions::{Asks, Question, Ready, Setting};
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The cart has a customer whom the shop has identified, whoever that is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedIn {}

impl Asks for SignedIn {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(*self)
    }

    fn words(&self, _: &Vocabulary) -> String {
        "the customer is signed in".to_owned()
    }
}

impl Ready for SignedIn {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.customer().map(|_| ())
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.who()
    }
}
