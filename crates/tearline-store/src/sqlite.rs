//! The store in one SQLite file: nothing to set up, and an answered write survives a power cut.

pub mod backup;
mod codes;
mod coupons;
pub mod doctor;
mod imports;
mod jobs;
mod keys;
mod ledger;
mod migrate;
mod open;
mod pools;
mod readers;
mod resources;
mod rows;
mod sql;
mod writer;

use std::path::Path;
use std::sync::Arc;

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

use self::readers::Readers;
use self::writer::Writer;
use crate::codes::{Added, HeldByOthers, NewCode, PoolCounts};
use crate::feed::{Announcer, Subscriptions};
use crate::imports::{Chunk, CodesPage, Imports, ReportRow};
use crate::jobs::{Job, JobId, Jobs, WorkerId};
use crate::ledger::{ActivityId, Asker, Ledger, Logged};
use crate::{
    ApiKey, Change, Configuration, Feed, KeyHash, KeyPut, ShopVersion, Store, StoreError, WriteError, Written,
};

/// Keeps everything in one SQLite file, which one process has open at a time.
///
/// One thread writes: it commits everything that waits together, so that one sync to disk serves many writes. A few
/// connections read beside it. Drop it only after [`Store::close`]: otherwise its thread lets go of the file a
/// moment later than its owner.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    subscriptions: Subscriptions,
    bell: Arc<Notify>,
}

impl SqliteStore {
    /// Opens the database at `path`, or makes it, and applies the migrations it lacks, noted as done `at`.
    ///
    /// Beside it appear `….lock`, held while it is open, and SQLite's own `…-wal` and `…-shm`. Blocks while it
    /// works; a migration of a large database takes its time.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] if another process has it open, [`StoreError::Foreign`] if the file is something else,
    /// [`StoreError::Newer`] and [`StoreError::MigrationChanged`] if another program's migrations made it.
    pub fn open(path: &Path, at: Timestamp) -> Result<Self, StoreError> {
        let database = open::open(path, at)?;
        let readers = Readers::open(path)?;
        let (announcer, subscriptions) = Announcer::new();
        let writer = Writer::start(database, announcer).map_err(|source| StoreError::open(path, source))?;
        Ok(Self { writer, readers, subscriptions, bell: Arc::new(Notify::new()) })
    }

    /// How often something was committed since it was opened: each time, one sync to disk served all that waited.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn write(
        &self,
        shop: &ShopId,
        documents: Batch,
        by: &str,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        let (shop, by) = (shop.clone(), by.to_owned());
        let work = move |batch: &mut writer::Batch<'_>| resources::write(batch, &shop, &documents, &by, at);
        self.writer.submit(work).await?.map_err(WriteError::Conflict)
    }

    async fn get(&self, shop: &ShopId, key: &ResourceKey) -> Result<Option<Resource>, StoreError> {
        let last = self.readers.look_up(|conn| resources::last(conn, shop, key)).await?;
        Ok(last.filter(|last| !last.deleted))
    }

    async fn list(
        &self,
        shop: &ShopId,
        kind: Kind,
        after: Option<&Slug>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        let (shop, after) = (shop.clone(), after.cloned());
        self.readers.scan(move |conn| resources::list(conn, &shop, kind, after.as_ref(), limit)).await
    }

    async fn history(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        before_version: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        let (shop, key) = (shop.clone(), key.clone());
        self.readers.scan(move |conn| resources::history(conn, &shop, &key, before_version, limit)).await
    }

    async fn version_of(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        version: u64,
    ) -> Result<Option<Resource>, StoreError> {
        self.readers.look_up(|conn| resources::version_of(conn, shop, key, version)).await
    }

    async fn configuration(&self, shop: &ShopId) -> Result<Configuration, StoreError> {
        let shop = shop.clone();
        self.readers.scan(move |conn| resources::configuration(conn, &shop)).await
    }

    async fn configuration_at(
        &self,
        shop: &ShopId,
        config_version: u64,
    ) -> Result<Configuration, StoreError> {
        let shop = shop.clone();
        self.readers.scan(move |conn| resources::configuration_at(conn, &shop, config_version)).await
    }

    async fn changes(
        &self,
        shop: &ShopId,
        after_config_version: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let shop = shop.clone();
        self.readers.scan(move |conn| resources::changes(conn, &shop, after_config_version, limit)).await
    }

    async fn shops(&self, after: Option<&ShopId>, limit: u32) -> Result<Vec<ShopVersion>, StoreError> {
        let after = after.cloned();
        self.readers.scan(move |conn| resources::shops(conn, after.as_ref(), limit)).await
    }

    fn feed(&self) -> Feed {
        self.subscriptions.feed()
    }

    async fn put_key(&self, shop: &ShopId, key: ApiKey) -> Result<KeyPut, StoreError> {
        let shop = shop.clone();
        self.writer.submit(move |batch| keys::put(batch.conn, &shop, &key)).await
    }

    async fn find_key(&self, shop: &ShopId, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        self.readers.look_up(|conn| keys::find(conn, shop, hash)).await
    }

    async fn keys(&self, shop: &ShopId, after: Option<&Slug>, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
        let (shop, after) = (shop.clone(), after.cloned());
        self.readers.scan(move |conn| keys::list(conn, &shop, after.as_ref(), limit)).await
    }

    async fn revoke_key(&self, shop: &ShopId, id: &Slug, at: Timestamp) -> Result<bool, StoreError> {
        let (shop, id) = (shop.clone(), id.clone());
        self.writer.submit(move |batch| keys::revoke(batch.conn, &shop, &id, at)).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.readers.close().await;
        self.writer.close().await
    }
}

