//! The contract of a store that keeps what there is to do later.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tearline_core::jobs::{NewJob, Outcome, Task};
use tearline_core::names::ShopId;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::StoreError;

/// Names a job. Later ones have larger names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub(crate) Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// Names a worker, so that one that was thought dead settles nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerId(pub(crate) Uuid);

impl WorkerId {
    /// A name that nobody else has.
    #[expect(clippy::new_without_default, reason = "two of them are never equal")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

/// A job that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Its shop.
    pub shop: ShopId,
    /// What there is to do.
    pub task: Task,
    /// When; of one that is leased, when its lease ends.
    pub due_at: Timestamp,
    /// How often it was begun.
    pub attempts: u32,
    /// Why it was not done the last time.
    pub error: Option<String>,
}

/// Where a Tearline keeps what there is to do later.
///
/// What the ledger plans is kept in the transaction that caused it. A leased job whose lease has run out is due again.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Keeps jobs.
    async fn plan(&self, shop: &ShopId, jobs: Vec<NewJob>) -> Result<(), StoreError>;

    /// Leases jobs that are due, so many at most: those of the shops that wait the longest, each with its share.
    async fn lease(
        &self,
        worker: WorkerId,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Job>, StoreError>;

    /// Says what became of a leased job: it goes, waits again, or, once it has failed often enough, is kept as given
    /// up. Answers whether the worker had it still.
    async fn settle(
        &self,
        job: &Job,
        worker: WorkerId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The jobs of a shop that wait, or those that were given up, ordered by name.
    async fn jobs(
        &self,
        shop: &ShopId,
        given_up: bool,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError>;

    /// Lets a job that was given up be tried again now; answers whether there is one.
    async fn revive(&self, shop: &ShopId, id: JobId, now: Timestamp) -> Result<bool, StoreError>;

    /// Rings when something was planned, perhaps too often, and not for what other processes plan.
    fn bell(&self) -> Arc<Notify>;
}
