//! The rows over which a command is decided.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tearline_pricing::names::{CartId, CustomerId, OrderId};
use tearline_pricing::wanted::LimitKey;

use super::activity::Activity;
use super::codes::{Code, CodeId, PoolId, PoolState};
use super::draw::DrawnUnder;
use super::given::{GivenAt, Which};
use super::report::ReportId;
use super::reserve::{Reservation, ReservationId};
use super::rows::{Buyer, Counter, Hold, Order, Remembered};
use crate::jobs::NewJob;

/// Names a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// The answer to a request that the caller named.
    Request(String),
    /// An order.
    Order(OrderId),
    /// What is known of a customer.
    Customer(CustomerId),
    /// What is taken of a limit. Whoever loads it takes off what ended holds had kept.
    Limit(LimitKey),
    /// A cart's hold.
    Hold(CartId),
    /// The carts for which a customer has holds.
    HoldsOf(CustomerId),
    /// A unique code. Whoever loads it takes off what ended holds had kept.
    Code(CodeId),
    /// Whose text this is, byte for byte: a unique code's or a coupon's.
    Text(String),
    /// Whose match key this is.
    MatchKey(String),
    /// How far a pool has come.
    Pool(PoolId),
    /// The next so many codes of a pool behind a serial that nobody was given; the codes themselves come too.
    NextCodes(PoolId, u64, u32),
    /// The next so many codes of a pool behind a serial, whatever became of them; the codes themselves come too.
    Codes(PoolId, u64, u32),
    /// What was drawn from a pool under a key; the code itself comes too.
    Draw(PoolId, String),
    /// The carts whose holds end first, so many at most.
    OldestHolds(u32),
    /// The requests that were answered first, so many at most.
    OldestRequests(u32),
    /// The last code of a pool that a customer was given, before a place among them; the code itself comes too.
    Given(PoolId, CustomerId, Which, Option<GivenAt>),
    /// How many codes of a pool nobody was given that have not ended.
    Remaining(PoolId),
    /// Codes that are set aside.
    Reservation(ReservationId),
    /// A redemption in another shop.
    Report(ReportId),
}

/// Rows that a decision needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not loaded: {0:?}")]
pub struct Missing(pub Vec<RowKey>);

/// What a row's key is called where any row may be meant.
trait Named: Ord + Clone {
    fn name(&self) -> RowKey;
}

macro_rules! named {
    ($($key:ty: $name:ident),* $(,)?) => {$(
        impl Named for $key {
            fn name(&self) -> RowKey {
                RowKey::$name(self.clone())
            }
        }
    )*};
}

named!(
    String: Request,
    OrderId: Order,
    CustomerId: Customer,
    LimitKey: Limit,
    CartId: Hold,
    CodeId: Code,
    PoolId: Pool,
    ReservationId: Reservation,
    ReportId: Report,
);

impl Named for (PoolId, String) {
    fn name(&self) -> RowKey {
        RowKey::Draw(self.0.clone(), self.1.clone())
    }
}

/// Rows of one kind: those that are loaded, be there one or none, and those that were changed.
#[derive(Debug, Clone)]
pub struct Sheet<K, V> {
    rows: BTreeMap<K, Row<V>>,
    journal: Vec<(K, Row<V>)>,
}

#[derive(Debug, Clone)]
struct Row<V> {
    value: Option<V>,
    is_changed: bool,
}

impl<K, V> Default for Sheet<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), journal: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Sheet<K, V> {
    /// Takes a row in as it is stored.
    pub fn load(&mut self, key: K, value: Option<V>) {
        self.rows.insert(key, Row { value, is_changed: false });
    }

    /// Whether a row is loaded.
    pub fn has(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    /// Replaces a loaded row.
    ///
    /// # Panics
    ///
    /// It is not loaded: nobody may change what nobody has looked at.
    pub fn put(&mut self, key: K, value: V) {
        self.set(key, Some(value));
    }

    /// Takes a loaded row away.
    pub fn remove(&mut self, key: K) {
        self.set(key, None);
    }

    fn set(&mut self, key: K, value: Option<V>) {
        let row = self.rows.get_mut(&key).expect("a row is looked at before it is changed");
        let before = std::mem::replace(row, Row { value, is_changed: true });
        self.journal.push((key, before));
    }

    /// The rows that were changed, with what they are now.
    pub fn changed(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        let changed = self.rows.iter().filter(|(_, row)| row.is_changed);
        changed.map(|(key, row)| (key, row.value.as_ref()))
    }

    fn undo(&mut self) {
        while let Some((key, before)) = self.journal.pop() {
            self.rows.insert(key, before);
        }
    }
}

#[expect(private_bounds, reason = "the keys are ours")]
impl<K: Named, V: Clone> Sheet<K, V> {
    /// A row, if there is one.
    ///
    /// # Errors
    ///
    /// It is not loaded.
    pub fn get(&self, key: &K) -> Result<Option<&V>, Missing> {
        self.rows.get(key).map(|row| row.value.as_ref()).ok_or_else(|| Missing(vec![key.name()]))
    }
}

/// The codes of a pool that came with one import and end at one instant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ending {
    /// The pool.
    pub pool: PoolId,
    /// The number of the import; 0 for those that came without.
    pub import: u64,
    /// The instant; those that never end have none.
    pub ends_at: Option<Timestamp>,
}