#[async_trait]
impl Jobs for SqliteStore {
    async fn plan(&self, shop: &ShopId, planned: Vec<NewJob>) -> Result<(), StoreError> {
        let shop = shop.clone();
        let now = planned.iter().map(|job| job.due_at).min().unwrap_or_default();
        self.writer.submit(move |batch| jobs::plan(batch.conn, &shop, &planned, now)).await?;
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
        // Mostly there is nothing to do, and then nothing to write.
        if !self.readers.look_up(|conn| jobs::is_due(conn, now)).await? {
            return Ok(Vec::new());
        }
        self.writer.submit(move |batch| jobs::lease(batch.conn, worker, now, until, most)).await
    }

    async fn settle(
        &self,
        job: &Job,
        worker: WorkerId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let job = job.clone();
        self.writer.submit(move |batch| jobs::settle(batch.conn, &job, worker, &outcome, now)).await
    }

    async fn jobs(
        &self,
        shop: &ShopId,
        given_up: bool,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        self.readers.look_up(|conn| jobs::list(conn, shop, given_up, after, limit)).await
    }

    async fn revive(&self, shop: &ShopId, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        let shop = shop.clone();
        let revived = self.writer.submit(move |batch| jobs::revive(batch.conn, &shop, id, now)).await?;
        self.bell.notify_one();
        Ok(revived)
    }

    fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }
}

#[async_trait]
impl Ledger for SqliteStore {
    async fn decide(&self, shop: &ShopId, request: Request, now: Timestamp) -> Result<Answer, StoreError> {
        let shop = shop.clone();
        self.writer.submit(move |batch| ledger::decide(batch.conn, &shop, &request, now)).await
    }

    async fn taken(
        &self,
        shop: &ShopId,
        keys: Vec<LimitKey>,
        asker: Asker,
        now: Timestamp,
    ) -> Result<Vec<u64>, StoreError> {
        self.readers.look_up(|conn| ledger::taken(conn, shop, &keys, &asker, now)).await
    }

    async fn buyer(&self, shop: &ShopId, customer: &CustomerId) -> Result<Buyer, StoreError> {
        let buyer = self.readers.look_up(|conn| ledger::buyer(conn, shop, customer)).await?;
        Ok(buyer.unwrap_or_default())
    }

    async fn hold(&self, shop: &ShopId, cart: &CartId) -> Result<Option<Hold>, StoreError> {
        self.readers.look_up(|conn| ledger::hold(conn, shop, cart)).await
    }

    async fn order(&self, shop: &ShopId, order: &OrderId) -> Result<Option<Order>, StoreError> {
        self.readers.look_up(|conn| ledger::order(conn, shop, order)).await
    }

    async fn orders(
        &self,
        shop: &ShopId,
        from: Option<Timestamp>,
        before: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let shop = shop.clone();
        self.readers.scan(move |conn| ledger::orders(conn, &shop, from, before.as_ref(), limit)).await
    }

    async fn orders_since(
        &self,
        shop: &ShopId,
        after: Option<(Timestamp, OrderId)>,
        until: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let shop = shop.clone();
        self.readers.scan(move |conn| ledger::orders_since(conn, &shop, after.as_ref(), until, limit)).await
    }

    async fn code(&self, shop: &ShopId, entered: &str) -> Result<Option<Code>, StoreError> {
        self.readers.look_up(|conn| codes::entered(conn, shop, entered)).await
    }

