//! Imports, as well as they are in the model.

use jiff::Timestamp;
use tearline_core::imports::{Import, NewImport, NotNow, Turn};
use tearline_core::ledger::PoolId;
use tearline_core::names::ShopId;
use tearline_store::{Chunk, CodesPage, Imports, ReportRow, StoreError};

use super::FaultyStore;

#[async_trait::async_trait]
impl Imports for FaultyStore {
    async fn begin_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        asked: NewImport,
    ) -> Result<Option<Import>, StoreError> {
        self.inner.begin_import(shop, pool, asked).await
    }

    async fn stage(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        chunk: Chunk,
    ) -> Result<Option<Import>, StoreError> {
        self.inner.stage(shop, pool, number, chunk).await
    }

    async fn turn_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Option<Result<Import, NotNow>>, StoreError> {
        self.inner.turn_import(shop, pool, number, turn, now).await
    }

    async fn clear_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        codes_max: u32,
        now: Timestamp,
    ) -> Result<Option<Import>, StoreError> {
        self.inner.clear_import(shop, pool, number, codes_max, now).await
    }

    async fn import(&self, shop: &ShopId, pool: &PoolId, number: u64) -> Result<Option<Import>, StoreError> {
        self.inner.import(shop, pool, number).await
    }

    async fn imports(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Import>, StoreError> {
        self.inner.imports(shop, pool, before, limit).await
    }

    async fn imports_under_way(&self, shop: &ShopId) -> Result<Vec<Import>, StoreError> {
        self.inner.imports_under_way(shop).await
    }

    async fn import_report(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        after_row: u32,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        self.inner.import_report(shop, pool, number, after_row, limit).await
    }

    async fn pool_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        after: u64,
        limit: u32,
    ) -> Result<CodesPage, StoreError> {
        self.inner.pool_codes(shop, pool, after, limit).await
    }
}
