//! The contract of a store.

use async_trait::async_trait;
use jiff::Timestamp;
use tearline_core::names::{ShopId, Slug};
use tearline_core::resource::{Batch, Conflict, Decided, Kind, Resource, ResourceKey};

use crate::{ApiKey, Feed, Imports, Jobs, KeyHash, KeyPut, Ledger, ShopVersion, StoreError};

/// What a batch of writes came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The version of the shop's whole configuration now; 0 if the shop has none.
    pub config_version: u64,
    /// The versions this batch added, in the order of the writes.
    pub resources: Vec<Resource>,
    /// The documents that were already as asked, in the order of the writes.
    pub unchanged: Vec<Resource>,
}

impl Written {
    pub(crate) fn new(config_version: u64, decided: Decided) -> Self {
        Self { config_version, resources: decided.resources, unchanged: decided.unchanged }
    }
}

/// Why a batch was not written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// An answer, not a failure: nothing was written, and this is what the documents are at.
    #[error("{}", .0.iter().map(Conflict::to_string).collect::<Vec<_>>().join("; "))]
    Conflict(Vec<Conflict>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A shop's configuration as one instant saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Its version: how many batches have changed it.
    pub config_version: u64,
    /// Every live document, ordered by key.
    pub resources: Vec<Resource>,
}

/// What one batch changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The version of the configuration that the batch made.
    pub config_version: u64,
    /// The versions it added, deletions included, ordered by key.
    pub resources: Vec<Resource>,
}

/// Where a Tearline keeps what must not be lost.
///
/// An answered write is durable, and every later read sees it. A call whose future is dropped may still happen.
/// Lists are paged by key: `after` (or `before`) is the last one seen, and a page shorter than `limit` is the last.
/// Instants are kept in whole microseconds; what is finer is cut off.
#[async_trait]
pub trait Store: Ledger + Imports + Jobs {
    /// Writes a batch of documents to one shop: all of them or none, as [`decide_batch`] says.
    ///
    /// A batch that changes anything raises the shop's `config_version` by exactly one, and the [`Feed`] knows it
    /// before this answers. The first one makes the shop.
    ///
    /// # Errors
    ///
    /// [`WriteError::Conflict`] with the versions the documents are at.
    ///
    /// [`decide_batch`]: tearline_core::resource::decide_batch
    async fn write(
        &self,
        shop: &ShopId,
        batch: Batch,
        by: &str,
        at: Timestamp,
    ) -> Result<Written, WriteError>;

    /// The document as it is now; `None` if there is none or it is deleted.
    async fn get(&self, shop: &ShopId, key: &ResourceKey) -> Result<Option<Resource>, StoreError>;

    /// The live documents of a kind, ordered by id.
    async fn list(
        &self,
        shop: &ShopId,
        kind: Kind,
        after: Option<&Slug>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError>;

    /// The versions of a document, deletions included, the newest first.
    async fn history(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        before_version: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError>;

    /// One version of a document, perhaps a deletion.
    async fn version_of(
        &self,
        shop: &ShopId,
        key: &ResourceKey,
        version: u64,
    ) -> Result<Option<Resource>, StoreError>;

    /// Everything a shop has configured, in one consistent read; version 0 and nothing if there is no such shop.
    async fn configuration(&self, shop: &ShopId) -> Result<Configuration, StoreError>;

    /// Everything that a shop had configured at a version of its configuration, read from the history; what it has
    /// now, where it has not come so far.
    async fn configuration_at(&self, shop: &ShopId, config_version: u64)
    -> Result<Configuration, StoreError>;

    /// What changed after a version of the configuration, batch by batch, the oldest first.
    ///
    /// `limit` counts batches, which come whole.
    async fn changes(
        &self,
        shop: &ShopId,
        after_config_version: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError>;

    /// Every shop for which anything is kept, a document or a key, ordered by id.
    async fn shops(&self, after: Option<&ShopId>, limit: u32) -> Result<Vec<ShopVersion>, StoreError>;

    /// Tells from now on which shops' configuration has changed; see [`Feed`].
    fn feed(&self) -> Feed;

    /// Keeps an API key, and makes the shop if it has no configuration yet: its first key comes before that.
    ///
    /// Putting the same key again is putting it once. An id or a hash that belongs to another key of the shop is
    /// refused, and nothing changes.
    async fn put_key(&self, shop: &ShopId, key: ApiKey) -> Result<KeyPut, StoreError>;

    /// The key with this hash, unless it is revoked.
    async fn find_key(&self, shop: &ShopId, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError>;

    /// The shop's keys, revoked ones included, ordered by id.
    async fn keys(&self, shop: &ShopId, after: Option<&Slug>, limit: u32) -> Result<Vec<ApiKey>, StoreError>;

    /// Revokes a key from now on and answers whether there is one; the first revocation's time stays.
    async fn revoke_key(&self, shop: &ShopId, id: &Slug, at: Timestamp) -> Result<bool, StoreError>;

    /// Ends the store: finishes what was submitted, tidies up, lets go of what it holds.
    ///
    /// Every later call answers [`StoreError::Closed`], except this one, which may be repeated.
    async fn close(&self) -> Result<(), StoreError>;
}
