//! The customer is in certain segments.

use serde::{Deserialize, Serialize};

use crate::conditions::listed::{faults_of, some_of};
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::names::SegmentId;
use crate::refusal::Refusal;
use crate::words::{Vocabulary, list};

/// The customer is in one of these segments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InSegment {
    /// One of these segments.
    #[cfg_attr(feature = "schema", schema(min_items = 1))]
    pub segments: Vec<SegmentId>,
}

impl Asks for InSegment {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(self.clone())
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        faults_of("segments", &self.segments, SegmentId::fault)
    }

    fn words(&self, _: &Vocabulary) -> String {
        format!("the customer is in {}", list(self.segments.iter().map(SegmentId::as_str), "or"))
    }
}

impl Ready for InSegment {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.customer()?;
        let is_in = |segment| question.case.facts.segments.contains(segment);
        if self.segments.iter().any(is_in) { Ok(()) } else { Err(Refusal::NotARecipient) }
    }

    fn found(&self, question: &Question<'_>) -> String {
        let in_some = || some_of(question.case.facts.segments.iter().map(SegmentId::as_str), "no segment");
        question.customer().map_or_else(|_| question.who(), |_| in_some())
    }
}
