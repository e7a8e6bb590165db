//! The ledger in PostgreSQL: what a batch of requests names is loaded together, kind by kind, and what it changed is
//! saved together, table by table.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tearline_core::ledger::{
    Activity, Answer, Books, Buyer, CartId, Claimed, ClaimedLimit, Code, CodeId, Counter, CustomerId,
    DrawnUnder, GivenAt, Hold, LimitKey, Missing, Order, OrderId, OrderState, PoolId, Remembered, ReportId,
    Request, ReservationId, RowKey, Which,
};
use tearline_core::names::ShopId;
use tearline_core::resource::to_the_microsecond;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::connection::{Call, Conn, call};
use super::rows::{body, bound, count, get, instant, kept, parsed, some_instant, some_text, text, written};
use super::sql;
use super::transaction::Transaction;
use super::{codes, jobs, pools};
use crate::StoreError;
use crate::codes::HeldByOthers;
use crate::ledger::{ActivityId, Asker, Logged};
use crate::stored::{claimed_key, new_id};

/// How often a batch looks ahead for what its later requests will miss; a draw that makes its codes would go on
/// for ever.
const LOOKS_AHEAD: usize = 4;

/// How many codes that nobody was given are loaded at once, if one request does not want more.
const AHEAD: usize = 1_024;

/// Decides requests of one shop in their order, and keeps what they changed.
pub(super) async fn decide(
    transaction: Transaction,
    requests: &[&Request],
    now: Timestamp,
) -> Result<Vec<Answer>, StoreError> {
    let now = to_the_microsecond(now);
    let now = transaction.settled_until.map_or(now, |until| until.max(now));
    let books = Books::new(now, transaction.config_version);
    let mut batch = Batch { transaction, books, has_settled: false, together: requests.len() };
    batch.load(requests.iter().flat_map(|request| request.rows()).collect()).await?;
    let answers = batch.decide(requests).await?;
    batch.save(&answers).await?;
    Ok(answers)
}

/// Requests that are decided together.
struct Batch {
    transaction: Transaction,
    books: Books,
    /// Whether holds that have ended were taken off.
    has_settled: bool,
    /// How many requests there are.
    together: usize,
}

impl Batch {
    async fn decide(&mut self, requests: &[&Request]) -> Result<Vec<Answer>, StoreError> {
        let (mut answers, mut looks) = (Vec::with_capacity(requests.len()), 0);
        while let Some(request) = requests.get(answers.len()) {
            match tearline_core::ledger::decide(&mut self.books, request) {
                Ok(answer) => answers.push(answer),
                Err(Missing(missing)) => {
                    looks += 1;
                    let later = if looks <= LOOKS_AHEAD { requests.get(answers.len() + 1..) } else { None };
                    let mut rows = self.missed_by(later.unwrap_or_default());
                    rows.extend(missing);
                    self.load(rows.into_iter().collect()).await?;
                }
            }
        }
        Ok(answers)
    }

    /// What requests would miss if they were decided now.
    fn missed_by(&self, requests: &[&Request]) -> BTreeSet<RowKey> {
        if requests.is_empty() {
            return BTreeSet::new();
        }
        let mut books = self.books.clone();
        let missed = |request: &&Request| tearline_core::ledger::decide(&mut books, request).err();
        requests.iter().filter_map(missed).flat_map(|Missing(rows)| rows).collect()
    }

    /// Loads rows that are not loaded yet.
    async fn load(&mut self, rows: Vec<RowKey>) -> Result<(), StoreError> {
        let mut wanted = Wanted::default();
        // A row that is named twice is loaded once.
        let rows: BTreeSet<RowKey> = rows.into_iter().filter(|row| !self.books.has(row)).collect();
        for row in rows {
            wanted.add(row);
        }
        let shop = self.transaction.shop().clone();
        let answers = self.transaction.conn().pipeline(&wanted.calls(shop.as_str(), self.books.now)).await?;
        wanted.take_in(&mut self.books, &answers)?;
        for (pool, after, most) in std::mem::take(&mut wanted.next_codes) {
            self.load_next(&mut wanted.claimed, pool, after, most).await?;
        }
        let named = std::mem::take(&mut wanted.named);
        self.settle(wanted.claimed).await?;
        if named.is_empty() { Ok(()) } else { Box::pin(self.load(named)).await }
    }

    /// Loads the next codes behind a serial that nobody was given, and those behind each of them: who draws once may
    /// well draw as often as there are requests.
    async fn load_next(
        &mut self,
        claimed: &mut Vec<Claimed>,
        pool: PoolId,
        after: u64,
        most: u32,
    ) -> Result<(), StoreError> {
        let most_here = most as usize;
        let wanted = most_here.max(AHEAD.min(most_here.saturating_mul(self.together)));
        let (conn, shop) = (self.transaction.conn(), self.transaction.shop());
        let codes = codes::next(conn, shop, &pool, after, wanted).await?;
        let ids: Vec<CodeId> = codes.iter().map(|code| code.id.clone()).collect();
        for code in codes {
            if !self.books.codes.has(&code.id) {
                claimed.push(Claimed::Code(code.id.clone()));
                self.books.codes.load(code.id.clone(), Some(code));
            }
        }
        let is_all = ids.len() < wanted;
        for begin in 0..=ids.len() {
            let page = &ids[begin..ids.len().min(begin + most_here)];
            if page.len() < most_here && !is_all {
                break;
            }
            let behind = begin.checked_sub(1).map_or(after, |last| ids[last].serial);
            self.books.load_next_codes(pool.clone(), behind, most, page.to_vec());
        }
        Ok(())
    }

