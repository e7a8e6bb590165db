//! The store in a PostgreSQL database, which many processes share.

mod address;
mod clock;
mod codes;
mod committers;
mod connection;
mod coupons;
#[cfg(test)]
#[path = "../../../tests/postgres/fresh.rs"]
mod fresh;
mod imports;
mod jobs;
mod keys;
mod ledger;
mod migrate;
mod news;
mod pool;
mod pools;
mod readers;
mod resources;
mod rows;
mod sql;
mod transaction;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use tearline_core::imports::{Import, NewImport, NotNow, Turn};
use tearline_core::jobs::{NewJob, Outcome};
use tearline_core::ledger::{
    Activity, Answer, Buyer, CartId, Code, CodeId, CustomerId, Hold, LimitKey, Order, OrderId, PoolId,
    Request, Reservation, ReservationId,
};
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Batch, Kind, Resource, ResourceKey};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub use self::address::PostgresAddress;
pub use self::clock::PostgresClock;
use self::committers::{COMMITTERS, Committers};
use self::connection::{Conn, patiently};
use self::news::Told;
use self::pool::Pool;
use self::readers::Readers;
use crate::codes::{Added, HeldByOthers, NewCode, PoolCounts};
use crate::feed::{Announcer, Subscriptions};
use crate::imports::{Chunk, CodesPage, Imports, ReportRow};
use crate::jobs::{Job, JobId, Jobs, WorkerId};
use crate::ledger::{ActivityId, Asker, Ledger, Logged};
use crate::{
    ApiKey, Change, Configuration, Feed, KeyHash, KeyPut, ShopVersion, Store, StoreError, WriteError, Written,
};

/// How many connections write what is not decided by the ledger.
const WRITERS: u32 = 4;

/// How many connections find rows by their keys, and how many read pages.
const LOOK_UPS: usize = 2;
const SCANS: usize = 2;

/// Finds a row or two by key, with a connection for such.
macro_rules! look_up {
    ($store:ident, |$conn:ident| $read:expr) => {
        patiently!(async {
            let $conn = $store.look_ups.conn().await?;
            $read.await
        })
    };
}

/// Reads a page or more.
macro_rules! scan {
    ($store:ident, |$conn:ident| $read:expr) => {
        patiently!(async {
            let $conn = $store.scans.conn().await?;
            $read.await
        })
    };
}

/// Whose clock the ledger goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocks {
    /// The database's, whatever the caller says: it is one for all processes.
    Database,
    /// The callers', who then have to agree: for tests that set the time.
    Callers,
}

/// Keeps everything in a PostgreSQL database, which many processes may share.
///
/// Whoever writes anything of a shop locks the shop's row first. Requests to the ledger are committed together, by a
/// few tasks between which the shops are divided; a few connections read beside them. What another process writes is
/// told by the [`Feed`] within a second.
///
/// A connection that is lost is made again; a call waits for that, for about ten seconds. A call whose connection is
/// lost while it commits finds out what has become of it before it answers.
pub struct PostgresStore {
    place: String,
    committers: Committers,
    commits: Pool,
    writes: Pool,
    look_ups: Arc<Readers>,
    scans: Arc<Readers>,
    subscriptions: Subscriptions,
    told: Mutex<Option<Arc<Told>>>,
    follower: Mutex<Option<JoinHandle<()>>>,
    clock: PostgresClock,
    bell: Arc<Notify>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresStore({})", self.place)
    }
}

