//! Jobs, as well as they are in the model.

use std::sync::Arc;

use jiff::Timestamp;
use tearline_core::jobs::{NewJob, Outcome};
use tearline_core::names::ShopId;
use tearline_store::{Job, JobId, Jobs, StoreError, WorkerId};
use tokio::sync::Notify;

use super::FaultyStore;

#[async_trait::async_trait]
impl Jobs for FaultyStore {
    async fn plan(&self, shop: &ShopId, jobs: Vec<NewJob>) -> Result<(), StoreError> {
        self.inner.plan(shop, jobs).await
    }

    async fn lease(
        &self,
        worker: WorkerId,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Job>, StoreError> {
        self.inner.lease(worker, now, until, most).await
    }

    async fn settle(
        &self,
        job: &Job,
        worker: WorkerId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.inner.settle(job, worker, outcome, now).await
    }

    async fn jobs(
        &self,
        shop: &ShopId,
        given_up: bool,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        self.inner.jobs(shop, given_up, after, limit).await
    }

    async fn revive(&self, shop: &ShopId, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        self.inner.revive(shop, id, now).await
    }

    fn bell(&self) -> Arc<Notify> {
        self.inner.bell()
    }
}