    /// Takes off limits and codes that were just loaded what holds kept that have ended.
    async fn settle(&mut self, loaded: Vec<Claimed>) -> Result<(), StoreError> {
        let now = self.books.now;
        let is_due = |claimed: &Claimed| {
            self.counter(claimed).and_then(|counter| counter.earliest_hold_end).is_some_and(|end| end <= now)
        };
        let due: Vec<Claimed> = loaded.into_iter().filter(is_due).collect();
        if due.is_empty() {
            return Ok(());
        }
        self.has_settled = true;
        let shop = self.transaction.shop().clone();
        let ((p, l, c), (promotions, limits, counted)) = (keys(&due), keys(&due));
        let micros = now.as_microsecond();
        let calls = [
            call!(sql::CLAIMS_ENDED_REMOVE, shop.as_str(), p, l, c, micros),
            call!(sql::CLAIMS_NEXT_END, shop.as_str(), promotions, limits, counted),
        ];
        let answers = self.transaction.conn().pipeline(&calls).await?;
        let mut freed: BTreeMap<Claimed, i64> = BTreeMap::new();
        for row in &answers[0] {
            *freed.entry(claimed(row)?).or_default() += get::<i64>(row, 3)?;
        }
        let mut ends: BTreeMap<Claimed, Timestamp> = BTreeMap::new();
        for row in &answers[1] {
            ends.insert(claimed(row)?, instant(get(row, 3)?)?);
        }
        for claimed in due {
            let counter = self.counter(&claimed).cloned().unwrap_or_default();
            let held = counter.held - freed.get(&claimed).copied().unwrap_or(0);
            let earliest_hold_end = ends.get(&claimed).copied();
            self.put_counter(claimed, Counter { held, earliest_hold_end, ..counter });
        }
        Ok(())
    }

    fn counter(&self, claimed: &Claimed) -> Option<&Counter> {
        match claimed {
            Claimed::Limit(key) => self.books.limits.get(key).ok().flatten(),
            Claimed::Code(id) => self.books.codes.get(id).ok().flatten().map(|code| &code.uses),
        }
    }

    fn put_counter(&mut self, claimed: Claimed, uses: Counter) {
        match claimed {
            Claimed::Limit(key) => self.books.limits.put(key, uses),
            Claimed::Code(id) => {
                if let Some(code) = self.books.codes.get(&id).ok().flatten().cloned() {
                    self.books.codes.put(id, Code { uses, ..code });
                }
            }
        }
    }

    /// Keeps what was changed. Where nothing was done, nothing is kept, not even a new shop.
    async fn save(self, answers: &[Answer]) -> Result<(), StoreError> {
        let Self { transaction, books, has_settled, .. } = self;
        if !answers.iter().any(Answer::keeps_books) {
            return transaction.roll_back().await;
        }
        let shop = transaction.shop().clone();
        let mut calls = save(shop.as_str(), &books);
        if has_settled {
            calls.push(call!(sql::SHOP_SETTLED, shop.as_str(), books.now.as_microsecond()));
        }
        transaction.commit(calls).await
    }
}

/// Under what holds of limits and codes are listed, in columns.
fn keys(claimed: &[Claimed]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (promotion, limit, counted_for) in claimed.iter().map(claimed_key) {
        columns.0.push(promotion.to_owned());
        columns.1.push(limit.to_owned());
        columns.2.push(kept(&counted_for).into_owned());
    }
    columns
}

/// The limit, or the code, that is named by the first three columns.
fn claimed(row: &tokio_postgres::Row) -> Result<Claimed, StoreError> {
    if get::<&str>(row, 1)? == "code" {
        return Ok(Claimed::Code(CodeId {
            pool: parsed(row, 0, "a pool")?,
            serial: parsed(row, 2, "a code")?,
        }));
    }
    Ok(Claimed::Limit(limit_key(row)?))
}

fn limit_key(row: &tokio_postgres::Row) -> Result<LimitKey, StoreError> {
    let named: &str = get(row, 1)?;
    let limit = ClaimedLimit::ALL.into_iter().find(|limit| limit.as_str() == named);
    let unknown = || StoreError::damaged("a kind of limit", std::io::Error::other(named.to_owned()));
    Ok(LimitKey {
        promotion: get::<&str>(row, 0)?.into(),
        limit: limit.ok_or_else(unknown)?,
        of: text(row, 2)?,
    })
}

/// The rows of each statement, in the order of the statements.
type Answers<'a> = std::slice::Iter<'a, Vec<tokio_postgres::Row>>;

