//! A store so simple that it is obviously right: what the others are held against.

mod accounts;
mod imports;
mod jobs;

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use tearline_core::imports::{Import, NewImport, NotNow, Turn};
use tearline_core::jobs::{NewJob, Outcome};
use tearline_core::ledger::{
    Activity, Answer, Buyer, CartId, Code, CodeId, CustomerId, Hold, LimitKey, Order, OrderId, PoolId,
    Request, Reservation, ReservationId, Which,
};
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{
    Batch, Conflict, Coupon, Kind, Resource, ResourceKey, decide_batch, to_the_microsecond,
};

use tokio::sync::Notify;

use accounts::Accounts;
use jobs::Planned;

use crate::codes::{Added, HeldByOthers, NewCode, PoolCounts};
use crate::feed::{Announcer, Subscriptions};
use crate::imports::{Chunk, CodesPage, Imports, ReportRow};
use crate::jobs::{Job, JobId, Jobs, WorkerId};
use crate::ledger::{ActivityId, Asker, Ledger, Logged};
use crate::{
    ApiKey, Change, Configuration, Feed, KeyHash, KeyPut, ShopVersion, Store, StoreError, WriteError, Written,
};

/// Keeps everything in memory, under one lock, and forgets it when dropped. For tests.
#[derive(Debug)]
pub struct ModelStore {
    state: Mutex<Option<State>>,
    subscriptions: Subscriptions,
    bell: Arc<Notify>,
}

/// What an open store has.
#[derive(Debug)]
struct State {
    shops: BTreeMap<ShopId, Shop>,
    announcer: Announcer,
}

#[derive(Debug, Default)]
struct Shop {
    /// The last version of every document, deletions included.
    current: BTreeMap<ResourceKey, Resource>,
    /// Every batch that changed something; the first made version 1.
    batches: Vec<Vec<Resource>>,
    keys: BTreeMap<Slug, ApiKey>,
    ledger: Accounts,
    jobs: Planned,
}

impl Shop {
    fn config_version(&self) -> u64 {
        self.batches.len() as u64
    }

    fn add(&mut self, mut added: Vec<Resource>) {
        self.current.extend(added.iter().map(|resource| (resource.key.clone(), resource.clone())));
        added.sort_by(|a, b| a.key.cmp(&b.key));
        self.batches.push(added);
        let coupons = self.live().flat_map(Resource::coupons).map(|coupon| coupon.match_key);
        self.ledger.coupons = coupons.collect();
    }

    fn live(&self) -> impl Iterator<Item = &Resource> {
        self.current.values().filter(|resource| !resource.deleted)
    }

    fn versions(&self, key: &ResourceKey) -> impl Iterator<Item = &Resource> {
        self.batches.iter().flatten().rev().filter(move |resource| resource.key == *key)
    }

    fn changes(&self) -> impl Iterator<Item = Change> {
        (1..)
            .zip(&self.batches)
            .map(|(config_version, batch)| Change { config_version, resources: batch.clone() })
    }
}

impl Default for ModelStore {
    fn default() -> Self {
        Self::new()
    }
}