impl PostgresStore {
    /// Opens a database, and applies the migrations it lacks, noted as done `at`. An empty one is made ours.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreachable`] and [`StoreError::Denied`] if there is no connection, [`StoreError::TooOld`] if the
    /// server is, [`StoreError::Foreign`] if the database has somebody else's tables in it, [`StoreError::Newer`] and
    /// [`StoreError::MigrationChanged`] if another program's migrations made it.
    pub async fn open(address: &PostgresAddress, clocks: Clocks, at: Timestamp) -> Result<Self, StoreError> {
        let place = address.to_string();
        let conn = Conn::open(address).await?;
        migrate::run(&conn, &place, migrate::ALL, at).await?;
        drop(conn);
        let readers = |size| Arc::new(Readers::new(address.clone(), size));
        let (look_ups, scans) = (readers(LOOK_UPS), readers(SCANS));
        let commits = Pool::new(address.clone(), COMMITTERS);
        let (announcer, subscriptions) = Announcer::new();
        let told = Arc::new(Told::new(announcer));
        told.know(&scans).await?;
        let clock = PostgresClock::default();
        clock.set(&scans).await?;
        let news = news::follow(address.clone(), Arc::clone(&scans), Arc::clone(&told), clock.clone());
        let follower = tokio::spawn(news);
        Ok(Self {
            place,
            committers: Committers::start(&commits, clocks),
            commits,
            writes: Pool::new(address.clone(), WRITERS),
            look_ups,
            scans,
            subscriptions,
            told: Mutex::new(Some(told)),
            follower: Mutex::new(Some(follower)),
            clock,
            bell: Arc::new(Notify::new()),
        })
    }

    /// The database's clock, by which whoever shares the database should go.
    pub fn clock(&self) -> PostgresClock {
        self.clock.clone()
    }