/// Rows that are to be loaded, kind by kind.
#[derive(Default)]
struct Wanted {
    requests: Vec<String>,
    orders: Vec<OrderId>,
    customers: Vec<CustomerId>,
    limits: Vec<LimitKey>,
    holds: Vec<CartId>,
    holds_of: Vec<CustomerId>,
    codes: Vec<CodeId>,
    texts: Vec<String>,
    match_keys: Vec<String>,
    pools: Vec<PoolId>,
    next_codes: Vec<(PoolId, u64, u32)>,
    given: Vec<(PoolId, CustomerId, Which, Option<GivenAt>)>,
    remaining: Vec<PoolId>,
    reservations: Vec<ReservationId>,
    reports: Vec<ReportId>,
    pages: Vec<(PoolId, u64, u32)>,
    oldest_holds: Vec<u32>,
    oldest_requests: Vec<u32>,
    draws: Vec<(PoolId, String)>,
    /// The limits and codes that came of it.
    claimed: Vec<Claimed>,
    /// The codes that came of it by name only.
    named: Vec<RowKey>,
}

impl Wanted {
    fn add(&mut self, row: RowKey) {
        match row {
            RowKey::Request(key) => self.requests.push(key),
            RowKey::Order(id) => self.orders.push(id),
            RowKey::Customer(id) => self.customers.push(id),
            RowKey::Limit(key) => self.limits.push(key),
            RowKey::Hold(cart) => self.holds.push(cart),
            RowKey::HoldsOf(customer) => self.holds_of.push(customer),
            RowKey::Code(id) => self.codes.push(id),
            RowKey::Text(text) => self.texts.push(text),
            RowKey::MatchKey(key) => self.match_keys.push(key),
            RowKey::Pool(pool) => self.pools.push(pool),
            RowKey::NextCodes(pool, after, most) => self.next_codes.push((pool, after, most)),
            RowKey::Given(pool, customer, which, before) => self.given.push((pool, customer, which, before)),
            RowKey::Remaining(pool) => self.remaining.push(pool),
            RowKey::Reservation(id) => self.reservations.push(id),
            RowKey::Report(id) => self.reports.push(id),
            RowKey::OldestHolds(most) => self.oldest_holds.push(most),
            RowKey::OldestRequests(most) => self.oldest_requests.push(most),
            RowKey::Codes(pool, after, most) => self.pages.push((pool, after, most)),
            RowKey::Draw(pool, key) => self.draws.push((pool, key)),
        }
    }

    /// A statement for each kind of which there is any, in the order in which [`Wanted::take_in`] reads the answers.
    fn calls<'a>(&'a self, shop: &'a str, now: Timestamp) -> Vec<Call<'a>> {
        let mut calls = Vec::new();
        if !self.requests.is_empty() {
            calls.push(call!(sql::REQUESTS, shop, texts(self.requests.iter().map(String::as_str))));
        }
        if !self.orders.is_empty() {
            calls.push(call!(sql::ORDERS, shop, texts(self.orders.iter().map(OrderId::as_str))));
        }
        if !self.customers.is_empty() {
            calls.push(call!(sql::CUSTOMERS, shop, texts(self.customers.iter().map(CustomerId::as_str))));
        }
        if !self.limits.is_empty() {
            let promotions: Vec<&str> = self.limits.iter().map(|key| key.promotion.as_str()).collect();
            let limits: Vec<&str> = self.limits.iter().map(|key| key.limit.as_str()).collect();
            let counted: Vec<_> = self.limits.iter().map(|key| kept(&key.of)).collect();
            calls.push(call!(sql::LIMITS, shop, promotions, limits, counted));
        }
        if !self.holds.is_empty() {
            calls.push(call!(sql::HOLDS, shop, texts(self.holds.iter().map(CartId::as_str))));
        }
        if !self.holds_of.is_empty() {
            calls.push(call!(
                sql::HOLDS_OF_CUSTOMERS,
                shop,
                texts(self.holds_of.iter().map(CustomerId::as_str))
            ));
        }
        if !self.codes.is_empty() {
            let pools: Vec<&str> = self.codes.iter().map(|id| id.pool.as_str()).collect();
            let serials: Vec<i64> = self.codes.iter().map(|id| bound(id.serial)).collect();
            calls.push(call!(sql::CODES, shop, pools, serials));
        }
        if !self.texts.is_empty() {
            calls.push(call!(sql::CODES_WITH_TEXTS, shop, texts(self.texts.iter().map(String::as_str))));
        }
        if !self.match_keys.is_empty() {
            calls.push(call!(
                sql::CODES_WITH_MATCH_KEYS,
                shop,
                texts(self.match_keys.iter().map(String::as_str))
            ));
            calls.push(call!(sql::COUPONS, shop, texts(self.match_keys.iter().map(String::as_str))));
        }
        if !self.pools.is_empty() {
            calls.push(call!(sql::POOLS, shop, texts(self.pools.iter().map(PoolId::as_str))));
        }
        if !self.draws.is_empty() {
            let pools: Vec<&str> = self.draws.iter().map(|(pool, _)| pool.as_str()).collect();
            let keys: Vec<_> = self.draws.iter().map(|(_, key)| kept(key)).collect();
            calls.push(call!(sql::DRAWS, shop, pools, keys));
        }
        for (pool, after, most) in &self.pages {
            calls.push(call!(sql::POOL_CODES, shop, pool.as_str(), bound(*after), i64::from(*most)));
        }
        calls.extend(pools::calls(shop, &self.reservations, &self.reports));
        calls.extend(self.given.iter().map(|given| pools::given(shop, given, now)));
        let micros = now.as_microsecond();
        let remaining = |pool: &'a PoolId| call!(sql::POOL_REMAINING, shop, pool.as_str(), micros);
        calls.extend(self.remaining.iter().map(remaining));
        let oldest = |sql, most: &u32| call!(sql, shop, i64::from(*most));
        calls.extend(self.oldest_holds.iter().map(|most| oldest(sql::OLDEST_HOLDS, most)));
        calls.extend(self.oldest_requests.iter().map(|most| oldest(sql::OLDEST_REQUESTS, most)));
        calls
    }

