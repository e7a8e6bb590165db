//! The time is between two days or instants.

use serde::{Deserialize, Serialize};

use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::refusal::Refusal;
use crate::when::{When, Window};
use crate::words::Vocabulary;

/// The cart is priced within a time. As a condition it can be one way of several; a promotion that only holds for a time
/// says so in its own `starts_at` and `expires_at`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Dates {
    /// From when; a day from its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::When>))]
    pub from: Option<When>,
    /// Until when; a day counts to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<crate::schema::When>))]
    pub until: Option<When>,
}

impl Asks for Dates {
    fn prepare(&self, setting: &Setting<'_>) -> Box<dyn Ready> {
        let (window, _) = Window::between(("from", self.from), ("until", self.until), setting.zone);
        Box::new(window)
    }

    fn faults(&self, setting: &Setting<'_>) -> Vec<Fault> {
        if self.from.is_none() && self.until.is_none() {
            return vec![("from".into(), "is needed, or `until`".to_owned())];
        }
        let (_, faults) = Window::between(("from", self.from), ("until", self.until), setting.zone);
        faults.into_iter().map(|(field, message)| (field.into(), message)).collect()
    }

    fn words(&self, shop: &Vocabulary) -> String {
        format!("it is ordered {}", shop.window(self.from, self.until).unwrap_or_default())
    }
}

impl Ready for Window {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let at = question.case.at;
        match (self.starts_at, self.ends_at) {
            (Some(starts_at), _) if self.is_before(at) => Err(Refusal::NotStarted { starts_at }),
            (_, Some(ended_at)) if self.is_over(at) => Err(Refusal::Ended { ended_at }),
            _ => Ok(()),
        }
    }

    fn found(&self, question: &Question<'_>) -> String {
        question.now().strftime("%F %H:%M:%S %Z").to_string()
    }
}
