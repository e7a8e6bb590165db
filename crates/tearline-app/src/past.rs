//! Orders as they were: priced again by the documents and the facts of then.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tearline_core::ledger::{Claimed, ClaimedLimit, Order, OrderState, Taken};
use tearline_core::names::ShopId;
use tearline_core::refunds::{self, Statement};
use tearline_core::replay::{in_words, read};
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{Expand, Quote};

use crate::shops::Configured;
use crate::{App, AppError};

/// How many past configurations are kept compiled.
const KEPT: usize = 16;

/// Past configurations that were needed lately, the latest last.
#[derive(Default)]
pub(crate) struct Pasts(Mutex<VecDeque<(ShopId, Arc<Configured>)>>);

impl Pasts {
    fn get(&self, shop: &ShopId, version: u64) -> Option<Arc<Configured>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |(of, configured): &(ShopId, Arc<Configured>)| {
            of == shop && configured.snapshot.version() == version
        };
        let place = kept.iter().position(is_it)?;
        let found = kept.remove(place)?;
        let configured = Arc::clone(&found.1);
        kept.push_back(found);
        Some(configured)
    }

    fn put(&self, shop: &ShopId, configured: &Arc<Configured>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((shop.clone(), Arc::clone(configured)));
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }
}

/// An order with all that its price depends on.
pub(crate) struct Past {
    pub(crate) order: Order,
    /// What it consists of: what was ordered, or what it was last exchanged for.
    pub(crate) cart: Cart,
    pub(crate) facts: Facts,
    /// Its price, with units.
    pub(crate) quote: Quote,
    pub(crate) configured: Arc<Configured>,
    pub(crate) at: Timestamp,
    made: Vec<Statement>,
    budgets: BTreeMap<PromotionId, i64>,
}

impl Past {
    /// The order as refunds see it.
    pub(crate) fn to_refund(&self) -> refunds::Order<'_> {
        refunds::Order {
            cart: &self.cart,
            quote: &self.quote,
            facts: &self.facts,
            snapshot: &self.configured.snapshot,
            at: self.at,
            cancelled: self.order.state == OrderState::Cancelled,
            budgets: &self.budgets,
        }
    }

    /// The statements that were made.
    pub(crate) fn made(&self) -> &[Statement] {
        &self.made
    }
}

impl App {
    /// What a shop had configured at a version.
    pub(crate) async fn configured_at(
        &self,
        shop: &ShopId,
        version: u64,
    ) -> Result<Arc<Configured>, AppError> {
        let now = self.configured(shop).await?;
        if now.snapshot.version() == version {
            return Ok(now);
        }
        if let Some(known) = self.pasts.get(shop, version) {
            return Ok(known);
        }
        let stored = self.store.configuration_at(shop, version).await?;
        let configured = Arc::new(Configured::read(shop, &stored)?);
        self.pasts.put(shop, &configured);
        Ok(configured)
    }

    /// Prices an order again.
    ///
    /// # Errors
    ///
    /// It cannot be priced any more, or comes to another price: nothing may be reckoned from it then.
    pub(crate) async fn past(&self, shop: &ShopId, order: Order) -> Result<Past, AppError> {
        let configured = self.configured_at(shop, order.priced.config_version).await?;
        let now = order.exchanged();
        let (cart, quote) =
            now.map_or((&order.priced.cart, &order.priced.quote), |now| (&now.cart, &now.quote));
        let fault = |why: String| AppError::Past { order: order.id.clone(), why };
        let at = order.priced.at;
        let (cart, facts) = read(cart, &order.priced.facts).map_err(fault)?;
        let units = Expand { units: true, trace: false };
        let again = tearline_pricing::price(&cart, &configured.snapshot, &facts, at, units);
        let again = again.map_err(|faults| fault(in_words(&faults)))?;
        if crate::ledger::value(&again.totals) != quote["totals"] {
            return Err(fault(format!(
                "it comes to {} now, not to {}",
                again.totals.due, quote["totals"]["due"]
            )));
        }
        let made = order.refunds.iter().map(|refunded| refunded.statement.clone()).collect();
        let budgets = budgets(&order);
        Ok(Past { order, cart, facts, quote: again, configured, at, made, budgets })
    }
}

/// What an order still counts against the budget of each promotion.
fn budgets(order: &Order) -> BTreeMap<PromotionId, i64> {
    let mut budgets = BTreeMap::new();
    let mut count = |taken: &Taken, times: i64| {
        if let Claimed::Limit(key) = &taken.of
            && key.limit == ClaimedLimit::Budget
        {
            *budgets.entry(key.promotion.clone()).or_default() += times * taken.take;
        }
    };
    order.claims.iter().for_each(|taken| count(taken, 1));
    order.returned.iter().for_each(|taken| count(taken, -1));
    budgets.retain(|_, counted: &mut i64| *counted > 0);
    budgets
}