    /// Takes the answers to [`Wanted::calls`] into the books, and what is not there as such.
    fn take_in(&mut self, books: &mut Books, answers: &[Vec<tokio_postgres::Row>]) -> Result<(), StoreError> {
        let mut answers = answers.iter();
        self.take_in_buyers(books, &mut answers)?;
        self.take_in_codes(books, &mut answers)?;
        self.take_in_the_rest(books, &mut answers)
    }

    fn take_in_buyers(&mut self, books: &mut Books, answers: &mut Answers<'_>) -> Result<(), StoreError> {
        let mut next = |is_asked: bool| if is_asked { answers.next() } else { None };
        let rows = next(!self.requests.is_empty());
        let mut found = keyed(rows, |row| Ok((text(row, 0)?, remembered(row)?)))?;
        for key in self.requests.drain(..) {
            let row = found.remove(&key);
            books.requests.load(key, row);
        }
        let rows = next(!self.orders.is_empty());
        let mut found = keyed(rows, |row| Ok((OrderId::from(text(row, 0)?), body::<Order>(row, 1)?)))?;
        for id in self.orders.drain(..) {
            let row = found.remove(&id);
            books.orders.load(id, row);
        }
        let rows = next(!self.customers.is_empty());
        let mut found = keyed(rows, |row| Ok((CustomerId::from(text(row, 0)?), buyer_of(row)?)))?;
        for id in self.customers.drain(..) {
            let row = found.remove(&id);
            books.customers.load(id, row);
        }
        let rows = next(!self.limits.is_empty());
        let mut found = keyed(rows, |row| Ok((limit_key(row)?, counter(row, 3)?)))?;
        for key in self.limits.drain(..) {
            let row = found.remove(&key);
            books.limits.load(key.clone(), row);
            self.claimed.push(Claimed::Limit(key));
        }
        let rows = next(!self.holds.is_empty());
        let mut found = keyed(rows, |row| Ok((CartId::from(text(row, 0)?), body::<Hold>(row, 1)?)))?;
        for cart in self.holds.drain(..) {
            let row = found.remove(&cart);
            books.holds.load(cart, row);
        }
        let mut carts: BTreeMap<CustomerId, Vec<CartId>> = BTreeMap::new();
        for row in next(!self.holds_of.is_empty()).into_iter().flatten() {
            carts.entry(text(row, 0)?.into()).or_default().push(text(row, 1)?.into());
        }
        for customer in self.holds_of.drain(..) {
            let theirs = carts.remove(&customer).unwrap_or_default();
            books.load_holds_of(customer, theirs);
        }
        Ok(())
    }

    fn take_in_codes(&mut self, books: &mut Books, answers: &mut Answers<'_>) -> Result<(), StoreError> {
        let mut next = |is_asked: bool| if is_asked { answers.next() } else { None };
        let rows = next(!self.codes.is_empty());
        let mut found = keyed(rows, codes::code)?;
        for id in self.codes.drain(..) {
            let row = found.remove(&id).flatten();
            books.codes.load(id.clone(), row);
            self.claimed.push(Claimed::Code(id));
        }
        let found = keyed(next(!self.texts.is_empty()), |row| Ok((text(row, 0)?, ())))?;
        for text in self.texts.drain(..) {
            let is_taken = found.contains_key(&text);
            books.load_text(text, is_taken);
        }
        let mut found = keyed(next(!self.match_keys.is_empty()), |row| Ok((text(row, 0)?, ())))?;
        found.extend(keyed(next(!self.match_keys.is_empty()), |row| Ok((text(row, 0)?, ())))?);
        for key in self.match_keys.drain(..) {
            let is_taken = found.contains_key(&key);
            books.load_match_key(key, is_taken);
        }
        let mut found = keyed(next(!self.pools.is_empty()), codes::pool)?;
        for pool in self.pools.drain(..) {
            let row = found.remove(&pool);
            books.pools.load(pool, row);
        }
        let rows = next(!self.draws.is_empty());
        let mut found = keyed(rows, pools::drawn)?;
        for key in self.draws.drain(..) {
            let row = found.remove(&key);
            if let Some(DrawnUnder::Code(id)) = &row {
                self.named.push(RowKey::Code(id.clone()));
            }
            books.draws.load(key, row);
        }
        for (pool, after, most) in std::mem::take(&mut self.pages) {
            let rows = next(true).map_or(&[][..], Vec::as_slice);
            let rows = rows.iter().map(codes::code).collect::<Result<Vec<_>, _>>()?;
            let page = rows.iter().map(|(id, _)| id.clone()).collect();
            for (id, code) in rows {
                if !books.codes.has(&id) {
                    books.codes.load(id.clone(), code);
                    self.claimed.push(Claimed::Code(id));
                }
            }
            books.load_page(pool, after, most, page);
        }
        Ok(())
    }

