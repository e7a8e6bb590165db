//! What the store knows that the price of a cart depends on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tearline_core::ledger::{Code, CodeState, LimitKey};
use tearline_core::names::ShopId;
use tearline_pricing::cart::{CODES_MAX, Cart};
use tearline_pricing::facts::{CodeRow, Facts, codes};
use tearline_pricing::names::{CartId, PromotionId};
use tearline_pricing::wanted;
use tearline_store::{Asker, HeldByOthers};

use crate::App;
use crate::quotes::QuoteError;
use crate::shops::Configured;

/// What the price of a cart depends on, and which unique codes are in it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) facts: Facts,
    /// The unique codes in the cart, by the key under which the facts and the quote's claims name them.
    pub(crate) codes: BTreeMap<String, Code>,
}

impl App {
    /// What is known of a cart: its unique codes, what is taken of every limit that could count, and what its customer
    /// has ordered. What the cart itself holds does not count against it. Where there is nothing of that, nothing is
    /// read.
    pub(crate) async fn know(
        &self,
        shop: &ShopId,
        cart: &Cart,
        named: Option<&CartId>,
        configured: &Configured,
        now: Timestamp,
    ) -> Result<Known, QuoteError> {
        let snapshot = &*configured.snapshot;
        let asker = Asker {
            cart: named.cloned(),
            customer: cart.customer.as_ref().map(|customer| customer.id.clone()),
        };
        let mut known = Known::default();
        if let Some(customer) = asker.customer.as_ref().filter(|_| snapshot.reads_past_orders()) {
            let buyer = self.store.buyer(shop, customer).await?;
            (known.facts.orders, known.facts.last_order_at) = (buyer.orders, buyer.last_order_at);
        }
        self.know_codes(shop, cart, configured, &asker, now, &mut known).await?;
        let keys = wanted::limits(cart, snapshot, &known.facts, now).map_err(QuoteError::Cart)?;
        if keys.is_empty() {
            return Ok(known);
        }
        let keys: Vec<LimitKey> = keys.into_iter().collect();
        let taken = self.store.taken(shop, keys.clone(), asker, now).await?;
        for (key, taken) in keys.iter().zip(taken) {
            known.facts.count(key, taken, snapshot.most_of(key, cart.currency).unwrap_or(0));
        }
        Ok(known)
    }

    async fn know_codes(
        &self,
        shop: &ShopId,
        cart: &Cart,
        configured: &Configured,
        asker: &Asker,
        now: Timestamp,
        known: &mut Known,
    ) -> Result<(), QuoteError> {
        if configured.pools.is_empty() {
            return Ok(());
        }
        // A cart with too many codes is refused whatever they are.
        for entered in
            cart.codes.iter().take(CODES_MAX).filter(|entered| !configured.snapshot.is_coupon(entered))
        {
            let Some(code) = self.store.code(shop, entered).await? else { continue };
            let pool = configured.pools.get(&code.id.pool);
            let Some(promotion) = pool.and_then(|pool| pool.promotion.clone()) else { continue };
            let key = code.match_key.clone().unwrap_or_else(|| code.text.clone());
            let held = self.held_by_others(shop, &code, asker, now).await?;
            let most = code.uses_max.unwrap_or_else(|| configured.snapshot.uses_of_code(&promotion));
            known.facts.codes.insert(key.clone(), row(promotion, &code, most, held));
            known.codes.insert(key, code);
        }
        Ok(())
    }

    /// What somebody else holds of a code.
    async fn held_by_others(
        &self,
        shop: &ShopId,
        code: &Code,
        asker: &Asker,
        now: Timestamp,
    ) -> Result<HeldByOthers, QuoteError> {
        if code.uses.held == 0 {
            return Ok(HeldByOthers::default());
        }
        Ok(self.store.code_held(shop, &code.id, asker, now).await?)
    }
}

/// What the price depends on of a code's row. A use that somebody else holds counts like one that is used, and the
/// code waits for them only where no other is left.
fn row(promotion: PromotionId, code: &Code, most: u64, held: HeldByOthers) -> CodeRow {
    let used = u64::try_from(code.uses.used).unwrap_or(0);
    let is_held = used < most && most <= used.saturating_add(held.uses);
    let state = match (code.state, held.until.filter(|_| is_held)) {
        (CodeState::Void, _) => codes::CodeState::Void,
        (CodeState::Redeemed, _) => codes::CodeState::Redeemed,
        (_, Some(until)) => codes::CodeState::Held { until, by_this_buyer: false },
        (CodeState::Unassigned, None) => codes::CodeState::Unassigned,
        (CodeState::Assigned, None) => codes::CodeState::Assigned,
    };
    // What is held to the last use is `held`, and not used up.
    let uses = if is_held { used } else { used.saturating_add(held.uses) };
    CodeRow {
        state,
        exact: code.match_key.is_none(),
        starts_at: code.starts_at,
        expires_at: code.expires_at,
        customer: code.customer.clone().filter(|_| code.is_bound),
        uses,
        uses_max: code.uses_max,
        ..CodeRow::of(promotion)
    }
}
