//! Taking an order back as a whole.

use serde::{Deserialize, Serialize};
use tearline_pricing::names::{CustomerId, OrderId};

use super::Answer;
use super::activity::Happened;
use super::books::{Books, Missing};
use super::rows::{Buyer, Claimed, Order, OrderState, Taken};

/// Asks for an order to be taken back. What it drew on balances and budgets always comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// The order.
    pub order: OrderId,
    /// What becomes of its uses.
    pub uses: UsesPolicy,
}

/// What becomes of the uses of a cancelled order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsesPolicy {
    /// They are given back, each to the period in which it was used. The default.
    #[default]
    GiveBack,
    /// They stay used.
    Keep,
}

pub(super) fn cancel(books: &mut Books, by: &str, cancel: &Cancel) -> Result<Answer, Missing> {
    let Some(order) = books.orders.get(&cancel.order)?.cloned() else { return Ok(Answer::NoOrder) };
    if order.state == OrderState::Cancelled {
        return Ok(Answer::Cancelled { order: Box::new(order), again: true });
    }
    if !order.refunds.is_empty() {
        return Ok(Answer::HasRefunds);
    }
    let returned: Vec<Taken> = order
        .claims
        .iter()
        .filter(|taken| cancel.uses == UsesPolicy::GiveBack || is_money(taken))
        .cloned()
        .collect();
    books.use_claims(&returned, -1)?;
    books.uncount_order(order.customer.as_ref())?;
    let order = Order { state: OrderState::Cancelled, cancelled_at: Some(books.now), returned, ..order };
    books.orders.put(order.id.clone(), order.clone());
    let what = Happened::OrderCancelled { order: order.id.clone() };
    books.happen_to(by, order.customer.as_ref(), &order.claims, what);
    Ok(Answer::Cancelled { order: Box::new(order), again: false })
}

/// Whether it is money, of a balance or a budget.
fn is_money(taken: &Taken) -> bool {
    match &taken.of {
        Claimed::Limit(key) => key.limit.is_money(),
        Claimed::Code(_) => false,
    }
}

impl Books {
    fn uncount_order(&mut self, customer: Option<&CustomerId>) -> Result<(), Missing> {
        let Some(customer) = customer else { return Ok(()) };
        let buyer = self.customers.get(customer)?.cloned().unwrap_or_default();
        self.customers.put(customer.clone(), Buyer { orders: buyer.orders.saturating_sub(1), ..buyer });
        Ok(())
    }
}