    fn take_in_the_rest(&mut self, books: &mut Books, answers: &mut Answers<'_>) -> Result<(), StoreError> {
        let mut next = |is_asked: bool| if is_asked { answers.next() } else { None };
        let mut found = keyed(next(!self.reservations.is_empty()), pools::reservation)?;
        for id in self.reservations.drain(..) {
            let row = found.remove(&id);
            books.reservations.load(id, row);
        }
        let mut found = keyed(next(!self.reports.is_empty()), pools::report)?;
        for id in self.reports.drain(..) {
            let row = found.remove(&id);
            books.reports.load(id, row);
        }
        for (pool, customer, which, before) in self.given.drain(..) {
            let last = next(true).and_then(|rows| rows.first());
            let serial = last.map(|row| count(row, 0)).transpose()?;
            let id = serial.map(|serial| CodeId { pool: pool.clone(), serial });
            self.named.extend(id.clone().map(RowKey::Code));
            books.load_given(pool, customer, which, before, id);
        }
        for pool in self.remaining.drain(..) {
            let left = next(true).and_then(|rows| rows.first()).map(|row| count(row, 0)).transpose()?;
            books.load_remaining(pool, left.unwrap_or(0));
        }
        for most in self.oldest_holds.drain(..) {
            let holds = next(true).into_iter().flatten();
            let holds = holds.map(|row| Ok((CartId::from(text(row, 0)?), instant(get(row, 1)?)?)));
            books.load_oldest_holds(most, holds.collect::<Result<_, StoreError>>()?);
        }
        for most in self.oldest_requests.drain(..) {
            let requests = next(true).into_iter().flatten();
            let requests = requests.map(|row| Ok((text(row, 0)?, instant(get(row, 1)?)?)));
            books.load_oldest_requests(most, requests.collect::<Result<_, StoreError>>()?);
        }
        Ok(())
    }
}

fn texts<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Cow<'a, str>> {
    names.map(kept).collect()
}

/// Rows by what names them.
fn keyed<K: Ord, V>(
    rows: Option<&Vec<tokio_postgres::Row>>,
    read: impl Fn(&tokio_postgres::Row) -> Result<(K, V), StoreError>,
) -> Result<BTreeMap<K, V>, StoreError> {
    rows.into_iter().flatten().map(read).collect()
}

fn remembered(row: &tokio_postgres::Row) -> Result<Remembered, StoreError> {
    Ok(Remembered { answer: body(row, 1)?, fingerprint: text(row, 2)?, at: instant(get(row, 3)?)? })
}

fn buyer_of(row: &tokio_postgres::Row) -> Result<Buyer, StoreError> {
    let email = some_text(row, 3)?;
    Ok(Buyer { orders: count(row, 1)?, last_order_at: some_instant(row, 2)?, email })
}

fn counter(row: &tokio_postgres::Row, column: usize) -> Result<Counter, StoreError> {
    Ok(Counter {
        used: get(row, column)?,
        held: get(row, column + 1)?,
        earliest_hold_end: some_instant(row, column + 2)?,
    })
}

/// A statement for each table in which something was changed.
fn save<'a>(shop: &'a str, books: &'a Books) -> Vec<Call<'a>> {
    let mut calls = save_holds(shop, books);
    calls.extend(save_limits(shop, books));
    calls.extend(save_customers(shop, books));
    let changed: Vec<&Code> = books.codes.changed().filter_map(|(_, code)| code).collect();
    if !changed.is_empty() {
        calls.push(codes::save(shop, &changed));
    }
    let pools = books.pools.changed().filter_map(|(pool, state)| Some((pool, state?)));
    let pools: Vec<_> = pools.collect();
    if !pools.is_empty() {
        calls.push(codes::save_pools(shop, &pools));
    }
    calls.extend(codes::count_endings(shop, &books.endings));
    calls.extend(pools::save(shop, books));
    calls.extend(save_orders(shop, books));
    calls.extend(save_requests(shop, books));
    calls.extend(save_activities(shop, &books.activities));
    calls.extend(jobs::plan(shop, &books.jobs, books.now));
    calls
}