/// All rows that a batch of commands of one shop works on.
#[derive(Debug, Clone)]
pub struct Books {
    /// The instant at which the batch is decided.
    pub now: Timestamp,
    /// The version of the shop's configuration.
    pub config_version: u64,
    /// What callers named, with its answer.
    pub requests: Sheet<String, Remembered>,
    /// Orders.
    pub orders: Sheet<OrderId, Order>,
    /// What is known of customers.
    pub customers: Sheet<CustomerId, Buyer>,
    /// What is taken of limits.
    pub limits: Sheet<LimitKey, Counter>,
    /// What carts hold.
    pub holds: Sheet<CartId, Hold>,
    /// Unique codes.
    pub codes: Sheet<CodeId, Code>,
    /// How far pools have come.
    pub pools: Sheet<PoolId, PoolState>,
    /// What was drawn under which key.
    pub draws: Sheet<(PoolId, String), DrawnUnder>,
    /// Codes that are set aside.
    pub reservations: Sheet<ReservationId, Reservation>,
    /// Redemptions in other shops, and when they were.
    pub reports: Sheet<ReportId, Timestamp>,
    /// How many more, or fewer, codes of a pool that nobody was given end at an instant.
    pub endings: BTreeMap<Ending, i64>,
    endings_before: BTreeMap<Ending, i64>,
    /// Whether a text, or a match key, is somebody's already.
    texts: BTreeMap<String, bool>,
    match_keys: BTreeMap<String, bool>,
    /// The texts and match keys that this command took.
    taken_now: Vec<RowKey>,
    next_codes: BTreeMap<(PoolId, u64, u32), Vec<CodeId>>,
    pages: BTreeMap<(PoolId, u64, u32), Vec<CodeId>>,
    /// How many codes remained when the batch began.
    remaining: BTreeMap<PoolId, u64>,
    pub(super) given: BTreeMap<(PoolId, CustomerId, Which, Option<GivenAt>), Option<CodeId>>,
    /// For which carts customers have holds, as they were when the batch began.
    holds_of: BTreeMap<CustomerId, Vec<CartId>>,
    oldest_holds: BTreeMap<u32, Vec<(CartId, Timestamp)>>,
    oldest_requests: BTreeMap<u32, Vec<(String, Timestamp)>>,
    /// What there is to do later, in order.
    pub jobs: Vec<NewJob>,
    planned_before: usize,
    /// What has happened, in order.
    pub activities: Vec<Activity>,
    happened_before: usize,
}

impl Books {
    /// Empty books.
    pub fn new(now: Timestamp, config_version: u64) -> Self {
        Self {
            now,
            config_version,
            requests: Sheet::default(),
            orders: Sheet::default(),
            customers: Sheet::default(),
            limits: Sheet::default(),
            holds: Sheet::default(),
            codes: Sheet::default(),
            pools: Sheet::default(),
            draws: Sheet::default(),
            reservations: Sheet::default(),
            reports: Sheet::default(),
            endings: BTreeMap::new(),
            endings_before: BTreeMap::new(),
            texts: BTreeMap::new(),
            match_keys: BTreeMap::new(),
            taken_now: Vec::new(),
            next_codes: BTreeMap::new(),
            pages: BTreeMap::new(),
            remaining: BTreeMap::new(),
            given: BTreeMap::new(),
            holds_of: BTreeMap::new(),
            oldest_holds: BTreeMap::new(),
            oldest_requests: BTreeMap::new(),
            jobs: Vec::new(),
            planned_before: 0,
            activities: Vec::new(),
            happened_before: 0,
        }
    }

