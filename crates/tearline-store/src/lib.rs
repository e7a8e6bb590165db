//! Tearline's memory: the [`Store`] contract, [`SqliteStore`], [`PostgresStore`], and [`ModelStore`] in memory.
//!
//! A store keeps and finds; it decides nothing. Rules live in `tearline-core`: a store loads what a decision needs,
//! calls it while no one else can write, and saves what comes out. Every promise of the contract is a function in
//! `tests/conformance.rs`, run on every store, and a test with random histories holds them against each other.
//!
//! Two shops never see each other's rows, and no store reads a clock: times are told by the caller.
//!
//! ```
//! # use serde_json::json;
//! # use tearline_core::resource::{Expected, Kind, ResourceKey, Write};
//! # use tearline_store::{SqliteStore, Store};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let now = "2026-11-20T10:00:00Z".parse()?;
//! let store = SqliteStore::open(&dir.path().join("tearline.db"), now)?;
//! let shop = "studio".parse()?;
//! let key = ResourceKey { kind: Kind::Promotion, id: "ten-off".parse()? };
//! let put = Write { key: key.clone(), expected: Expected::Absent, body: Some(json!({ "percent": 10 })) };
//!
//! let written = store.write(&shop, vec![put].into(), "ann", now).await?;
//! assert_eq!((written.config_version, written.resources[0].version), (1, 1));
//! assert_eq!(store.get(&shop, &key).await?.unwrap().body, json!({ "percent": 10 }));
//! store.close().await?;
//! # Ok(())
//! # }
//! ```

// Tests within the crate and beside it share their files.
#[cfg(test)]
extern crate self as tearline_store;

mod codes;
mod error;
mod feed;
mod imports;
mod jobs;
mod keys;
mod ledger;
mod model;
mod postgres;
mod sqlite;
mod store;
mod stored;

pub use codes::{Added, HeldByOthers, NewCode, PoolCounts};
pub use error::StoreError;
pub use feed::{Feed, ShopVersion};
pub use imports::{Chunk, CodesPage, Imports, ReportRow, WhyNot};
pub use jobs::{Job, JobId, Jobs, WorkerId};
pub use keys::{ApiKey, KeyHash, KeyPut};
pub use ledger::{ActivityId, Asker, Ledger, Logged};
pub use model::ModelStore;
pub use postgres::{Clocks, PostgresAddress, PostgresClock, PostgresStore};
pub use sqlite::{SqliteStore, backup, doctor};
pub use store::{Change, Configuration, Store, WriteError, Written};
