//! Tearline's use cases: where rules and memory meet.
//!
//! Each use case is a function over [`App`] that loads, calls the core, and saves. The API, the command line and
//! later the workers share them.

pub mod clock;
pub mod codes;
pub mod configuration;
pub mod draws;
mod facts;
pub mod holds;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod ledger;
mod noticed;
pub mod orders;
mod past;
pub mod pools;
pub mod quotes;
pub mod refunds;
pub mod replays;
pub mod shops;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tearline_store::{Store, StoreError};

use clock::Clock;
use imports::Imports;
use imports::spool::Spool;
use keys::KeyCache;
use noticed::Noticed;
use past::Pasts;
use shops::Shops;

/// The parts that every use case works with.
pub struct App {
    /// The memory.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    pub(crate) shops: Shops,
    pub(crate) pasts: Pasts,
    pub(crate) keys: KeyCache,
    pub(crate) noticed: Noticed,
    pub(crate) imports: Imports,
    pub(crate) moved: AtomicU64,
}

impl App {
    /// Puts the parts together.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            shops: Shops::default(),
            pasts: Pasts::default(),
            keys: KeyCache::default(),
            noticed: Noticed::default(),
            imports: Imports::new(None),
            moved: AtomicU64::new(0),
        }
    }

    /// With a folder for files of codes; without one, none is imported.
    #[must_use]
    pub fn with_spool(self, spool: Spool) -> Self {
        Self { imports: Imports::new(Some(spool)), ..self }
    }

    /// Follows the store's news of changed configuration until the store closes: to be run beside the server.
    pub async fn follow_changes(&self) {
        let mut feed = self.store.feed();
        while let Some(news) = feed.next().await {
            for change in news {
                if let Err(error) = self.refresh(&change.shop, change.config_version).await {
                    tracing::error!(shop = %change.shop, %error, "a changed configuration could not be loaded");
                }
            }
        }
    }
}

/// Why a use case could not be carried out, where it is not the caller's doing.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored no longer reads as a configuration.
    #[error("the stored configuration of shop {shop} cannot be used: {why}")]
    Configuration {
        /// The shop.
        shop: tearline_core::names::ShopId,
        /// The first fault.
        why: String,
    },
    /// An order no longer comes to the price at which it was placed.
    #[error("order {order} cannot be priced as it was: {why}")]
    Past {
        /// The order.
        order: tearline_core::ledger::OrderId,
        /// What is wrong.
        why: String,
    },
}
