//! The ledger of a shop in memory. What is held is never counted, only added up from the holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tearline_core::jobs::NewJob;
use tearline_core::ledger::{
    Activity, Answer, Books, Buyer, CartId, Claimed, Code, CodeId, CodeState, Counter, CustomerId,
    DrawnUnder, GivenAt, Hold, LimitKey, Order, OrderId, PoolId, PoolState, Remembered, ReportId, Request,
    Reservation, ReservationId, RowKey, Which, match_key,
};
use uuid::Uuid;

use super::imports::Imported;
use crate::StoreError;
use crate::codes::{Added, HeldByOthers, NewCode, PoolCounts};
use crate::ledger::{ActivityId, Asker, Logged, decide_loading};

#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) used: BTreeMap<LimitKey, i64>,
    pub(super) holds: BTreeMap<CartId, Hold>,
    pub(super) orders: BTreeMap<OrderId, Order>,
    pub(super) customers: BTreeMap<CustomerId, Buyer>,
    pub(super) requests: BTreeMap<String, Remembered>,
    pub(super) activities: Vec<Activity>,
    pub(super) codes: BTreeMap<CodeId, Code>,
    pub(super) pools: BTreeMap<PoolId, PoolState>,
    pub(super) draws: BTreeMap<(PoolId, String), DrawnUnder>,
    pub(super) reservations: BTreeMap<ReservationId, Reservation>,
    pub(super) reports: BTreeMap<ReportId, Timestamp>,
    pub(super) imports: BTreeMap<(PoolId, u64), Imported>,
    /// What the coupons of live promotions are compared as.
    pub(super) coupons: BTreeSet<String>,
}