    /// Whether a row is loaded.
    pub fn has(&self, key: &RowKey) -> bool {
        match key {
            RowKey::Request(key) => self.requests.has(key),
            RowKey::Order(key) => self.orders.has(key),
            RowKey::Customer(key) => self.customers.has(key),
            RowKey::Limit(key) => self.limits.has(key),
            RowKey::Hold(key) => self.holds.has(key),
            RowKey::HoldsOf(key) => self.holds_of.contains_key(key),
            RowKey::Code(key) => self.codes.has(key),
            RowKey::Text(key) => self.texts.contains_key(key),
            RowKey::MatchKey(key) => self.match_keys.contains_key(key),
            RowKey::Pool(key) => self.pools.has(key),
            RowKey::NextCodes(pool, after, most) => {
                self.next_codes.contains_key(&(pool.clone(), *after, *most))
            }
            RowKey::Codes(pool, after, most) => self.pages.contains_key(&(pool.clone(), *after, *most)),
            RowKey::Draw(pool, key) => self.draws.has(&(pool.clone(), key.clone())),
            RowKey::OldestHolds(most) => self.oldest_holds.contains_key(most),
            RowKey::OldestRequests(most) => self.oldest_requests.contains_key(most),
            RowKey::Given(pool, customer, which, before) => {
                self.given.contains_key(&(pool.clone(), customer.clone(), *which, *before))
            }
            RowKey::Remaining(key) => self.remaining.contains_key(key),
            RowKey::Reservation(key) => self.reservations.has(key),
            RowKey::Report(key) => self.reports.has(key),
        }
    }

    /// Takes in for which carts a customer has holds.
    pub fn load_holds_of(&mut self, customer: CustomerId, carts: Vec<CartId>) {
        self.holds_of.insert(customer, carts);
    }

    /// Takes in whether a text is somebody's.
    pub fn load_text(&mut self, text: String, is_taken: bool) {
        self.texts.insert(text, is_taken);
    }

    /// Takes in whether a match key is somebody's.
    pub fn load_match_key(&mut self, key: String, is_taken: bool) {
        self.match_keys.insert(key, is_taken);
    }

    /// Takes in which codes behind a serial nobody was given; the codes themselves are loaded too.
    pub fn load_next_codes(&mut self, pool: PoolId, after: u64, most: u32, codes: Vec<CodeId>) {
        self.next_codes.insert((pool, after, most), codes);
    }

    pub(super) fn next_codes(&self, pool: &PoolId, after: u64, most: u32) -> Result<&[CodeId], Missing> {
        let found = self.next_codes.get(&(pool.clone(), after, most)).map(Vec::as_slice);
        found.ok_or_else(|| Missing(vec![RowKey::NextCodes(pool.clone(), after, most)]))
    }

    /// Takes in whose holds end first, and when.
    pub fn load_oldest_holds(&mut self, most: u32, holds: Vec<(CartId, Timestamp)>) {
        self.oldest_holds.insert(most, holds);
    }

    /// Takes in which requests were answered first, and when.
    pub fn load_oldest_requests(&mut self, most: u32, requests: Vec<(String, Timestamp)>) {
        self.oldest_requests.insert(most, requests);
    }

    pub(super) fn oldest_holds(&self, most: u32) -> Result<&[(CartId, Timestamp)], Missing> {
        let found = self.oldest_holds.get(&most).map(Vec::as_slice);
        found.ok_or_else(|| Missing(vec![RowKey::OldestHolds(most)]))
    }

    pub(super) fn oldest_requests(&self, most: u32) -> Result<&[(String, Timestamp)], Missing> {
        let found = self.oldest_requests.get(&most).map(Vec::as_slice);
        found.ok_or_else(|| Missing(vec![RowKey::OldestRequests(most)]))
    }

    /// Takes in which codes of a pool follow a serial; the codes themselves are loaded too.
    pub fn load_page(&mut self, pool: PoolId, after: u64, most: u32, codes: Vec<CodeId>) {
        self.pages.insert((pool, after, most), codes);
    }

    pub(super) fn codes_after(&self, pool: &PoolId, after: u64, most: u32) -> Result<&[CodeId], Missing> {
        let found = self.pages.get(&(pool.clone(), after, most));
        found.map(Vec::as_slice).ok_or_else(|| Missing(vec![RowKey::Codes(pool.clone(), after, most)]))
    }

    /// Takes in which code a customer was given last, before a place; the code itself is loaded too.
    pub fn load_given(
        &mut self,
        pool: PoolId,
        customer: CustomerId,
        which: Which,
        before: Option<GivenAt>,
        code: Option<CodeId>,
    ) {
        self.given.insert((pool, customer, which, before), code);
    }

    /// Takes in how many codes of a pool remain.
    pub fn load_remaining(&mut self, pool: PoolId, remaining: u64) {
        self.remaining.insert(pool, remaining);
    }