impl ModelStore {
    /// An empty store.
    pub fn new() -> Self {
        let (announcer, subscriptions) = Announcer::new();
        let state = State { shops: BTreeMap::new(), announcer };
        Self { state: Mutex::new(Some(state)), subscriptions, bell: Arc::new(Notify::new()) }
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> Result<T, StoreError> {
        self.state().as_mut().map(use_it).ok_or(StoreError::Closed)
    }

    /// Reads a shop; one that was never written to looks empty.
    fn read<T>(&self, shop: &ShopId, read: impl FnOnce(&Shop) -> T) -> Result<T, StoreError> {
        let nothing = Shop::default();
        self.open(|state| read(state.shops.get(shop).unwrap_or(&nothing)))
    }
}

/// The first `limit` of some things, as a page.
fn page<T>(things: impl Iterator<Item = T>, limit: u32) -> Vec<T> {
    things.take(limit as usize).collect()
}

fn write(
    state: &mut State,
    id: &ShopId,
    batch: &Batch,
    by: &str,
    at: Timestamp,
) -> Result<Written, WriteError> {
    let nothing = BTreeMap::new();
    let current = state.shops.get(id).map_or(&nothing, |shop| &shop.current);
    let config_version = state.shops.get(id).map_or(0, Shop::config_version);
    let decided = decide_batch(id, config_version, current, batch, by, at).map_err(WriteError::Conflict)?;
    if decided.resources.is_empty() {
        return Ok(Written::new(config_version, decided));
    }
    let shop = state.shops.entry(id.clone()).or_default();
    let caught = caught(&shop.ledger, &decided.resources);
    if !caught.is_empty() {
        return Err(WriteError::Conflict(caught));
    }
    shop.add(decided.resources.clone());
    let config_version = shop.config_version();
    state.announcer.announce(vec![ShopVersion { shop: id.clone(), config_version }]);
    Ok(Written::new(config_version, decided))
}

/// The coupons of documents that are, or could be taken for, codes of pools.
fn caught(accounts: &Accounts, documents: &[Resource]) -> Vec<Conflict> {
    let conflict = |(document, coupon): (&Resource, Coupon)| {
        let pool = accounts.pool_with(&coupon.match_key)?.clone();
        let Coupon { place, text, .. } = coupon;
        Some(Conflict::CouponIsCode { key: document.key.clone(), place, coupon: text, pool })
    };
    let coupons = documents
        .iter()
        .flat_map(|document| document.coupons().into_iter().map(move |coupon| (document, coupon)));
    coupons.filter_map(conflict).collect()
}

fn put_key(shop: &mut Shop, key: ApiKey) -> KeyPut {
    let taken = shop.keys.values().any(|kept| (kept.id == key.id || kept.hash == key.hash) && *kept != key);
    if taken {
        return KeyPut::Taken;
    }
    shop.keys.insert(key.id.clone(), key);
    KeyPut::Kept
}

fn in_whole_microseconds(mut key: ApiKey) -> ApiKey {
    key.created_at = to_the_microsecond(key.created_at);
    key.revoked_at = key.revoked_at.map(to_the_microsecond);
    key
}

#[async_trait]
impl Store for ModelStore {
    async fn write(
        &self,
        shop: &ShopId,
        batch: Batch,
        by: &str,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        self.open(|state| write(state, shop, &batch, by, at))?
    }

    async fn get(&self, shop: &ShopId, key: &ResourceKey) -> Result<Option<Resource>, StoreError> {
        self.read(shop, |shop| shop.live().find(|resource| resource.key == *key).cloned())
    }

    async fn list(
        &self,
        shop: &ShopId,
        kind: Kind,
        after: Option<&Slug>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        let listed = |resource: &&Resource| resource.key.kind == kind && Some(&resource.key.id) > after;
        self.read(shop, |shop| page(shop.live().filter(listed).cloned(), limit))
    }

    async fn history(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        before_version: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        let earlier = |resource: &&Resource| before_version.is_none_or(|before| resource.version < before);
        self.read(shop, |shop| page(shop.versions(key).filter(earlier).cloned(), limit))
    }

    async fn version_of(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        version: u64,
    ) -> Result<Option<Resource>, StoreError> {
        self.read(shop, |shop| shop.versions(key).find(|resource| resource.version == version).cloned())
    }

    async fn configuration(&self, shop: &ShopId) -> Result<Configuration, StoreError> {
        self.read(shop, |shop| Configuration {
            config_version: shop.config_version(),
            resources: shop.live().cloned().collect(),
        })
    }

    async fn configuration_at(
        &self,
        shop: &ShopId,
        config_version: u64,
    ) -> Result<Configuration, StoreError> {
        self.read(shop, |shop| {
            let mut then = Shop::default();
            let batches = usize::try_from(config_version).unwrap_or(usize::MAX);
            shop.batches.iter().take(batches).for_each(|batch| then.add(batch.clone()));
            let resources = then.live().cloned().collect();
            Configuration { config_version: then.config_version(), resources }
        })
    }

    async fn changes(
        &self,
        shop: &ShopId,
        after_config_version: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let later = |change: &Change| change.config_version > after_config_version;
        self.read(shop, |shop| page(shop.changes().filter(later), limit))
    }

    async fn shops(&self, after: Option<&ShopId>, limit: u32) -> Result<Vec<ShopVersion>, StoreError> {
        let from = after.map_or(Unbounded, Excluded);
        self.open(|state| {
            let later = state.shops.range::<ShopId, _>((from, Unbounded));
            let versions = later
                .map(|(id, shop)| ShopVersion { shop: id.clone(), config_version: shop.config_version() });
            page(versions, limit)
        })
    }

    fn feed(&self) -> Feed {
        self.subscriptions.feed()
    }

    async fn put_key(&self, shop: &ShopId, key: ApiKey) -> Result<KeyPut, StoreError> {
        self.open(|state| put_key(state.shops.entry(shop.clone()).or_default(), in_whole_microseconds(key)))
    }