impl Accounts {
    pub(super) fn decide(
        &mut self,
        request: &Request,
        config_version: u64,
        now: Timestamp,
    ) -> Result<(Answer, Vec<NewJob>), StoreError> {
        let mut books = Books::new(now, config_version);
        let answer = decide_loading(&mut books, request, |books, row| {
            self.load(books, row);
            Ok(())
        })?;
        let planned = std::mem::take(&mut books.jobs);
        self.save(books);
        Ok((answer, planned))
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
            RowKey::OldestHolds(most) => {
                let mut holds: Vec<_> =
                    self.holds.values().map(|hold| (hold.cart.clone(), hold.ends_at)).collect();
                holds.sort_by(|(a, x), (b, y)| (x, a).cmp(&(y, b)));
                holds.truncate(most as usize);
                books.load_oldest_holds(most, holds);
            }
            RowKey::OldestRequests(most) => {
                let mut requests: Vec<_> =
                    self.requests.iter().map(|(key, remembered)| (key.clone(), remembered.at)).collect();
                requests.sort_by(|(a, x), (b, y)| (x, a).cmp(&(y, b)));
                requests.truncate(most as usize);
                books.load_oldest_requests(most, requests);
            }
            RowKey::Code(id) => {
                let held = self.held(&Claimed::Code(id.clone()), books.now, |_| true);
                let counted = |code: &Code| {
                    let uses = Counter { used: code.uses.used, held, earliest_hold_end: None };
                    Code { uses, ..code.clone() }
                };
                let code = self.codes.get(&id).and_then(|code| self.seen(code));
                books.codes.load(id, code.as_ref().map(counted));
            }
            RowKey::Text(text) => {
                let is_taken = self.codes.values().any(|code| code.text == text);
                books.load_text(text, is_taken);
            }
            RowKey::MatchKey(key) => {
                let is_taken = self.codes.values().any(|code| code.match_key.as_ref() == Some(&key))
                    || self.coupons.contains(&key);
                books.load_match_key(key, is_taken);
            }
            RowKey::Pool(pool) => books.pools.load(pool.clone(), self.pools.get(&pool).cloned()),
            RowKey::NextCodes(pool, after, most) => {
                let is_next =
                    |code: &&Code| code.id.pool == pool && code.id.serial > after && self.can_be_drawn(code);
                let next = self.codes.values().filter(is_next).take(most as usize);
                let next: Vec<CodeId> = next.map(|code| code.id.clone()).collect();
                for id in &next {
                    self.load(books, RowKey::Code(id.clone()));
                }
                books.load_next_codes(pool, after, most, next);
            }
            RowKey::Codes(pool, after, most) => {
                let behind = self.codes.keys().filter(|id| id.pool == pool && id.serial > after);
                let page: Vec<CodeId> = behind.take(most as usize).cloned().collect();
                for id in &page {
                    self.load(books, RowKey::Code(id.clone()));
                }
                books.load_page(pool, after, most, page);
            }
            RowKey::Draw(pool, key) => {
                let key = (pool, key);
                let drawn = self.draws.get(&key).cloned();
                if let Some(DrawnUnder::Code(id)) = &drawn {
                    self.load(books, RowKey::Code(id.clone()));
                }
                books.draws.load(key, drawn);
            }
            RowKey::Given(pool, customer, which, before) => {
                let given = self.last_given(&pool, &customer, which, before, books.now);
                let given = given.map(|code| code.id.clone());
                if let Some(id) = &given {
                    self.load(books, RowKey::Code(id.clone()));
                }
                books.load_given(pool, customer, which, before, given);
            }
            RowKey::Remaining(pool) => {
                let remaining = self.remaining(&pool, books.now);
                books.load_remaining(pool, remaining);
            }
            RowKey::Reservation(id) => {
                books.reservations.load(id.clone(), self.reservations.get(&id).cloned());
            }
            RowKey::Report(id) => books.reports.load(id.clone(), self.reports.get(&id).copied()),
            RowKey::Limit(key) => {
                let used = self.used.get(&key).copied().unwrap_or(0);
                let held = self.held(&Claimed::Limit(key.clone()), books.now, |_| true);
                books.limits.load(key, Some(Counter { used, held, earliest_hold_end: None }));
            }
        }
    }

    fn save(&mut self, books: Books) {
        save(&mut self.holds, books.holds.changed());
        save(&mut self.orders, books.orders.changed());
        save(&mut self.customers, books.customers.changed());
        save(&mut self.requests, books.requests.changed());
        save(&mut self.codes, books.codes.changed());
        save(&mut self.pools, books.pools.changed());
        save(&mut self.draws, books.draws.changed());
        save(&mut self.reservations, books.reservations.changed());
        save(&mut self.reports, books.reports.changed());
        for (key, counter) in books.limits.changed() {
            self.used.insert(key.clone(), counter.map_or(0, |counter| counter.used));
        }
        self.activities.extend(books.activities);
    }

    /// How much the live holds of some keep of a limit, or of a code.
    fn held(&self, of: &Claimed, now: Timestamp, counts: impl Fn(&Hold) -> bool) -> i64 {
        let holds = self.holds.values().filter(|hold| hold.is_live(now) && counts(hold));
        let claims = holds.flat_map(|hold| &hold.claims);
        claims.filter(|taken| taken.of == *of).map(|taken| taken.take).sum()
    }

    pub(super) fn code_held(&self, code: &CodeId, asker: &Asker, now: Timestamp) -> HeldByOthers {
        let claimed = Claimed::Code(code.clone());
        let keeps = |hold: &&Hold| hold.claims.iter().any(|taken| taken.of == claimed && taken.take > 0);
        let live = self.holds.values().filter(|hold| hold.is_live(now) && is_anothers(hold, asker));
        let uses = self.held(&claimed, now, |hold| is_anothers(hold, asker));
        let until = live.filter(keeps).map(|hold| hold.ends_at).min();
        HeldByOthers { uses: u64::try_from(uses).unwrap_or(0), until }
    }

    pub(super) fn taken(&self, key: &LimitKey, asker: &Asker, now: Timestamp) -> u64 {
        let is_anothers = |hold: &Hold| is_anothers(hold, asker);
        let used = self.used.get(key).copied().unwrap_or(0);
        let held = self.held(&Claimed::Limit(key.clone()), now, is_anothers);
        u64::try_from(used + held).unwrap_or(0)
    }

    pub(super) fn orders(
        &self,
        from: Option<Timestamp>,
        before: Option<&(Timestamp, OrderId)>,
    ) -> Vec<Order> {
        let place = |order: &Order| (order.placed_at, order.id.clone());
        let is_listed = |order: &&Order| {
            from.is_none_or(|from| from <= order.placed_at)
                && before.is_none_or(|before| place(order) < *before)
        };
        let mut orders: Vec<Order> = self.orders.values().filter(is_listed).cloned().collect();
        orders.sort_by_key(|order| std::cmp::Reverse(place(order)));
        orders
    }

    pub(super) fn add_codes(&mut self, pool: &PoolId, new: &[NewCode]) -> Vec<Added> {
        new.iter().map(|new| self.add_code(pool, new)).collect()
    }

    fn add_code(&mut self, pool: &PoolId, new: &NewCode) -> Added {
        let key = match_key(&new.text);
        if self.clashing(&new.text, &key).is_some() || self.coupons.contains(&key) {
            return Added::Known;
        }
        let state = self.pools.entry(pool.clone()).or_default();
        state.last_serial += 1;
        let id = CodeId { pool: pool.clone(), serial: state.last_serial };
        let code = new.code(id.clone(), key);
        state.assigned += u64::from(code.state != CodeState::Unassigned);
        state.redeemed += u64::from(code.state == CodeState::Redeemed);
        self.codes.insert(id.clone(), code);
        Added::Serial(id.serial)
    }

    /// The last code of a pool that a customer was given, before a place among them.
    pub(super) fn last_given(
        &self,
        pool: &PoolId,
        customer: &CustomerId,
        which: Which,
        before: Option<GivenAt>,
        now: Timestamp,
    ) -> Option<&Code> {
        let is_theirs = |code: &&Code| code.id.pool == *pool && code.customer.as_ref() == Some(customer);
        let is_meant = |code: &&Code| self.seen(code).is_some_and(|code| which.means(&code, now));
        let theirs = self.codes.values().filter(is_theirs).filter(is_meant);
        let places = theirs.filter_map(|code| Some((code.given_at()?, code)));
        let earlier = places.filter(|(at, _)| before.is_none_or(|before| *at < before));
        earlier.max_by_key(|(at, _)| *at).map(|(_, code)| code)
    }

    /// The pool of a code that is, or could be taken for, a coupon.
    pub(super) fn pool_with(&self, key: &str) -> Option<&PoolId> {
        let by_key = self.codes.values().find(|code| code.match_key.as_deref() == Some(key));
        let folded =
            || self.codes.values().find(|code| code.match_key.is_none() && match_key(&code.text) == key);
        by_key.or_else(folded).map(|code| &code.id.pool)
    }

    fn remaining(&self, pool: &PoolId, now: Timestamp) -> u64 {
        let is_left = |code: &&Code| {
            code.id.pool == *pool && self.can_be_drawn(code) && code.ends_at.is_none_or(|end| now < end)
        };
        self.codes.values().filter(is_left).count() as u64
    }

    pub(super) fn pool_counts(&self, pool: &PoolId, now: Timestamp) -> PoolCounts {
        let state = self.pools.get(pool).cloned().unwrap_or_default();
        PoolCounts::new(&state, self.remaining(pool, now), now)
    }

    pub(super) fn activities(
        &self,
        code: Option<&CodeId>,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Vec<Logged> {
        let is_its = |activity: &Activity| code.is_none_or(|code| activity.codes.contains(code));
        self.logged(is_its, before, limit)
    }

    pub(super) fn activities_of_pool(
        &self,
        pool: &PoolId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Vec<Logged> {
        self.logged(|activity| activity.what.pool() == Some(pool), before, limit)
    }

    /// A page of some activities, the newest first.
    fn logged(
        &self,
        is_meant: impl Fn(&Activity) -> bool,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Vec<Logged> {
        let all = self.activities.iter().enumerate();
        let named = all.map(|(place, activity)| (ActivityId(Uuid::from_u128(place as u128)), activity));
        let earlier = named.filter(|(id, _)| before.is_none_or(|before| *id < before));
        let meant = earlier.filter(|(_, activity)| is_meant(activity)).rev();
        meant.take(limit as usize).map(|(id, activity)| Logged { id, activity: activity.clone() }).collect()
    }

    pub(super) fn activities_of(&self, order: &OrderId) -> Vec<Activity> {
        self.activities.iter().filter(|activity| activity.what.order() == Some(order)).cloned().collect()
    }
}

fn is_anothers(hold: &Hold, asker: &Asker) -> bool {
    Some(&hold.cart) != asker.cart.as_ref() && (hold.customer.is_none() || hold.customer != asker.customer)
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