fn save_holds<'a>(shop: &'a str, books: &'a Books) -> Vec<Call<'a>> {
    let carts: Vec<_> = books.holds.changed().map(|(cart, _)| kept(cart.as_str())).collect();
    if carts.is_empty() {
        return Vec::new();
    }
    let gone: Vec<_> = books
        .holds
        .changed()
        .filter(|(_, hold)| hold.is_none())
        .map(|(cart, _)| kept(cart.as_str()))
        .collect();
    let mut calls = vec![call!(sql::CLAIMS_REMOVE, shop, carts)];
    if !gone.is_empty() {
        calls.push(call!(sql::HOLDS_REMOVE, shop, gone));
    }
    let held: Vec<&Hold> = books.holds.changed().filter_map(|(_, hold)| hold).collect();
    if !held.is_empty() {
        let carts: Vec<_> = held.iter().map(|hold| kept(hold.cart.as_str())).collect();
        let customers: Vec<_> = held.iter().map(|hold| customer(hold.customer.as_ref())).collect();
        let ends: Vec<i64> = held.iter().map(|hold| hold.ends_at.as_microsecond()).collect();
        let bodies: Vec<String> = held.iter().map(written).collect();
        calls.push(call!(sql::HOLDS_SAVE, shop, carts, customers, ends, bodies));
        calls.extend(save_claims(shop, &held));
    }
    calls
}

fn save_claims<'a>(shop: &'a str, held: &[&'a Hold]) -> Option<Call<'a>> {
    let claims: Vec<_> =
        held.iter().flat_map(|hold| hold.claims.iter().map(move |taken| (*hold, taken))).collect();
    if claims.is_empty() {
        return None;
    }
    let claimed: Vec<Claimed> = claims.iter().map(|(_, taken)| taken.of.clone()).collect();
    let (promotions, limits, counted) = keys(&claimed);
    let carts: Vec<_> = claims.iter().map(|(hold, _)| kept(hold.cart.as_str())).collect();
    let customers: Vec<_> = claims.iter().map(|(hold, _)| customer(hold.customer.as_ref())).collect();
    let ends: Vec<i64> = claims.iter().map(|(hold, _)| hold.ends_at.as_microsecond()).collect();
    let takes: Vec<i64> = claims.iter().map(|(_, taken)| taken.take).collect();
    Some(call!(sql::CLAIMS_ADD, shop, promotions, limits, counted, carts, customers, ends, takes))
}

fn customer(customer: Option<&CustomerId>) -> Option<Cow<'_, str>> {
    customer.map(|customer| kept(customer.as_str()))
}

fn save_limits<'a>(shop: &'a str, books: &'a Books) -> Option<Call<'a>> {
    let changed: Vec<_> =
        books.limits.changed().map(|(key, counter)| (key, counter.cloned().unwrap_or_default())).collect();
    if changed.is_empty() {
        return None;
    }
    let promotions: Vec<&str> = changed.iter().map(|(key, _)| key.promotion.as_str()).collect();
    let limits: Vec<&str> = changed.iter().map(|(key, _)| key.limit.as_str()).collect();
    let counted: Vec<_> = changed.iter().map(|(key, _)| kept(&key.of)).collect();
    let used: Vec<i64> = changed.iter().map(|(_, counter)| counter.used).collect();
    let held: Vec<i64> = changed.iter().map(|(_, counter)| counter.held).collect();
    let end = |counter: &Counter| counter.earliest_hold_end.map(Timestamp::as_microsecond);
    let ends: Vec<Option<i64>> = changed.iter().map(|(_, counter)| end(counter)).collect();
    Some(call!(sql::LIMITS_SAVE, shop, promotions, limits, counted, used, held, ends))
}

fn save_customers<'a>(shop: &'a str, books: &'a Books) -> Option<Call<'a>> {
    let changed: Vec<_> =
        books.customers.changed().map(|(id, buyer)| (id, buyer.cloned().unwrap_or_default())).collect();
    if changed.is_empty() {
        return None;
    }
    let ids: Vec<_> = changed.iter().map(|(id, _)| kept(id.as_str())).collect();
    let orders: Vec<i64> = changed.iter().map(|(_, buyer)| bound(buyer.orders)).collect();
    let last = |buyer: &Buyer| buyer.last_order_at.map(Timestamp::as_microsecond);
    let last: Vec<Option<i64>> = changed.iter().map(|(_, buyer)| last(buyer)).collect();
    let emails: Vec<_> =
        changed.iter().map(|(_, buyer)| buyer.email.as_ref().map(|email| kept(email).into_owned())).collect();
    Some(call!(sql::CUSTOMERS_SAVE, shop, ids, orders, last, emails))
}

fn save_orders<'a>(shop: &'a str, books: &'a Books) -> Option<Call<'a>> {
    let changed: Vec<&Order> = books.orders.changed().filter_map(|(_, order)| order).collect();
    if changed.is_empty() {
        return None;
    }
    let state = |order: &&Order| match order.state {
        OrderState::Placed => "placed",
        OrderState::Cancelled => "cancelled",
    };
    let ids: Vec<_> = changed.iter().map(|order| kept(order.id.as_str())).collect();
    let customers: Vec<_> = changed.iter().map(|order| customer(order.customer.as_ref())).collect();
    let states: Vec<&str> = changed.iter().map(state).collect();
    let times: Vec<i64> = changed.iter().map(|order| order.placed_at.as_microsecond()).collect();
    let bodies: Vec<String> = changed.iter().map(written).collect();
    Some(call!(sql::ORDERS_SAVE, shop, ids, customers, states, times, bodies))
}