    async fn find_key(&self, shop: &ShopId, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        let fits = |key: &&ApiKey| key.hash == *hash && key.revoked_at.is_none();
        self.read(shop, |shop| shop.keys.values().find(fits).cloned())
    }

    async fn keys(&self, shop: &ShopId, after: Option<&Slug>, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
        let listed = |key: &&ApiKey| Some(&key.id) > after;
        self.read(shop, |shop| page(shop.keys.values().filter(listed).cloned(), limit))
    }

    async fn revoke_key(&self, shop: &ShopId, id: &Slug, at: Timestamp) -> Result<bool, StoreError> {
        self.open(|state| {
            let key = state.shops.get_mut(shop).and_then(|shop| shop.keys.get_mut(id));
            key.map(|key| key.revoked_at.get_or_insert(to_the_microsecond(at))).is_some()
        })
    }

    async fn close(&self) -> Result<(), StoreError> {
        *self.state() = None;
        Ok(())
    }
}

#[async_trait]
impl Jobs for ModelStore {
    async fn plan(&self, shop: &ShopId, planned: Vec<NewJob>) -> Result<(), StoreError> {
        self.open(|state| state.shops.entry(shop.clone()).or_default().jobs.plan(shop, planned))?;
        self.bell.notify_one();
        Ok(())
    }

    async fn lease(
        &self,
        worker: WorkerId,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Job>, StoreError> {
        self.open(|state| {
            let is_due = |shop: &&mut Shop| shop.jobs.next().is_some_and(|next| next <= now);
            let mut due: Vec<&mut Shop> = state.shops.values_mut().filter(is_due).collect();
            due.sort_by_key(|shop| shop.jobs.next());
            due.truncate(most as usize);
            let share = (most as usize).checked_div(due.len()).unwrap_or(0);
            due.into_iter().flat_map(|shop| shop.jobs.lease(worker, now, until, share)).collect()
        })
    }

    async fn settle(
        &self,
        job: &Job,
        worker: WorkerId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.open(|state| {
            let shop = state.shops.entry(job.shop.clone()).or_default();
            shop.jobs.settle(job.id, worker, outcome, now)
        })
    }

    async fn jobs(
        &self,
        shop: &ShopId,
        given_up: bool,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        self.read(shop, |shop| shop.jobs.list(given_up, after, limit))
    }

    async fn revive(&self, shop: &ShopId, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        let revived = self.open(|state| state.shops.entry(shop.clone()).or_default().jobs.revive(id, now));
        self.bell.notify_one();
        revived
    }

    fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }
}

#[async_trait]
impl Ledger for ModelStore {
    async fn decide(&self, shop: &ShopId, request: Request, now: Timestamp) -> Result<Answer, StoreError> {
        self.open(|state| {
            let mut new = Shop::default();
            let kept = state.shops.get_mut(shop).unwrap_or(&mut new);
            let config_version = kept.config_version();
            let (answer, planned) = kept.ledger.decide(&request, config_version, to_the_microsecond(now))?;
            kept.jobs.plan(shop, planned);
            if answer.keeps_books() {
                state.shops.entry(shop.clone()).or_insert(new);
            }
            Ok(answer)
        })?
    }

    async fn taken(
        &self,
        shop: &ShopId,
        keys: Vec<LimitKey>,
        asker: Asker,
        now: Timestamp,
    ) -> Result<Vec<u64>, StoreError> {
        self.read(shop, |shop| keys.iter().map(|key| shop.ledger.taken(key, &asker, now)).collect())
    }

    async fn buyer(&self, shop: &ShopId, customer: &CustomerId) -> Result<Buyer, StoreError> {
        self.read(shop, |shop| shop.ledger.customers.get(customer).cloned().unwrap_or_default())
    }

    async fn hold(&self, shop: &ShopId, cart: &CartId) -> Result<Option<Hold>, StoreError> {
        self.read(shop, |shop| shop.ledger.holds.get(cart).cloned())
    }

    async fn order(&self, shop: &ShopId, order: &OrderId) -> Result<Option<Order>, StoreError> {
        self.read(shop, |shop| shop.ledger.orders.get(order).cloned())
    }

    async fn orders(
        &self,
        shop: &ShopId,
        from: Option<Timestamp>,
        before: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        self.read(shop, |shop| {
            page(shop.ledger.orders(from.map(to_the_microsecond), before.as_ref()).into_iter(), limit)
        })
    }

