//! A store that fails on demand.

mod imports;
mod jobs;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tearline_core::ledger::{
    Activity, Answer, Buyer, CartId, Code, CodeId, CustomerId, Hold, LimitKey, Order, OrderId, PoolId,
    Request, Reservation, ReservationId,
};
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Batch, Kind, Resource, ResourceKey};
use tearline_store::{
    ActivityId, Added, ApiKey, Asker, Change, Configuration, Feed, HeldByOthers, KeyHash, KeyPut, Ledger,
    Logged, ModelStore, NewCode, PoolCounts, ShopVersion, Store, StoreError, WriteError, Written,
};
use tokio::sync::Notify;

/// How lists, and questions whether the store is there, end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mood {
    Well,
    Busy,
    Broken,
    Stuck,
    Panics,
}

/// Numbers that look random, the same for the same seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Luck(pub(crate) u64);

impl Luck {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

impl Luck {
    /// A place in something of this length.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}

/// What happens to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    /// The connection is lost before it is done.
    Undone,
    /// It is done, and the answer is lost.
    Unheard,
}

/// A store that lists as its mood is, and whose writes have bad luck, if there is any.
pub(crate) struct FaultyStore {
    inner: Arc<dyn Store>,
    mood: AtomicU8,
    stuck: Notify,
    luck: Mutex<Option<Luck>>,
}

impl FaultyStore {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(ModelStore::new()))
    }

    pub(crate) fn over(inner: Arc<dyn Store>) -> Self {
        let (mood, stuck) = (AtomicU8::new(Mood::Well as u8), Notify::new());
        Self { inner, mood, stuck, luck: Mutex::new(None) }
    }

    /// From now on one write of the ledger in ten is lost, and the answer to another.
    pub(crate) fn set_luck(&self, luck: Option<Luck>) {
        *self.luck.lock().unwrap() = luck;
    }

    /// Lets others come first now and then, and says what happens to a write.
    async fn fate(&self) -> Fate {
        let drawn = self.luck.lock().unwrap().as_mut().map(|luck| (luck.below(4), luck.below(10)));
        let Some((others, fate)) = drawn else { return Fate::Done };
        for _ in 0..others {
            tokio::task::yield_now().await;
        }
        match fate {
            0 => Fate::Undone,
            1 => Fate::Unheard,
            _ => Fate::Done,
        }
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// Waits until a call is stuck.
    pub(crate) async fn began(&self) {
        self.stuck.notified().await;
    }

    async fn fail(&self) -> Result<(), StoreError> {
        let source = || Arc::new(std::io::Error::other("disk /dev/secret is on fire"));
        match self.mood.load(Ordering::SeqCst) {
            mood if mood == Mood::Busy as u8 => Err(StoreError::Busy { source: source() }),
            mood if mood == Mood::Broken as u8 => Err(StoreError::Database { source: source() }),
            mood if mood == Mood::Stuck as u8 => {
                self.stuck.notify_one();
                std::future::pending().await
            }
            mood if mood == Mood::Panics as u8 => panic!("as the test wants it"),
            _ => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl Store for FaultyStore {
    async fn write(
        &self,
        shop: &ShopId,
        batch: Batch,
        by: &str,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        self.inner.write(shop, batch, by, at).await
    }

    async fn get(&self, shop: &ShopId, key: &ResourceKey) -> Result<Option<Resource>, StoreError> {
        self.inner.get(shop, key).await
    }

    async fn list(
        &self,
        shop: &ShopId,
        kind: Kind,
        after: Option<&Slug>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        self.fail().await?;
        self.inner.list(shop, kind, after, limit).await
    }

    async fn history(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        before_version: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        self.inner.history(shop, key, before_version, limit).await
    }

    async fn version_of(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        version: u64,
    ) -> Result<Option<Resource>, StoreError> {
        self.inner.version_of(shop, key, version).await
    }

    async fn configuration(&self, shop: &ShopId) -> Result<Configuration, StoreError> {
        self.inner.configuration(shop).await
    }

    async fn configuration_at(
        &self,
        shop: &ShopId,
        config_version: u64,
    ) -> Result<Configuration, StoreError> {
        self.inner.configuration_at(shop, config_version).await
    }

    async fn changes(&self, shop: &ShopId, after: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.inner.changes(shop, after, limit).await
    }

    async fn shops(&self, after: Option<&ShopId>, limit: u32) -> Result<Vec<ShopVersion>, StoreError> {
        self.fail().await?;
        self.inner.shops(after, limit).await
    }

    fn feed(&self) -> Feed {
        self.inner.feed()
    }

    async fn put_key(&self, shop: &ShopId, key: ApiKey) -> Result<KeyPut, StoreError> {
        self.inner.put_key(shop, key).await
    }

    async fn find_key(&self, shop: &ShopId, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        self.inner.find_key(shop, hash).await
    }

    async fn keys(&self, shop: &ShopId, after: Option<&Slug>, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
        self.inner.keys(shop, after, limit).await
    }

    async fn revoke_key(&self, shop: &ShopId, id: &Slug, at: Timestamp) -> Result<bool, StoreError> {
        self.inner.revoke_key(shop, id, at).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

#[async_trait::async_trait]
impl Ledger for FaultyStore {
    async fn decide(&self, shop: &ShopId, request: Request, now: Timestamp) -> Result<Answer, StoreError> {
        self.fail().await?;
        let lost = || StoreError::Busy { source: Arc::new(std::io::Error::other("the connection is lost")) };
        match self.fate().await {
            Fate::Done => self.inner.decide(shop, request, now).await,
            Fate::Undone => Err(lost()),
            Fate::Unheard => self.inner.decide(shop, request, now).await.and(Err(lost())),
        }
    }

    async fn taken(
        &self,
        shop: &ShopId,
        keys: Vec<LimitKey>,
        asker: Asker,
        now: Timestamp,
    ) -> Result<Vec<u64>, StoreError> {
        self.inner.taken(shop, keys, asker, now).await
    }

    async fn buyer(&self, shop: &ShopId, customer: &CustomerId) -> Result<Buyer, StoreError> {
        self.inner.buyer(shop, customer).await
    }

    async fn hold(&self, shop: &ShopId, cart: &CartId) -> Result<Option<Hold>, StoreError> {
        self.inner.hold(shop, cart).await
    }

    async fn order(&self, shop: &ShopId, order: &OrderId) -> Result<Option<Order>, StoreError> {
        self.inner.order(shop, order).await
    }

    async fn orders(
        &self,
        shop: &ShopId,
        from: Option<Timestamp>,
        before: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        self.inner.orders(shop, from, before, limit).await
    }

    async fn orders_since(
        &self,
        shop: &ShopId,
        after: Option<(Timestamp, OrderId)>,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        self.inner.orders_since(shop, after, until, limit).await
    }

    async fn code(&self, shop: &ShopId, entered: &str) -> Result<Option<Code>, StoreError> {
        self.inner.code(shop, entered).await
    }

    async fn code_held(
        &self,
        shop: &ShopId,
        code: &CodeId,
        asker: &Asker,
        now: Timestamp,
    ) -> Result<HeldByOthers, StoreError> {
        self.inner.code_held(shop, code, asker, now).await
    }

    async fn add_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        codes: Vec<NewCode>,
    ) -> Result<Vec<Added>, StoreError> {
        self.inner.add_codes(shop, pool, codes).await
    }

    async fn pool_counts(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        now: Timestamp,
    ) -> Result<PoolCounts, StoreError> {
        self.inner.pool_counts(shop, pool, now).await
    }

    async fn assigned_code(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Option<Code>, StoreError> {
        self.inner.assigned_code(shop, pool, customer, now).await
    }

    async fn reservation(
        &self,
        shop: &ShopId,
        id: &ReservationId,
    ) -> Result<Option<Reservation>, StoreError> {
        self.inner.reservation(shop, id).await
    }

    async fn activities_of_pool(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.inner.activities_of_pool(shop, pool, before, limit).await
    }

    async fn note(&self, shop: &ShopId, activities: Vec<Activity>) -> Result<(), StoreError> {
        self.inner.note(shop, activities).await
    }

    async fn activities(
        &self,
        shop: &ShopId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.inner.activities(shop, before, limit).await
    }

    async fn activities_of_code(
        &self,
        shop: &ShopId,
        code: &CodeId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.inner.activities_of_code(shop, code, before, limit).await
    }

    async fn activities_of(&self, shop: &ShopId, order: &OrderId) -> Result<Vec<Activity>, StoreError> {
        self.inner.activities_of(shop, order).await
    }
}
