//! The customer is a recipient of the promotion.

use serde::{Deserialize, Serialize};

use crate::conditions::{Asks, Question, Ready, Setting};
use crate::names::PromotionId;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// The customer is among those to whom the promotion was sent, or who were put on its list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ByRecipient {}

#[derive(Debug)]
struct RecipientOf(PromotionId);

impl Asks for ByRecipient {
    fn prepare(&self, setting: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(RecipientOf(setting.promotion.clone()))
    }

    fn words(&self, _: &Vocabulary) -> String {
        "the customer is a recipient".to_owned()
    }
}

impl Ready for RecipientOf {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.customer()?;
        let is_one = question.case.facts.recipient_of.contains(&self.0);
        if is_one { Ok(()) } else { Err(Refusal::NotARecipient) }
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.who()
    }
}