    async fn orders_since(
        &self,
        shop: &ShopId,
        after: Option<(Timestamp, OrderId)>,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let end = until.map(|until| (to_the_microsecond(until), "".into()));
        self.read(shop, |shop| {
            let oldest_first = shop.ledger.orders(None, end.as_ref()).into_iter().rev();
            let is_later = |order: &Order| {
                after.as_ref().is_none_or(|after| *after < (order.placed_at, order.id.clone()))
            };
            page(oldest_first.filter(is_later), limit)
        })
    }

    async fn code(&self, shop: &ShopId, entered: &str) -> Result<Option<Code>, StoreError> {
        self.read(shop, |shop| shop.ledger.code(entered))
    }

    async fn code_held(
        &self,
        shop: &ShopId,
        code: &CodeId,
        asker: &Asker,
        now: Timestamp,
    ) -> Result<HeldByOthers, StoreError> {
        self.read(shop, |shop| shop.ledger.code_held(code, asker, now))
    }

    async fn add_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        codes: Vec<NewCode>,
    ) -> Result<Vec<Added>, StoreError> {
        self.open(|state| state.shops.entry(shop.clone()).or_default().ledger.add_codes(pool, &codes))
    }

    async fn pool_counts(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        now: Timestamp,
    ) -> Result<PoolCounts, StoreError> {
        self.read(shop, |shop| shop.ledger.pool_counts(pool, now))
    }

    async fn assigned_code(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Option<Code>, StoreError> {
        self.read(shop, |shop| shop.ledger.last_given(pool, customer, Which::Usable, None, now).cloned())
    }

    async fn reservation(
        &self,
        shop: &ShopId,
        id: &ReservationId,
    ) -> Result<Option<Reservation>, StoreError> {
        self.read(shop, |shop| shop.ledger.reservations.get(id).cloned())
    }

    async fn activities_of_pool(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.read(shop, |shop| shop.ledger.activities_of_pool(pool, before, limit))
    }

    async fn note(&self, shop: &ShopId, activities: Vec<Activity>) -> Result<(), StoreError> {
        self.open(|state| state.shops.entry(shop.clone()).or_default().ledger.activities.extend(activities))
    }

    async fn activities(
        &self,
        shop: &ShopId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.read(shop, |shop| shop.ledger.activities(None, before, limit))
    }

    async fn activities_of_code(
        &self,
        shop: &ShopId,
        code: &CodeId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.read(shop, |shop| shop.ledger.activities(Some(code), before, limit))
    }

    async fn activities_of(&self, shop: &ShopId, order: &OrderId) -> Result<Vec<Activity>, StoreError> {
        self.read(shop, |shop| shop.ledger.activities_of(order))
    }
}

#[async_trait]
impl Imports for ModelStore {
    async fn begin_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        asked: NewImport,
    ) -> Result<Option<Import>, StoreError> {
        self.open(|state| state.shops.entry(shop.clone()).or_default().ledger.begin_import(pool, asked))
    }

    async fn stage(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        chunk: Chunk,
    ) -> Result<Option<Import>, StoreError> {
        self.open(|state| state.shops.get_mut(shop)?.ledger.stage(pool, number, &chunk))
    }

    async fn turn_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Option<Result<Import, NotNow>>, StoreError> {
        self.open(|state| state.shops.get_mut(shop)?.ledger.turn_import(pool, number, &turn, now))
    }

    async fn clear_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        codes_max: u32,
        now: Timestamp,
    ) -> Result<Option<Import>, StoreError> {
        self.open(|state| state.shops.get_mut(shop)?.ledger.clear_import(pool, number, codes_max, now))
    }

    async fn import(&self, shop: &ShopId, pool: &PoolId, number: u64) -> Result<Option<Import>, StoreError> {
        self.read(shop, |shop| shop.ledger.import(pool, number))
    }

    async fn imports(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Import>, StoreError> {
        self.read(shop, |shop| page(shop.ledger.imports_of(pool, before), limit))
    }

    async fn imports_under_way(&self, shop: &ShopId) -> Result<Vec<Import>, StoreError> {
        self.read(shop, |shop| shop.ledger.imports_under_way())
    }

    async fn import_report(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        after_row: u32,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        self.read(shop, |shop| page(shop.ledger.import_report(pool, number, after_row).into_iter(), limit))
    }

    async fn pool_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        after: u64,
        limit: u32,
    ) -> Result<CodesPage, StoreError> {
        self.read(shop, |shop| shop.ledger.pool_codes(pool, after, limit))
    }
}