    /// Tells a configuration that this process wrote, before whoever wrote it is answered.
    fn tell(&self, news: ShopVersion) {
        if let Some(told) = &*self.told.lock().unwrap_or_else(PoisonError::into_inner) {
            told.tell(vec![news]);
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn write(
        &self,
        shop: &ShopId,
        documents: Batch,
        by: &str,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        let written = patiently!(async {
            let transaction = self.writes.begin(shop).await?;
            resources::write(transaction, &documents, by, at).await
        })?;
        let written = written.map_err(WriteError::Conflict)?;
        if !written.resources.is_empty() {
            self.tell(ShopVersion { shop: shop.clone(), config_version: written.config_version });
        }
        Ok(written)
    }

    async fn get(&self, shop: &ShopId, key: &ResourceKey) -> Result<Option<Resource>, StoreError> {
        let last = look_up!(self, |conn| resources::last(&conn, shop, key))?;
        Ok(last.filter(|last| !last.deleted))
    }

    async fn list(
        &self,
        shop: &ShopId,
        kind: Kind,
        after: Option<&Slug>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        scan!(self, |conn| resources::list(&conn, shop, kind, after, limit))
    }

    async fn history(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        before_version: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        scan!(self, |conn| resources::history(&conn, shop, key, before_version, limit))
    }

    async fn version_of(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        version: u64,
    ) -> Result<Option<Resource>, StoreError> {
        look_up!(self, |conn| resources::version_of(&conn, shop, key, version))
    }

    async fn configuration(&self, shop: &ShopId) -> Result<Configuration, StoreError> {
        scan!(self, |conn| resources::configuration(&conn, shop))
    }

    async fn configuration_at(
        &self,
        shop: &ShopId,
        config_version: u64,
    ) -> Result<Configuration, StoreError> {
        scan!(self, |conn| resources::configuration_at(&conn, shop, config_version))
    }

    async fn changes(
        &self,
        shop: &ShopId,
        after_config_version: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        scan!(self, |conn| resources::changes(&conn, shop, after_config_version, limit))
    }

    async fn shops(&self, after: Option<&ShopId>, limit: u32) -> Result<Vec<ShopVersion>, StoreError> {
        scan!(self, |conn| resources::shops(&conn, after, limit))
    }

    fn feed(&self) -> Feed {
        self.subscriptions.feed()
    }

    async fn put_key(&self, shop: &ShopId, key: ApiKey) -> Result<KeyPut, StoreError> {
        patiently!(async { keys::put(self.writes.begin(shop).await?, &key).await })
    }

    async fn find_key(&self, shop: &ShopId, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        look_up!(self, |conn| keys::find(&conn, shop, hash))
    }

    async fn keys(&self, shop: &ShopId, after: Option<&Slug>, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
        scan!(self, |conn| keys::list(&conn, shop, after, limit))
    }

    async fn revoke_key(&self, shop: &ShopId, id: &Slug, at: Timestamp) -> Result<bool, StoreError> {
        patiently!(async { keys::revoke(self.writes.begin(shop).await?, id, at).await })
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.committers.close().await;
        self.commits.close().await;
        self.writes.close().await;
        let follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(follower) = follower {
            follower.abort();
            // It ends at once, and with it goes the last but one who could tell anything.
            let _ = follower.await;
        }
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.look_ups.close().await;
        self.scans.close().await;
        Ok(())
    }
}

#[async_trait]
impl Ledger for PostgresStore {
    async fn decide(&self, shop: &ShopId, request: Request, now: Timestamp) -> Result<Answer, StoreError> {
        self.committers.decide(shop, request, now).await
    }

    async fn taken(
        &self,
        shop: &ShopId,
        keys: Vec<LimitKey>,
        asker: Asker,
        now: Timestamp,
    ) -> Result<Vec<u64>, StoreError> {
        look_up!(self, |conn| ledger::taken(&conn, shop, &keys, &asker, now))
    }

    async fn buyer(&self, shop: &ShopId, customer: &CustomerId) -> Result<Buyer, StoreError> {
        look_up!(self, |conn| ledger::buyer(&conn, shop, customer))
    }

    async fn hold(&self, shop: &ShopId, cart: &CartId) -> Result<Option<Hold>, StoreError> {
        look_up!(self, |conn| ledger::hold(&conn, shop, cart))
    }

    async fn order(&self, shop: &ShopId, order: &OrderId) -> Result<Option<Order>, StoreError> {
        look_up!(self, |conn| ledger::order(&conn, shop, order))
    }

    async fn orders(
        &self,
        shop: &ShopId,
        from: Option<Timestamp>,
        before: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        scan!(self, |conn| ledger::orders(&conn, shop, from, before.as_ref(), limit))
    }

    async fn orders_since(
        &self,
        shop: &ShopId,
        after: Option<(Timestamp, OrderId)>,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        scan!(self, |conn| ledger::orders_since(&conn, shop, after.as_ref(), until, limit))
    }

    async fn note(&self, shop: &ShopId, activities: Vec<Activity>) -> Result<(), StoreError> {
        patiently!(async { ledger::note(self.writes.begin(shop).await?, &activities).await })
    }

    async fn activities(
        &self,
        shop: &ShopId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        scan!(self, |conn| ledger::activities(&conn, shop, before, limit))
    }

    async fn code(&self, shop: &ShopId, entered: &str) -> Result<Option<Code>, StoreError> {
        look_up!(self, |conn| codes::entered(&conn, shop, entered))
    }

    async fn code_held(
        &self,
        shop: &ShopId,
        code: &CodeId,
        asker: &Asker,
        now: Timestamp,
    ) -> Result<HeldByOthers, StoreError> {
        look_up!(self, |conn| ledger::code_held(&conn, shop, code, asker, now))
    }

    async fn add_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        codes: Vec<NewCode>,
    ) -> Result<Vec<Added>, StoreError> {
        patiently!(async { codes::add(self.writes.begin(shop).await?, pool, &codes).await })
    }

    async fn pool_counts(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        now: Timestamp,
    ) -> Result<PoolCounts, StoreError> {
        look_up!(self, |conn| codes::counts(&conn, shop, pool, now))
    }

    async fn assigned_code(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Option<Code>, StoreError> {
        look_up!(self, |conn| pools::assigned(&conn, shop, pool, customer, now))
    }

    async fn reservation(
        &self,
        shop: &ShopId,
        id: &ReservationId,
    ) -> Result<Option<Reservation>, StoreError> {
        look_up!(self, |conn| pools::reserved(&conn, shop, id))
    }

    async fn activities_of_pool(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        scan!(self, |conn| ledger::activities_of_pool(&conn, shop, pool, before, limit))
    }

    async fn activities_of_code(
        &self,
        shop: &ShopId,
        code: &CodeId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        look_up!(self, |conn| ledger::activities_of_code(&conn, shop, code, before, limit))
    }

    async fn activities_of(&self, shop: &ShopId, order: &OrderId) -> Result<Vec<Activity>, StoreError> {
        look_up!(self, |conn| ledger::activities_of(&conn, shop, order))
    }
}

#[async_trait]
impl Jobs for PostgresStore {
    async fn plan(&self, shop: &ShopId, planned: Vec<NewJob>) -> Result<(), StoreError> {
        let now = planned.iter().map(|job| job.due_at).min().unwrap_or_default();
        patiently!(async {
            let transaction = self.writes.begin(shop).await?;
            transaction.commit(jobs::plan(shop.as_str(), &planned, now)).await
        })?;
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
        let shops = look_up!(self, |conn| jobs::due_shops(&conn, now, most))?;
        let share = most / u32::try_from(shops.len()).unwrap_or(1).max(1);
        let mut leased = Vec::new();
        for shop in &shops {
            leased.extend(patiently!(async {
                jobs::lease(self.writes.begin(shop).await?, worker, now, until, share).await
            })?);
        }
        Ok(leased)
    }

    async fn settle(
        &self,
        job: &Job,
        worker: WorkerId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        patiently!(async {
            jobs::settle(self.writes.begin(&job.shop).await?, job, worker, &outcome, now).await
        })
    }

    async fn jobs(
        &self,
        shop: &ShopId,
        given_up: bool,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        scan!(self, |conn| jobs::list(&conn, shop, given_up, after, limit))
    }

    async fn revive(&self, shop: &ShopId, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        let revived = patiently!(async { jobs::revive(self.writes.begin(shop).await?, id, now).await })?;
        self.bell.notify_one();
        Ok(revived)
    }

    fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }
}

#[async_trait]
impl Imports for PostgresStore {
    async fn begin_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        asked: NewImport,
    ) -> Result<Option<Import>, StoreError> {
        patiently!(async { imports::begin(self.writes.begin(shop).await?, pool, &asked).await })
    }

