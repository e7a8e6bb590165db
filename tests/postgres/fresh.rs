//! A database of a test's own, on the PostgreSQL that `tests/postgres/start` has started for this run.

use tearline_store::{Clocks, PostgresAddress, PostgresStore, Store as _};
use tokio_postgres::{Client, NoTls};

/// A database that is removed when this is dropped.
pub(crate) struct FreshDatabase {
    name: String,
}

impl FreshDatabase {
    /// Makes an empty database with the schema of today.
    pub(crate) async fn new() -> Self {
        let server = connect("postgres").await;
        make_template(&server).await;
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE tearline_template")).await;
        Self { name }
    }

    /// Makes a database with nothing in it.
    #[allow(dead_code, reason = "not every test that includes this looks at the schema")]
    pub(crate) async fn bare() -> Self {
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        run(&connect("postgres").await, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Self { name }
    }

    /// Its address, password and all.
    pub(crate) fn url(&self) -> String {
        url_of(&self.name)
    }

    /// The same, read.
    #[allow(dead_code, reason = "not every test that includes this opens the store itself")]
    pub(crate) fn address(&self) -> PostgresAddress {
        self.url().parse().unwrap()
    }

    /// Takes every row out of it that a store has kept.
    #[allow(dead_code, reason = "not every test that includes this has many cases")]
    pub(crate) async fn empty(&self) {
        self.tamper(
            "DO $$ BEGIN EXECUTE (
                SELECT 'TRUNCATE ' || string_agg(relname, ', ') FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'tearline_migrations'
            ); END $$",
        )
        .await;
    }

    /// Does to it what no caller of a store can.
    #[allow(dead_code, reason = "not every test that includes this tampers with it")]
    pub(crate) async fn tamper(&self, sql: &str) {
        run(&connect(&self.name).await, sql).await;
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { run(&connect("postgres").await, &drop).await });
        });
        // A server that a test has stopped takes its databases with it.
        let _ = removed.join();
    }
}

/// A run makes it once: to copy a schema is faster than to build it.
async fn make_template(server: &Client) {
    let is_there = "SELECT 1 FROM pg_database WHERE datname = 'tearline_template'";
    if !server.query(is_there, &[]).await.unwrap().is_empty() {
        return;
    }
    run(server, "SELECT pg_advisory_lock(1)").await;
    if server.query(is_there, &[]).await.unwrap().is_empty() {
        run(server, "CREATE DATABASE tearline_template_to_be TEMPLATE template0").await;
        let address = url_of("tearline_template_to_be").parse().unwrap();
        let at = jiff::Timestamp::UNIX_EPOCH;
        let store = PostgresStore::open(&address, Clocks::Database, at).await.unwrap();
        store.close().await.unwrap();
        // Connections end a moment after they are closed.
        let rename = "ALTER DATABASE tearline_template_to_be RENAME TO tearline_template";
        for _ in 0..500 {
            if server.batch_execute(rename).await.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
    run(server, "SELECT pg_advisory_unlock(1)").await;
}

/// The address of a database on the server of this run.
fn url_of(database: &str) -> String {
    let server = std::env::var("TEARLINE_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("there is no PostgreSQL to test with: run the tests by cargo nextest, which starts one")
    });
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}

async fn connect(database: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&url_of(database), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn run(client: &Client, sql: &str) {
    client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}
