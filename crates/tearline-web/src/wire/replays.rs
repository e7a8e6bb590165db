//! Orders that are priced again, as they travel.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tearline_core::document::Document;
use tearline_core::ledger::{self, LimitKey};
use tearline_core::plan;
use tearline_core::replay::{Replay, Trial, Tried};
use tearline_pricing::names::{OrderId, PromotionId};
use tearline_pricing::quote::{ClaimedLimit, Totals};
use utoipa::ToSchema;

use crate::openapi::NamedDocument;
use crate::problem::Fault;
use crate::wire::DocumentDifference;

/// Which orders are to be priced again, and with what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayOrders {
    /// Those placed since; absent = from the first.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) from: Option<Timestamp>,
    /// Those placed before; absent = up to the last.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) until: Option<Timestamp>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    pub(crate) after: Option<String>,
    /// How many at most.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
    /// A draft: documents that are tried in the place of those that the orders were placed with. Nothing is written.
    #[serde(default)]
    #[schema(value_type = Vec<NamedDocument>)]
    documents: Vec<Value>,
    /// What the draft has taken so far: `taken` of the page before.
    #[serde(default)]
    taken: Vec<DraftTaken>,
}

impl ReplayOrders {
    /// The documents of the draft; or what is wrong with them, or with what it has taken.
    pub(crate) fn documents(&self) -> Result<Vec<Document>, Vec<Fault>> {
        let (mut documents, mut faults) = (Vec::new(), Vec::new());
        for (index, value) in self.documents.iter().enumerate() {
            match Document::read(value.clone()) {
                Ok(document) => documents.push(document),
                Err(fault) => {
                    let of_body = Fault::from(fault);
                    let pointer = format!("/documents/{index}{}", of_body.pointer);
                    faults.push(Fault { pointer, ..of_body });
                }
            }
        }
        faults.extend(self.taken.iter().enumerate().filter_map(|(index, taken)| taken.fault(index)));
        if faults.is_empty() { Ok(documents) } else { Err(faults) }
    }

    /// What the draft has taken so far.
    pub(crate) fn trial(&self) -> Trial {
        let taken = self.taken.iter().map(|taken| (taken.key(), taken.taken));
        Trial { taken: taken.collect(), ..Trial::default() }
    }
}

/// What a draft has taken of a limit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftTaken {
    /// The promotion.
    promotion: PromotionId,
    /// Which of its limits.
    limit: ClaimedLimit,
    /// For what it counts.
    #[serde(default)]
    of: String,
    /// How much: uses, or minor units.
    taken: u64,
}

impl DraftTaken {
    fn fault(&self, index: usize) -> Option<Fault> {
        let fault = self.promotion.fault()?;
        Some(Fault::new(format!("/taken/{index}/promotion"), "invalid_name", fault))
    }

    fn key(&self) -> LimitKey {
        LimitKey { promotion: self.promotion.clone(), limit: self.limit, of: self.of.clone() }
    }
}

/// What pricing an order again comes to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReplayOutcome {
    /// The same, to the cent.
    Same,
    /// Something else.
    Different,
    /// It cannot be priced.
    Failed,
    /// It was left out: it is cancelled.
    LeftOut,
}

/// An order that was priced again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderReplay {
    /// The order.
    #[schema(example = "S-1042")]
    order_id: OrderId,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    /// The currency of every amount.
    #[schema(value_type = tearline_pricing::schema::Currency)]
    currency: Value,
    /// What was to be paid, in minor units.
    due: i64,
    /// The version of the configuration by which it was placed.
    configuration_version: u64,
    /// The version of the arithmetic.
    arithmetic: u32,
    /// What came of it.
    outcome: ReplayOutcome,
    /// Where its amounts differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<DocumentDifference>,
    /// Why it cannot be priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Its sums with the draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    with_draft: Option<Totals>,
    /// The promotions of the draft that would have applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    applied: Vec<PromotionId>,
}

impl OrderReplay {
    fn of(order: ledger::Order, outcome: ReplayOutcome) -> Self {
        Self {
            order_id: order.id,
            placed_at: order.placed_at,
            currency: order.priced.quote["currency"].clone(),
            due: order.priced.due,
            configuration_version: order.priced.config_version,
            arithmetic: order.priced.arithmetic,
            outcome,
            differences: Vec::new(),
            why: None,
            with_draft: None,
            applied: Vec::new(),
        }
    }

    /// As it was.
    pub(crate) fn as_it_was(order: ledger::Order, replay: Replay) -> Self {
        match replay {
            Replay::Same => Self::of(order, ReplayOutcome::Same),
            Replay::Failed(why) => Self { why: Some(why), ..Self::of(order, ReplayOutcome::Failed) },
            Replay::Different(differences) => {
                let told = |plan::Difference { pointer, from, to }| DocumentDifference { pointer, from, to };
                let differences = differences.into_iter().map(told).collect();
                Self { differences, ..Self::of(order, ReplayOutcome::Different) }
            }
        }
    }

    /// With a draft.
    pub(crate) fn with_draft(order: ledger::Order, tried: Option<Result<Tried, String>>) -> Self {
        match tried {
            None => Self::of(order, ReplayOutcome::LeftOut),
            Some(Err(why)) => Self { why: Some(why), ..Self::of(order, ReplayOutcome::Failed) },
            Some(Ok(Tried { before, after, applied })) => {
                let outcome = if before == after { ReplayOutcome::Same } else { ReplayOutcome::Different };
                Self { with_draft: Some(after), applied, ..Self::of(order, outcome) }
            }
        }
    }

    /// The place of the order in the order of time.
    pub(crate) fn place(&self) -> (Timestamp, &OrderId) {
        (self.placed_at, &self.order_id)
    }
}

/// A page of orders that were priced again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayedOrders {
    /// The orders, the oldest first.
    data: Vec<OrderReplay>,
    /// What to ask for next; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// What the draft has taken of its limits, balances and budgets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    taken: Vec<DraftTaken>,
}

impl ReplayedOrders {
    pub(crate) fn new(
        data: Vec<OrderReplay>,
        next_cursor: Option<String>,
        taken: BTreeMap<LimitKey, u64>,
    ) -> Self {
        let told = |(LimitKey { promotion, limit, of }, taken)| DraftTaken { promotion, limit, of, taken };
        Self { data, next_cursor, taken: taken.into_iter().map(told).collect() }
    }
}