fn save_requests<'a>(shop: &'a str, books: &'a Books) -> Vec<Call<'a>> {
    let mut calls = Vec::new();
    let gone: Vec<_> =
        books.requests.changed().filter(|(_, row)| row.is_none()).map(|(key, _)| kept(key)).collect();
    if !gone.is_empty() {
        calls.push(call!(sql::REQUESTS_REMOVE, shop, gone));
    }
    let changed: Vec<_> = books.requests.changed().filter_map(|(key, row)| Some((key, row?))).collect();
    if changed.is_empty() {
        return calls;
    }
    let keys: Vec<_> = changed.iter().map(|(key, _)| kept(key)).collect();
    let fingerprints: Vec<_> = changed.iter().map(|(_, row)| kept(&row.fingerprint)).collect();
    let answers: Vec<String> = changed.iter().map(|(_, row)| row.answer.to_string()).collect();
    let times: Vec<i64> = changed.iter().map(|(_, row)| row.at.as_microsecond()).collect();
    calls.push(call!(sql::REQUESTS_ADD, shop, keys, fingerprints, answers, times));
    calls
}

fn save_activities<'a>(shop: &'a str, happened: &'a [Activity]) -> Vec<Call<'a>> {
    if happened.is_empty() {
        return Vec::new();
    }
    let ids: Vec<_> = happened.iter().map(|activity| new_id(activity.at)).collect();
    let names: Vec<&str> = happened.iter().map(|activity| activity.what.name()).collect();
    let orders: Vec<_> =
        happened.iter().map(|activity| activity.what.order().map(|id| kept(id.as_str()))).collect();
    let bodies: Vec<String> = happened.iter().map(written).collect();
    let concerned = happened.iter().zip(&ids);
    let concerned = concerned.flat_map(|(activity, id)| activity.codes.iter().map(move |code| (code, *id)));
    let concerned: Vec<(&CodeId, Uuid)> = concerned.collect();
    let pools: Vec<&str> = concerned.iter().map(|(code, _)| code.pool.as_str()).collect();
    let serials: Vec<i64> = concerned.iter().map(|(code, _)| bound(code.serial)).collect();
    let activities: Vec<Uuid> = concerned.iter().map(|(_, id)| *id).collect();
    let of_pools: Vec<Option<&str>> =
        happened.iter().map(|activity| activity.what.pool().map(PoolId::as_str)).collect();
    let mut calls = vec![call!(sql::ACTIVITIES_ADD, shop, ids, names, orders, bodies, of_pools)];
    if !activities.is_empty() {
        calls.push(call!(sql::CODE_ACTIVITIES_ADD, shop, pools, serials, activities));
    }
    calls
}

/// How much is taken of each limit, but for what the asker holds.
pub(super) async fn taken(
    conn: &Conn,
    shop: &ShopId,
    limits: &[LimitKey],
    asker: &Asker,
    now: Timestamp,
) -> Result<Vec<u64>, StoreError> {
    let promotions: Vec<&str> = limits.iter().map(|key| key.promotion.as_str()).collect();
    let kinds: Vec<&str> = limits.iter().map(|key| key.limit.as_str()).collect();
    let counted: Vec<_> = limits.iter().map(|key| kept(&key.of)).collect();
    let rows = conn.rows(sql::LIMITS, &[&shop.as_str(), &promotions, &kinds, &counted]).await?;
    let counters = keyed(Some(&rows), |row| Ok((limit_key(row)?, counter(row, 3)?)))?;
    let held: Vec<Claimed> = counters
        .iter()
        .filter(|(_, counter)| counter.held != 0)
        .map(|(key, _)| Claimed::Limit(key.clone()))
        .collect();
    let others = held_by_others(conn, shop, &held, asker, now).await?;
    let one = |key: &LimitKey| {
        let used = counters.get(key).map_or(0, |counter| counter.used);
        let held = others.get(&Claimed::Limit(key.clone())).map_or(0, |held| bound(held.uses));
        u64::try_from(used + held).unwrap_or(0)
    };
    Ok(limits.iter().map(one).collect())
}

async fn held_by_others(
    conn: &Conn,
    shop: &ShopId,
    claims: &[Claimed],
    asker: &Asker,
    now: Timestamp,
) -> Result<BTreeMap<Claimed, HeldByOthers>, StoreError> {
    if claims.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (promotions, limits, counted) = keys(claims);
    let cart = asker.cart.as_ref().map_or(Cow::Borrowed(""), |cart| kept(cart.as_str()));
    let customer = asker.customer.as_ref().map_or(Cow::Borrowed(""), |customer| kept(customer.as_str()));
    let micros = now.as_microsecond();
    let rows = conn
        .rows(
            sql::CLAIMS_OF_OTHERS,
            &[&shop.as_str(), &promotions, &limits, &counted, &micros, &cart, &customer],
        )
        .await?;
    keyed(Some(&rows), |row| {
        Ok((claimed(row)?, HeldByOthers { uses: count(row, 3)?, until: some_instant(row, 4)? }))
    })
}

