//! What quotes show of buyers: which carts were priced, and which codes were refused.
//!
//! It is kept in memory and written down every second, so that no quote waits for the disk. A crash may lose the last
//! second of it, and where more happens than there is room for, the rest is only counted: nothing is decided by it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tearline_core::ledger::{Activity, Code, CodeId, Happened, match_key};
use tearline_core::names::ShopId;
use tearline_pricing::cart::Cart;
use tearline_pricing::names::{CartId, CustomerId};
use tearline_pricing::quote::{CodeAnswer, CodeStatus, Quote};

use crate::App;

/// How often what was noticed is written down.
const EVERY: Duration = Duration::from_secs(1);

/// How much is remembered between two times.
const KEPT_MAX: usize = 10_000;

/// What is remembered: of each cart its last quote, of each code and buyer the last refusal.
#[derive(Debug, Default)]
pub(crate) struct Noticed(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    activities: BTreeMap<(ShopId, Subject), Activity>,
    left_out: u64,
}

/// What a later activity replaces an earlier one of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Cart(CartId),
    Refused { code: String, cart: Option<CartId>, customer: Option<CustomerId> },
}

/// Whose cart was priced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) shop: &'a ShopId,
    pub(crate) by: &'a str,
    pub(crate) cart: &'a Cart,
    pub(crate) cart_id: Option<&'a CartId>,
    pub(crate) at: Timestamp,
}

impl Noticed {
    /// Remembers what a quote shows. `codes` are the unique ones in the cart, as [`crate::facts::Known`] has them.
    pub(crate) fn notice(&self, asked: Asked<'_>, quote: &Quote, codes: &BTreeMap<String, Code>) {
        let refused = quote.codes.iter().filter(|code| code.status == CodeStatus::Refused);
        for answer in refused {
            let code = codes.get(&match_key(&answer.code)).or_else(|| codes.get(answer.code.trim()));
            self.keep(asked, asked.refusal_of(answer), refusal(asked, answer, code.map(|code| &code.id)));
        }
        if let (Some(cart_id), Some(_)) = (asked.cart_id, &asked.cart.customer) {
            let what = Happened::CartQuoted { cart: cart_id.clone(), due: quote.totals.due };
            self.keep(asked, Subject::Cart(cart_id.clone()), what);
        }
    }

    fn keep(&self, asked: Asked<'_>, subject: Subject, what: Happened) {
        let activity = Activity {
            at: asked.at,
            by: asked.by.to_owned(),
            customer: asked.customer().cloned(),
            codes: what.code().cloned().into_iter().collect(),
            what,
        };
        let mut kept = self.kept();
        let key = (asked.shop.clone(), subject);
        if kept.activities.len() < KEPT_MAX || kept.activities.contains_key(&key) {
            kept.activities.insert(key, activity);
        } else {
            kept.left_out += 1;
        }
    }

    fn take(&self) -> (BTreeMap<ShopId, Vec<Activity>>, u64) {
        let Kept { activities, left_out } = std::mem::take(&mut *self.kept());
        let mut by_shop: BTreeMap<ShopId, Vec<Activity>> = BTreeMap::new();
        for ((shop, _), activity) in activities {
            by_shop.entry(shop).or_default().push(activity);
        }
        for activities in by_shop.values_mut() {
            activities.sort_by_key(|activity| activity.at);
        }
        (by_shop, left_out)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Asked<'a> {
    fn customer(self) -> Option<&'a CustomerId> {
        self.cart.customer.as_ref().map(|customer| &customer.id)
    }

    fn refusal_of(self, answer: &CodeAnswer) -> Subject {
        Subject::Refused {
            code: match_key(&answer.code),
            cart: self.cart_id.cloned(),
            customer: self.customer().cloned(),
        }
    }
}

/// A code that is nobody's is not written down: it may be somebody's password for all we know.
fn refusal(asked: Asked<'_>, answer: &CodeAnswer, code: Option<&CodeId>) -> Happened {
    let because = answer.because.as_ref().and_then(|because| serde_json::to_value(because).ok());
    let reason = because.as_ref().and_then(|because| because["reason"].as_str()).unwrap_or_default();
    Happened::CodeRefused {
        code: code.cloned(),
        promotion: answer.promotion.clone(),
        cart: asked.cart_id.cloned(),
        reason: reason.to_owned(),
    }
}

impl App {
    /// Writes down what was noticed, every second until it is dropped: to be run beside the server.
    pub async fn keep_noticing(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.write_down().await;
        }
    }

    /// Writes down what was noticed up to now.
    pub async fn write_down(&self) {
        let (by_shop, left_out) = self.noticed.take();
        if left_out > 0 {
            tracing::warn!(left_out, "more was noticed of buyers than there was room for");
        }
        for (shop, activities) in by_shop {
            let count = activities.len();
            if let Err(error) = self.store.note(&shop, activities).await {
                tracing::error!(%shop, count, %error, "what was noticed of buyers could not be written down");
            }
        }
    }
}
