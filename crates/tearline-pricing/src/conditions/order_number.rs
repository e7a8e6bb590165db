//! It is the customer's first order, or the tenth.

use serde::{Deserialize, Serialize};

use crate::conditions::range::Range;
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::refusal::Refusal;
use crate::words::{Vocabulary, ordinal};

/// Which of the customer's orders this would be, counted from 1: their first is `{to: 1}`, every tenth `{every: 10}`.
/// Orders before it are those that were placed, in any event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct OrderNumber {
    /// From this one on; absent = from the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub from: Option<u32>,
    /// Up to this one; absent = without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1))]
    pub to: Option<u32>,
    /// Of these, every so many; 5 = the 5th, the 10th, the 15th, wherever `from` stands. Absent = each.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 2))]
    pub every: Option<u32>,
}

impl OrderNumber {
    fn range(self) -> Range {
        Range { min: self.from, max: self.to }
    }

    fn holds(self, number: u64) -> bool {
        self.range().holds(number) && self.every.is_none_or(|every| number.is_multiple_of(every.into()))
    }

    /// Whether no multiple of `every` lies from `from` to `to`.
    fn is_never(self) -> bool {
        let (every, to) = (self.every.filter(|every| *every > 0), self.to);
        every.zip(to).is_some_and(|(every, to)| to - to % every < self.from.unwrap_or(1).max(1))
    }
}

/// Which order it would be.
fn number(question: &Question<'_>) -> Result<u64, Refusal> {
    question.customer()?;
    Ok(question.case.facts.orders.saturating_add(1))
}

impl Asks for OrderNumber {
    fn prepare(&self, _: &Setting<'_>) -> Box<dyn Ready> {
        Box::new(*self)
    }

    fn faults(&self, _: &Setting<'_>) -> Vec<Fault> {
        let fault = |field: &'static str, message: &str| vec![(field.into(), message.to_owned())];
        let range = if self.range() == Range::OPEN { Vec::new() } else { self.range().faults("from", "to") };
        match self.every {
            None if self.range() == Range::OPEN => fault("from", "is needed, or `to` or `every`"),
            _ if self.to == Some(0) => fault("to", "must be at least 1"),
            Some(0 | 1) => fault("every", "must be at least 2; without it each order counts"),
            Some(_) if range.is_empty() && self.is_never() => {
                fault("every", "has no multiple from `from` to `to`")
            }
            _ => range,
        }
    }

    fn words(&self, _: &Vocabulary) -> String {
        let which = |number: u32| if number == 1 { "first".to_owned() } else { ordinal(number) };
        match (self.from.unwrap_or(1), self.to, self.every) {
            (1, None, Some(every)) => format!("it is every {} order of the customer", ordinal(every)),
            (from, None, Some(every)) => {
                format!("it is every {} order of the customer, from the {} on", ordinal(every), ordinal(from))
            }
            (from, Some(to), Some(every)) => format!(
                "it is every {} order of the customer, from the {} to the {}",
                ordinal(every),
                which(from),
                ordinal(to)
            ),
            (from, Some(to), None) if from == to => format!("it is the customer's {} order", which(from)),
            (from, Some(to), None) => {
                format!("it is the customer's {} to {} order", which(from), ordinal(to))
            }
            (from, None, None) => format!("it is the customer's {} order or a later one", which(from)),
        }
    }
}

impl Ready for OrderNumber {
    fn reads_past_orders(&self) -> bool {
        true
    }

    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        question.met_if(self.holds(number(question)?))
    }

    fn found(&self, question: &Question<'_>) -> String {
        number(question).map_or_else(|_| question.who(), |number| format!("order {number}"))
    }
}
