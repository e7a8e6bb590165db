//! Something is bought in certain events.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::conditions::listed::{faults_of, some_of};
use crate::conditions::{Asks, Fault, Question, Ready, Setting};
use crate::names::EventId;
use crate::refusal::Refusal;
use crate::snapshot::matcher::EventIndex;
use crate::words::{Vocabulary, list};

/// Something in the cart is bought in one of these events. Unlike the `events` of a promotion it decides nothing about
/// the lines that the promotion sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InEvent {
    /// One of these events.
    #[cfg_attr(feature = "schema", schema(min_items = 1))]
    pub events: Vec<EventId>,
}

#[derive(Debug)]
struct Looked {
    up: SmallVec<[EventIndex; 2]>,
    events: Arc<[EventId]>,
}

impl Asks for InEvent {
    fn prepare(&self, setting: &Setting<'_>) -> Box<dyn Ready> {
        let up = self.events.iter().filter_map(|event| setting.events.get(event).copied()).collect();
        Box::new(Looked { up, events: self.events.as_slice().into() })
    }

    fn faults(&self, setting: &Setting<'_>) -> Vec<Fault> {
        let unknown = |event: &EventId| {
            let is_known = setting.events.contains_key(event);
            (!is_known).then(|| format!("there is no event `{event}`"))
        };
        faults_of("events", &self.events, unknown)
    }

    fn words(&self, shop: &Vocabulary) -> String {
        format!("something is bought in {}", list(self.events.iter().map(|event| shop.event(event)), "or"))
    }
}

impl Ready for Looked {
    fn ask(&self, question: &Question<'_>) -> Result<(), Refusal> {
        let is_in = |event| self.up.contains(&event);
        let is_met = question.seen_lines().any(|line| line.event.is_some_and(is_in));
        if is_met { Ok(()) } else { Err(Refusal::WrongEvent { events: Arc::clone(&self.events) }) }
    }

    fn found(&self, question: &Question<'_>) -> String {
        let cart = question.case.cart.source;
        let of_line =
            question.seen_lines().filter_map(|line| line.source.event.as_ref().or(cart.event.as_ref()));
        some_of(of_line.map(EventId::as_str), "no event")
    }
}