/// What others hold of a code.
pub(super) async fn code_held(
    conn: &Conn,
    shop: &ShopId,
    code: &CodeId,
    asker: &Asker,
    now: Timestamp,
) -> Result<HeldByOthers, StoreError> {
    let held = held_by_others(conn, shop, &[Claimed::Code(code.clone())], asker, now).await?;
    Ok(held.into_values().next().unwrap_or_default())
}

pub(super) async fn buyer(conn: &Conn, shop: &ShopId, id: &CustomerId) -> Result<Buyer, StoreError> {
    let row = conn.first(sql::CUSTOMERS, &[&shop.as_str(), &vec![kept(id.as_str())]]).await?;
    row.as_ref().map_or(Ok(Buyer::default()), buyer_of)
}

pub(super) async fn hold(conn: &Conn, shop: &ShopId, cart: &CartId) -> Result<Option<Hold>, StoreError> {
    let row = conn.first(sql::HOLDS, &[&shop.as_str(), &vec![kept(cart.as_str())]]).await?;
    row.map(|row| body(&row, 1)).transpose()
}

pub(super) async fn order(conn: &Conn, shop: &ShopId, id: &OrderId) -> Result<Option<Order>, StoreError> {
    let row = conn.first(sql::ORDERS, &[&shop.as_str(), &vec![kept(id.as_str())]]).await?;
    row.map(|row| body(&row, 1)).transpose()
}

pub(super) async fn orders(
    conn: &Conn,
    shop: &ShopId,
    from: Option<Timestamp>,
    before: Option<&(Timestamp, OrderId)>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let from = from.map_or(i64::MIN, Timestamp::as_microsecond);
    let (before, id) = before.map_or((i64::MAX, ""), |(before, id)| (before.as_microsecond(), id.as_str()));
    let rows =
        conn.rows(sql::ORDERS_PAGE, &[&shop.as_str(), &from, &before, &kept(id), &i64::from(limit)]).await?;
    rows.iter().map(|row| body(row, 0)).collect()
}

/// What has happened to a code, the newest first.
pub(super) async fn activities_of_code(
    conn: &Conn,
    shop: &ShopId,
    code: &CodeId,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, StoreError> {
    let before = before.unwrap_or(ActivityId::LAST).0;
    let (pool, serial) = (code.pool.as_str(), bound(code.serial));
    let page: [&(dyn ToSql + Sync); 5] = [&shop.as_str(), &pool, &serial, &before, &i64::from(limit)];
    conn.rows(sql::ACTIVITIES_OF_CODE, &page).await?.iter().map(logged).collect()
}

/// What has happened in the shop, the newest first.
pub(super) async fn activities(
    conn: &Conn,
    shop: &ShopId,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, StoreError> {
    let before = before.unwrap_or(ActivityId::LAST).0;
    let rows = conn.rows(sql::ACTIVITIES, &[&shop.as_str(), &before, &i64::from(limit)]).await?;
    rows.iter().map(logged).collect()
}

fn logged(row: &tokio_postgres::Row) -> Result<Logged, StoreError> {
    Ok(Logged { id: ActivityId(get(row, 1)?), activity: body(row, 0)? })
}

/// What has happened to a pool as a whole, the newest first.
pub(super) async fn activities_of_pool(
    conn: &Conn,
    shop: &ShopId,
    pool: &PoolId,
    before: Option<ActivityId>,
    limit: u32,
) -> Result<Vec<Logged>, StoreError> {
    let before = before.unwrap_or(ActivityId::LAST).0;
    let page: [&(dyn ToSql + Sync); 4] = [&shop.as_str(), &pool.as_str(), &before, &i64::from(limit)];
    conn.rows(sql::ACTIVITIES_OF_POOL, &page).await?.iter().map(logged).collect()
}

/// Writes down what was noticed.
pub(super) async fn note(transaction: Transaction, activities: &[Activity]) -> Result<(), StoreError> {
    let shop = transaction.shop().clone();
    transaction.commit(save_activities(shop.as_str(), activities)).await
}

/// The orders placed before an instant, the oldest first.
pub(super) async fn orders_since(
    conn: &Conn,
    shop: &ShopId,
    after: Option<&(Timestamp, OrderId)>,
    until: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let (after, id) = after.map_or((i64::MIN, ""), |(after, id)| (after.as_microsecond(), id.as_str()));
    let until = until.map_or(i64::MAX, Timestamp::as_microsecond);
    let page: [&(dyn ToSql + Sync); 5] = [&shop.as_str(), &after, &kept(id), &until, &i64::from(limit)];
    conn.rows(sql::ORDERS_SINCE, &page).await?.iter().map(|row| body(row, 0)).collect()
}

pub(super) async fn activities_of(
    conn: &Conn,
    shop: &ShopId,
    order: &OrderId,
) -> Result<Vec<Activity>, StoreError> {
    let rows = conn.rows(sql::ACTIVITIES_OF_ORDER, &[&shop.as_str(), &kept(order.as_str())]).await?;
    rows.iter().map(|row| body(row, 0)).collect()
}
