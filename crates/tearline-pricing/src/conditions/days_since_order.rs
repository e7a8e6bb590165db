//! The customer's last order is so many days ago.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::conditions::range::Range;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::need::Need;
use crate::refusal::Refusal;
use crate::words::Vocabulary;

/// How many days ago the customer placed their last order, by the days of the shop's calendar: yesterday is 1, whatever
/// the hour. It asks about an order, so that a customer who never placed one does not meet it, however long they may
/// have been away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DaysSinceOrder {
    /// At least so many days ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub min: Option<u32>,
    /// At most so many days ago; 0 = on the same day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl DaysSinceOrder {
    fn range(self) -> Range {
        Range { min: self.min, max: self.max }
    }
}

/// The day of the last order, if there was one.
fn last_day(question: &Question<'_>) -> Option<Date> {
    let last = question.case.facts.last_order_at?;
    Some(question.case.snapshot.local(last).date())
}

/// How many days ago that is; an order that lies ahead was placed today.
fn days(question: &Question<'_>) -> Option<u64> {
    let days = last_day(question)?.until(question.now().date()).ok()?.get_days();
    Some(u64::try_from(days).unwrap_or(0))
}

impl Asks for DaysSinceOrder {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(*self)
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        self.range().faults("min", "max")
    }

    fn words(&self, _: &Vocabulary) -> String {
        format!("the customer's last order is {} ago", self.range().words_of("day"))
    }
}

impl Ready for DaysSinceOrder {
    fn reads_past_orders(&self) -> bool {
        true
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.customer()?;
        question.met_if(days(question).is_some_and(|days| self.range().holds(days)))
    }

    fn found(&self, question: &Question<'_>) -> String {
        match (question.customer(), days(question)) {
            (Err(_), _) => question.who(),
            (Ok(_), None) => "no order".to_owned(),
            (Ok(_), Some(1)) => "1 day ago".to_owned(),
            (Ok(_), Some(days)) => format!("{days} days ago"),
        }
    }

    fn need(&self, question: &Question<'_>) -> Option<Need> {
        let missing = u64::from(self.min?) > days(question)?;
        let day = last_day(question)?.checked_add(i64::from(self.min?).days()).ok()?;
        let until = day.to_zoned(question.now().time_zone().clone()).ok()?.timestamp();
        missing.then_some(Need::Wait { until })
    }
}
