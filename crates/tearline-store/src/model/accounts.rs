//! The ledger of a shop in memory. What is held is never counted, only added up from the holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tearline_core::ledger::{
    Activity, Answer, Books, Buyer, CartId, Claimed, Counter, CustomerId, Hold, LimitKey, Order, OrderId,
    Remembered, Request, RowKey,
};

use crate::StoreError;
use crate::ledger::{Asker, decide_loading};

#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) used: BTreeMap<LimitKey, i64>,
    pub(super) holds: BTreeMap<CartId, Hold>,
    pub(super) orders: BTreeMap<OrderId, Order>,
    pub(super) customers: BTreeMap<CustomerId, Buyer>,
    pub(super) requests: BTreeMap<String, Remembered>,
    pub(super) activities: Vec<Activity>,
}

impl Accounts {
    pub(super) fn decide(
        &mut self,
        request: &Request,
        config_version: u64,
        now: Timestamp,
    ) -> Result<Answer, StoreError> {
        let mut books = Books::new(now, config_version);
        let answer = decide_loading(&mut books, request, |books, row| {
            self.load(books, row);
            Ok(())
        })?;
        self.save(books);
        Ok(answer)
    }

    fn load(&self, books: &mut Books, row: RowKey) {
        match row {
            RowKey::Request(key) => books.requests.load(key.clone(), self.requests.get(&key).cloned()),
            RowKey::Order(id) => books.orders.load(id.clone(), self.orders.get(&id).cloned()),
            RowKey::Customer(id) => books.customers.load(id.clone(), self.customers.get(&id).cloned()),
            RowKey::Hold(cart) => books.holds.load(cart.clone(), self.holds.get(&cart).cloned()),
            RowKey::HoldsOf(customer) => {
                let is_theirs = |hold: &&Hold| hold.customer.as_ref() == Some(&customer);
                let carts = self.holds.values().filter(is_theirs).map(|hold| hold.cart.clone()).collect();
                books.load_holds_of(customer, carts);
            }
            RowKey::Limit(key) => {
                let used = self.used.get(&key).copied().unwrap_or(0);
                let held = self.held(&key, books.now, |_| true);
                books.limits.load(key, Some(Counter { used, held, earliest_hold_end: None }));
            }
        }
    }

    fn save(&mut self, books: Books) {
        save(&mut self.holds, books.holds.changed());
        save(&mut self.orders, books.orders.changed());
        save(&mut self.customers, books.customers.changed());
        save(&mut self.requests, books.requests.changed());
        for (key, counter) in books.limits.changed() {
            self.used.insert(key.clone(), counter.map_or(0, |counter| counter.used));
        }
        self.activities.extend(books.activities);
    }

    /// How much the live holds of some keep of a limit.
    fn held(&self, key: &LimitKey, now: Timestamp, counts: impl Fn(&Hold) -> bool) -> i64 {
        let holds = self.holds.values().filter(|hold| now < hold.ends_at && counts(hold));
        let claims = holds.flat_map(|hold| &hold.claims);
        let kept = claims.filter(|taken| {
            let Claimed::Limit(limit) = &taken.of;
            limit == key
        });
        kept.map(|taken| taken.take).sum()
    }

    pub(super) fn taken(&self, key: &LimitKey, asker: &Asker, now: Timestamp) -> u64 {
        let is_anothers = |hold: &Hold| {
            Some(&hold.cart) != asker.cart.as_ref()
                && (hold.customer.is_none() || hold.customer != asker.customer)
        };
        let used = self.used.get(key).copied().unwrap_or(0);
        u64::try_from(used + self.held(key, now, is_anothers)).unwrap_or(0)
    }

    pub(super) fn activities_of(&self, order: &OrderId) -> Vec<Activity> {
        self.activities.iter().filter(|activity| activity.what.order() == Some(order)).cloned().collect()
    }
}

fn save<'a, K: Ord + Clone + 'a, V: Clone + 'a>(
    rows: &mut BTreeMap<K, V>,
    changed: impl Iterator<Item = (&'a K, Option<&'a V>)>,
) {
    for (key, value) in changed {
        match value {
            Some(value) => rows.insert(key.clone(), value.clone()),
            None => rows.remove(key),
        };
    }
}