    /// How many codes of a pool nobody was given that have not ended.
    pub(super) fn remaining(&self, pool: &PoolId) -> Result<u64, Missing> {
        let stored = self.remaining.get(pool).copied();
        let stored = stored.ok_or_else(|| Missing(vec![RowKey::Remaining(pool.clone())]))?;
        let first = Ending { pool: pool.clone(), import: 0, ends_at: None };
        let of_pool = self.endings.range(first..).take_while(|(ending, _)| ending.pool == *pool);
        let live = of_pool.filter(|(ending, _)| ending.ends_at.is_none_or(|end| self.now < end));
        let change: i64 = live.map(|(_, by)| by).sum();
        Ok(stored.saturating_add_signed(change))
    }

    /// Notes that there is no code of a serial that was never reached.
    pub(super) fn expect_no_code(&mut self, id: &CodeId) {
        if !self.codes.has(id) {
            self.codes.load(id.clone(), None);
        }
    }

    /// Whether a new code would catch what is somebody's already, or be caught.
    pub(super) fn is_taken(&self, text: &str, match_key: Option<&str>) -> Result<bool, Missing> {
        let known = |taken: &BTreeMap<String, bool>, key: &str, row: fn(String) -> RowKey| {
            taken.get(key).copied().ok_or_else(|| Missing(vec![row(key.to_owned())]))
        };
        if known(&self.texts, text, RowKey::Text)? {
            return Ok(true);
        }
        match_key.map_or(Ok(false), |key| known(&self.match_keys, key, RowKey::MatchKey))
    }

    /// Takes a text for a new code; it was looked at before.
    pub(super) fn take_text(&mut self, text: &str, match_key: Option<&str>) {
        self.texts.insert(text.to_owned(), true);
        self.match_keys.extend(match_key.map(|key| (key.to_owned(), true)));
        self.taken_now.push(RowKey::Text(text.to_owned()));
        self.taken_now.extend(match_key.map(|key| RowKey::MatchKey(key.to_owned())));
    }

    /// Counts one code more, or fewer, that nobody was given.
    pub(super) fn count_remaining(&mut self, id: &CodeId, ends_at: Option<Timestamp>, by: i64) {
        let ending = Ending { pool: id.pool.clone(), import: id.import(), ends_at };
        *self.endings.entry(ending).or_default() += by;
    }

    /// A cart's hold, unless its time is over.
    pub(super) fn live_hold(&self, cart: &CartId) -> Result<Option<&Hold>, Missing> {
        Ok(self.holds.get(cart)?.filter(|hold| hold.is_live(self.now)))
    }

    /// The live holds of a customer but for one cart's, the oldest first.
    pub(super) fn other_holds(
        &self,
        customer: &CustomerId,
        but: Option<&CartId>,
    ) -> Result<Vec<&Hold>, Missing> {
        let carts =
            self.holds_of.get(customer).ok_or_else(|| Missing(vec![RowKey::HoldsOf(customer.clone())]))?;
        // A hold made in this batch is not listed; it is loaded, since it was changed.
        let made_now = self.holds.changed().map(|(cart, _)| cart);
        let mut all: Vec<_> = carts.iter().chain(made_now).filter(|cart| Some(*cart) != but).collect();
        all.sort();
        all.dedup();
        let mut holds = Vec::new();
        for cart in all {
            holds.extend(self.live_hold(cart)?.filter(|hold| hold.customer.as_ref() == Some(customer)));
        }
        holds.sort_by_key(|hold| hold.made_at);
        Ok(holds)
    }

    pub(super) fn begin(&mut self) {
        self.requests.journal.clear();
        self.orders.journal.clear();
        self.customers.journal.clear();
        self.limits.journal.clear();
        self.holds.journal.clear();
        self.codes.journal.clear();
        self.pools.journal.clear();
        self.draws.journal.clear();
        self.reservations.journal.clear();
        self.reports.journal.clear();
        self.endings_before.clone_from(&self.endings);
        self.happened_before = self.activities.len();
        self.taken_now.clear();
        self.planned_before = self.jobs.len();
    }

    pub(super) fn undo(&mut self) {
        self.requests.undo();
        self.orders.undo();
        self.customers.undo();
        self.limits.undo();
        self.holds.undo();
        self.codes.undo();
        self.pools.undo();
        self.draws.undo();
        self.reservations.undo();
        self.reports.undo();
        self.endings.clone_from(&self.endings_before);
        self.activities.truncate(self.happened_before);
        for row in self.taken_now.drain(..) {
            match row {
                RowKey::Text(text) => self.texts.insert(text, false),
                RowKey::MatchKey(key) => self.match_keys.insert(key, false),
                row => unreachable!("{row:?} is no text"),
            };
        }
        self.jobs.truncate(self.planned_before);
    }
}
