//! Adding a statement of what is refunded to an order.

use serde_json::Value;
use tearline_pricing::names::OrderId;

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::rows::{OrderState, Taken};

/// Asks for a statement to be added. It was reckoned from the order and the statements before it.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeRefund {
    /// The order.
    pub order: OrderId,
    /// How many statements there were.
    pub after: usize,
    /// The statement.
    pub statement: Value,
    /// What comes back to balances.
    pub returned: Vec<Taken>,
}

pub(super) fn refund(books: &mut Books, by: &str, refund: &MakeRefund) -> Result<Answer, Missing> {
    let Some(mut order) = books.orders.get(&refund.order)?.cloned() else { return Ok(Answer::NoOrder) };
    if order.state == OrderState::Cancelled {
        return Ok(Answer::OrderCancelled);
    }
    if order.refunds.len() != refund.after {
        return Ok(Answer::Moved);
    }
    books.use_claims(&refund.returned, -1)?;
    order.refunds.push(refund.statement.clone());
    books.orders.put(order.id.clone(), order.clone());
    let statement = order.refunds.len() as u64;
    let what = Happened::OrderRefunded { order: order.id.clone(), statement };
    books.happen_to(by, order.customer.as_ref(), &order.claims, what);
    Ok(Answer::Refunded { order: Box::new(order) })
}
