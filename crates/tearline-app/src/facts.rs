//! What the store knows that the price of a cart depends on.

use jiff::Timestamp;
use tearline_core::ledger::LimitKey;
use tearline_core::names::ShopId;
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::names::CartId;
use tearline_pricing::snapshot::Snapshot;
use tearline_pricing::wanted;
use tearline_store::Asker;

use crate::App;
use crate::quotes::QuoteError;

impl App {
    /// The facts of a cart: what is taken of every limit that could count, and what is known of its customer. What
    /// the cart itself holds does not count against it. Where nothing is limited and nobody is known, nothing is read.
    pub(crate) async fn facts(
        &self,
        shop: &ShopId,
        cart: &Cart,
        named: Option<&CartId>,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Facts, QuoteError> {
        let mut facts = Facts::default();
        let customer = cart.customer.as_ref().map(|customer| &customer.id);
        if let Some(customer) = customer.filter(|_| snapshot.reads_past_orders()) {
            let buyer = self.store.buyer(shop, customer).await?;
            (facts.orders, facts.last_order_at) = (buyer.orders, buyer.last_order_at);
        }
        let keys = wanted::limits(cart, snapshot, &facts, now).map_err(QuoteError::Cart)?;
        if keys.is_empty() {
            return Ok(facts);
        }
        let keys: Vec<LimitKey> = keys.into_iter().collect();
        let asker = Asker { cart: named.cloned(), customer: customer.cloned() };
        let taken = self.store.taken(shop, keys.clone(), asker, now).await?;
        for (key, taken) in keys.iter().zip(taken) {
            facts.count(key, taken, snapshot.most_of(key, cart.currency).unwrap_or(0));
        }
        Ok(facts)
    }
}
