//! The contract of a store that keeps a ledger.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use jiff::Timestamp;
use tearline_core::ledger::{
    Activity, Answer, Books, Buyer, CartId, Code, CodeId, CustomerId, Hold, LimitKey, Missing, Order,
    OrderId, PoolId, Request, Reservation, ReservationId, RowKey, decide,
};
use tearline_core::names::ShopId;
use uuid::Uuid;

use crate::StoreError;
use crate::codes::{Added, HeldByOthers, NewCode, PoolCounts};

/// Whose own holds do not count against them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// The cart.
    pub cart: Option<CartId>,
    /// The customer.
    pub customer: Option<CustomerId>,
}

/// Names an activity. Later ones have larger names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActivityId(pub(crate) Uuid);

impl ActivityId {
    pub(crate) const LAST: Self = Self(Uuid::max());
}

impl fmt::Display for ActivityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ActivityId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// An activity under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its name.
    pub id: ActivityId,
    /// What happened.
    pub activity: Activity,
}

/// Where a Tearline counts what must never be over-spent.
///
/// A request is decided by [`decide`] while nobody else can write; what it changes is kept all together or not at
/// all, and what was answered is durable.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Decides a request of a shop, as of `now`.
    async fn decide(&self, shop: &ShopId, request: Request, now: Timestamp) -> Result<Answer, StoreError>;

    /// How much is taken of each limit at `now`, by orders and by the live holds of others, in the order of the keys.
    async fn taken(
        &self,
        shop: &ShopId,
        keys: Vec<LimitKey>,
        asker: Asker,
        now: Timestamp,
    ) -> Result<Vec<u64>, StoreError>;

    /// What is known of a customer; of one who has never ordered, nothing.
    async fn buyer(&self, shop: &ShopId, customer: &CustomerId) -> Result<Buyer, StoreError>;

    /// A cart's hold, be its time over or not.
    async fn hold(&self, shop: &ShopId, cart: &CartId) -> Result<Option<Hold>, StoreError>;

    /// An order.
    async fn order(&self, shop: &ShopId, order: &OrderId) -> Result<Option<Order>, StoreError>;

    /// The orders placed since an instant, the newest first; of those placed together the one last by its name.
    /// `before` is the last one seen, or an instant with an empty name: then those placed before it.
    async fn orders(
        &self,
        shop: &ShopId,
        from: Option<Timestamp>,
        before: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError>;

    /// The orders placed before an instant, the oldest first; of those placed together the one first by its name.
    /// `after` is the last one seen, or an instant with an empty name: then those placed since.
    async fn orders_since(
        &self,
        shop: &ShopId,
        after: Option<(Timestamp, OrderId)>,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError>;

    /// The code that a buyer means: exactly the one entered but for white space around it, else the one that is
    /// compared as it would be.
    async fn code(&self, shop: &ShopId, entered: &str) -> Result<Option<Code>, StoreError>;

    /// What others than the asker hold of a code at `now`.
    async fn code_held(
        &self,
        shop: &ShopId,
        code: &CodeId,
        asker: &Asker,
        now: Timestamp,
    ) -> Result<HeldByOthers, StoreError>;

    /// Adds codes to the end of a pool, in their order, but for those that are somebody's already or could be taken
    /// for somebody's: all of them together.
    async fn add_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        codes: Vec<NewCode>,
    ) -> Result<Vec<Added>, StoreError>;

    /// How many codes of a pool there are of each kind at `now`.
    async fn pool_counts(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        now: Timestamp,
    ) -> Result<PoolCounts, StoreError>;

    /// The code of a pool that a customer was given last and may still use at `now`.
    async fn assigned_code(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Option<Code>, StoreError>;

    /// Codes that were set aside.
    async fn reservation(&self, shop: &ShopId, id: &ReservationId)
    -> Result<Option<Reservation>, StoreError>;

    /// What has happened to a pool as a whole, the newest first: a page of it, before what was seen last.
    async fn activities_of_pool(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError>;

    /// Writes down what was noticed; it decides nothing.
    async fn note(&self, shop: &ShopId, activities: Vec<Activity>) -> Result<(), StoreError>;

    /// What has happened in the shop, the newest first: a page of it, before what was seen last.
    async fn activities(
        &self,
        shop: &ShopId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError>;

    /// What has happened to a code, the newest first: a page of it, before what was seen last.
    async fn activities_of_code(
        &self,
        shop: &ShopId,
        code: &CodeId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError>;

    /// What has happened to an order, the oldest first.
    async fn activities_of(&self, shop: &ShopId, order: &OrderId) -> Result<Vec<Activity>, StoreError>;
}

/// Decides a request, loading what it asks for until nothing is missing.
pub(crate) fn decide_loading(
    books: &mut Books,
    request: &Request,
    mut load: impl FnMut(&mut Books, RowKey) -> Result<(), StoreError>,
) -> Result<Answer, StoreError> {
    for row in request.rows() {
        if !books.has(&row) {
            load(books, row)?;
        }
    }
    loop {
        match decide(books, request) {
            Ok(answer) => return Ok(answer),
            Err(Missing(rows)) => rows.into_iter().try_for_each(|row| load(books, row))?,
        }
    }
}
