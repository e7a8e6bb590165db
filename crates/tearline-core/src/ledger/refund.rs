//! Adding a statement of what is refunded to an order.

use tearline_pricing::names::OrderId;

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::rows::{Exchanged, OrderState, Refunded, Taken};
use super::take::Taker;
use crate::refunds::Statement;

/// Asks for a statement to be added. It was reckoned from the order and the statements before it.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeRefund {
    /// The order.
    pub order: OrderId,
    /// How many statements there were.
    pub after: usize,
    /// The statement.
    pub statement: Statement,
    /// What comes back to balances and budgets.
    pub returned: Vec<Taken>,
    /// What the order becomes, where something comes in exchange.
    pub exchange: Option<Exchanged>,
    /// What it takes in addition, then: all of it or nothing.
    pub claims: Vec<Taken>,
}

pub(super) fn refund(books: &mut Books, by: &str, refund: &MakeRefund) -> Result<Answer, Missing> {
    let Some(mut order) = books.orders.get(&refund.order)?.cloned() else { return Ok(Answer::NoOrder) };
    if order.state == OrderState::Cancelled {
        return Ok(Answer::OrderCancelled);
    }
    if order.refunds.len() != refund.after {
        return Ok(Answer::Moved);
    }
    let taker = Taker { cart: None, customer: order.customer.as_ref(), by };
    if !books.make_room(&refund.claims, taker)? {
        return Ok(Answer::UsedUp);
    }
    books.use_claims(&refund.returned, -1)?;
    books.use_claims(&refund.claims, 1)?;
    order.claims.extend_from_slice(&refund.claims);
    order.returned.extend_from_slice(&refund.returned);
    let MakeRefund { statement, exchange, .. } = refund.clone();
    let is_exchange = exchange.is_some();
    order.refunds.push(Refunded { at: books.now, statement, exchange });
    books.orders.put(order.id.clone(), order.clone());
    let (statement, of) = (order.refunds.len() as u64, order.id.clone());
    let what = if is_exchange {
        Happened::OrderExchanged { order: of, statement }
    } else {
        Happened::OrderRefunded { order: of, statement }
    };
    books.happen_to(by, order.customer.as_ref(), &order.claims, what);
    Ok(Answer::Refunded { order: Box::new(order) })
}