    async fn code_held(
        &self,
        shop: &ShopId,
        code: &CodeId,
        asker: &Asker,
        now: Timestamp,
    ) -> Result<HeldByOthers, StoreError> {
        self.readers.look_up(|conn| ledger::code_held(conn, shop, code, asker, now)).await
    }

    async fn add_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        codes: Vec<NewCode>,
    ) -> Result<Vec<Added>, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        self.writer.submit(move |batch| codes::add(batch.conn, &shop, &pool, &codes)).await
    }

    async fn pool_counts(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        now: Timestamp,
    ) -> Result<PoolCounts, StoreError> {
        self.readers.look_up(|conn| codes::counts(conn, shop, pool, now)).await
    }

    async fn assigned_code(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Option<Code>, StoreError> {
        self.readers.look_up(|conn| pools::assigned(conn, shop, pool, customer, now)).await
    }

    async fn reservation(
        &self,
        shop: &ShopId,
        id: &ReservationId,
    ) -> Result<Option<Reservation>, StoreError> {
        self.readers.look_up(|conn| pools::reservation(conn, shop, id)).await
    }

    async fn activities_of_pool(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.readers.look_up(|conn| pools::activities(conn, shop, pool, before, limit)).await
    }

    async fn note(&self, shop: &ShopId, activities: Vec<Activity>) -> Result<(), StoreError> {
        let shop = shop.clone();
        self.writer.submit(move |batch| ledger::note(batch.conn, &shop, &activities)).await
    }

    async fn activities(
        &self,
        shop: &ShopId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.readers.look_up(|conn| ledger::activities(conn, shop, before, limit)).await
    }

    async fn activities_of_code(
        &self,
        shop: &ShopId,
        code: &CodeId,
        before: Option<ActivityId>,
        limit: u32,
    ) -> Result<Vec<Logged>, StoreError> {
        self.readers.look_up(|conn| ledger::activities_of_code(conn, shop, code, before, limit)).await
    }

    async fn activities_of(&self, shop: &ShopId, order: &OrderId) -> Result<Vec<Activity>, StoreError> {
        self.readers.look_up(|conn| ledger::activities_of(conn, shop, order)).await
    }
}