    async fn stage(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        chunk: Chunk,
    ) -> Result<Option<Import>, StoreError> {
        patiently!(async { imports::stage(self.writes.begin(shop).await?, pool, number, &chunk).await })
    }

    async fn turn_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Option<Result<Import, NotNow>>, StoreError> {
        patiently!(async { imports::turn(self.writes.begin(shop).await?, pool, number, &turn, now).await })
    }

    async fn clear_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        codes_max: u32,
        now: Timestamp,
    ) -> Result<Option<Import>, StoreError> {
        patiently!(async {
            imports::clear(self.writes.begin(shop).await?, pool, number, codes_max, now).await
        })
    }

    async fn import(&self, shop: &ShopId, pool: &PoolId, number: u64) -> Result<Option<Import>, StoreError> {
        look_up!(self, |conn| imports::find(&conn, shop, pool, number))
    }

    async fn imports(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Import>, StoreError> {
        scan!(self, |conn| imports::list(&conn, shop, pool, before, limit))
    }

    async fn imports_under_way(&self, shop: &ShopId) -> Result<Vec<Import>, StoreError> {
        scan!(self, |conn| imports::under_way(&conn, shop))
    }

    async fn import_report(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        after_row: u32,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        scan!(self, |conn| imports::report(&conn, shop, pool, number, after_row, limit))
    }

    async fn pool_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        after: u64,
        limit: u32,
    ) -> Result<CodesPage, StoreError> {
        scan!(self, |conn| codes::page(&conn, shop, pool, after, limit))
    }
}