#[async_trait]
impl Imports for SqliteStore {
    async fn begin_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        asked: NewImport,
    ) -> Result<Option<Import>, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        self.writer.submit(move |batch| imports::begin(batch.conn, &shop, &pool, &asked)).await
    }

    async fn stage(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        chunk: Chunk,
    ) -> Result<Option<Import>, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        self.writer.submit(move |batch| imports::stage(batch.conn, &shop, &pool, number, &chunk)).await
    }

    async fn turn_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Option<Result<Import, NotNow>>, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        let work =
            move |batch: &mut writer::Batch<'_>| imports::turn(batch.conn, &shop, &pool, number, &turn, now);
        self.writer.submit(work).await
    }

    async fn clear_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        codes_max: u32,
        now: Timestamp,
    ) -> Result<Option<Import>, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        let work = move |batch: &mut writer::Batch<'_>| {
            imports::clear(batch.conn, &shop, &pool, number, codes_max, now)
        };
        self.writer.submit(work).await
    }

    async fn import(&self, shop: &ShopId, pool: &PoolId, number: u64) -> Result<Option<Import>, StoreError> {
        self.readers.look_up(|conn| imports::get(conn, shop, pool, number)).await
    }

    async fn imports(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Import>, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        self.readers.scan(move |conn| imports::list(conn, &shop, &pool, before, limit)).await
    }

    async fn imports_under_way(&self, shop: &ShopId) -> Result<Vec<Import>, StoreError> {
        let shop = shop.clone();
        self.readers.scan(move |conn| imports::under_way(conn, &shop)).await
    }

    async fn import_report(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        after_row: u32,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        self.readers.scan(move |conn| imports::report(conn, &shop, &pool, number, after_row, limit)).await
    }

    async fn pool_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        after: u64,
        limit: u32,
    ) -> Result<CodesPage, StoreError> {
        let (shop, pool) = (shop.clone(), pool.clone());
        self.readers.scan(move |conn| imports::pool_codes(conn, &shop, &pool, after, limit)).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tearline_core::resource::{Expected, Write};

    use super::*;

    fn open_in(folder: &tempfile::TempDir) -> SqliteStore {
        SqliteStore::open(&folder.path().join("tearline.db"), Timestamp::UNIX_EPOCH).unwrap()
    }

    async fn put(store: &SqliteStore, id: &str, chars: usize) -> Result<Written, WriteError> {
        let key = ResourceKey { kind: Kind::Event, id: id.parse().unwrap() };
        let body = Some(json!("x".repeat(chars)));
        let writes = vec![Write { key, expected: Expected::Absent, body }];
        store.write(&"studio".parse().unwrap(), writes.into(), "ann", Timestamp::UNIX_EPOCH).await
    }

    /// Does something to the writer's connection that no caller can.
    async fn tamper(store: &SqliteStore, tamper: fn(&rusqlite::Connection) -> rusqlite::Result<()>) {
        store.writer.submit(move |batch| Ok(tamper(batch.conn)?)).await.unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_refuses_what_does_not_fit_and_harms_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(&folder);
        tamper(&store, |conn| conn.pragma_update(None, "max_page_count", 60)).await;
        let (small, large, other) =
            tokio::join!(put(&store, "small", 10), put(&store, "large", 1_000_000), put(&store, "other", 10));
        let failure = large.unwrap_err();
        assert!(matches!(failure, WriteError::Store(StoreError::Full { .. })), "{failure:?}");
        assert_eq!(small.unwrap().config_version + other.unwrap().config_version, 3);

        tamper(&store, |conn| conn.pragma_update(None, "max_page_count", 1_000_000)).await;
        assert_eq!(put(&store, "large", 1_000_000).await.unwrap().config_version, 3);
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_lock_held_by_a_backup_is_waited_for_but_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(&folder);
        let backup = rusqlite::Connection::open(folder.path().join("tearline.db")).unwrap();
        backup.execute_batch("BEGIN IMMEDIATE").unwrap();
        let release = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            backup.execute_batch("ROLLBACK").unwrap();
        };
        let (written, ()) = tokio::join!(put(&store, "a", 10), release);
        assert_eq!(written.unwrap().config_version, 1);

        tamper(&store, |conn| conn.busy_timeout(Duration::from_millis(1))).await;
        backup.execute_batch("BEGIN IMMEDIATE").unwrap();
        let WriteError::Store(failure) = put(&store, "b", 10).await.unwrap_err() else { unreachable!() };
        assert!(matches!(failure, StoreError::Busy { .. }) && failure.retryable(), "{failure:?}");
        drop(backup);
        assert_eq!(put(&store, "b", 10).await.unwrap().config_version, 2);
    }

    #[tokio::test]
    async fn the_writer_syncs_every_commit_and_checks_every_reference() {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(&folder);
        let asked = "SELECT (SELECT journal_mode FROM pragma_journal_mode) || ' '
            || (SELECT synchronous FROM pragma_synchronous) || ' ' || (SELECT foreign_keys FROM pragma_foreign_keys)";
        let read =
            |conn: &rusqlite::Connection| Ok(conn.query_row(asked, [], |row| row.get::<_, String>(0))?);
        assert_eq!(store.writer.submit(move |batch| read(batch.conn)).await.unwrap(), "wal 2 1");
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = open_in(&folder);
        let tried = store.readers.scan(|conn| Ok(conn.execute("DELETE FROM shops", [])?)).await;
        assert!(matches!(tried, Err(StoreError::Database { .. })), "{tried:?}");
    }

    #[tokio::test]
    async fn a_reader_that_panics_gives_its_connection_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = std::sync::Arc::new(open_in(&folder));
        for _ in 0..10 {
            let store = std::sync::Arc::clone(&store);
            let panicked =
                tokio::spawn(async move { store.readers.scan::<()>(|_| panic!("a bug")).await }).await;
            assert!(panicked.is_err());
        }
        assert_eq!(store.shops(None, 1).await.unwrap(), []);
    }

    #[test]
    fn the_schema_says_what_a_name_is_like_the_program_does() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("sqlite/migrations/0001_configuration.sql")).unwrap();
        let long = ["a".repeat(64), "a".repeat(65)];
        let names = [
            "a", "7", "a-_.z", "", "-a", ".", "..", "_", "A", "aB", "a b", "ä", "a]", "a^", "a/b", "a*", "a,",
        ];
        for name in names.into_iter().chain(long.iter().map(String::as_str)) {
            let by_schema = conn.execute("INSERT INTO shops VALUES (?1, 0)", [name]).is_ok();
            assert_eq!(by_schema, name.parse::<ShopId>().is_ok(), "{name:?}");
        }
    }
}
