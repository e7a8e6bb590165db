//! A transaction on one shop, which nobody else writes to until it ends.
//!
//! The shop's row is locked first, also by other processes. What else is read needs no lock, be it there or not yet:
//! nobody can change it, or add it, who has not locked the shop.

use jiff::Timestamp;
use tearline_core::names::ShopId;
use tokio_postgres::types::ToSql;

use super::connection::{Call, Conn, Patience, call};
use super::pool::{Lease, Pool};
use super::rows::{count, get, instant};
use super::sql;
use crate::StoreError;

/// Marks of writers that have not written for so long are removed.
const STALE: i64 = 24 * 3_600 * 1_000_000;

/// A shop that is locked.
pub(super) struct Transaction {
    lease: Lease,
    shop: ShopId,
    /// The database's clock when the shop was locked.
    pub(super) clock: Timestamp,
    /// The version of the shop's configuration.
    pub(super) config_version: u64,
    /// Up to here holds that ended have been taken off.
    pub(super) settled_until: Option<Timestamp>,
    is_over: bool,
}

impl Pool {
    /// Waits for a shop, and locks it.
    pub(super) async fn begin(&self, shop: &ShopId) -> Result<Transaction, StoreError> {
        let lease = self.lease().await?;
        let mut begun = Transaction {
            lease,
            shop: shop.clone(),
            clock: Timestamp::UNIX_EPOCH,
            config_version: 0,
            settled_until: None,
            is_over: false,
        };
        begun.lock(true).await?;
        Ok(begun)
    }
}

impl Transaction {
    pub(super) fn shop(&self) -> &ShopId {
        &self.shop
    }

    pub(super) fn conn(&self) -> &Conn {
        self.lease.conn()
    }

    /// Locks the shop; one that is new is added, for nobody else to see if nothing comes of it.
    async fn lock(&mut self, adds: bool) -> Result<(), StoreError> {
        let shop = self.shop.as_str();
        let clock = call!(sql::CLOCK);
        let mut answers = if adds {
            self.conn().pipeline(&[call!("BEGIN"), call!(sql::SHOP_LOCK, shop), clock]).await?
        } else {
            self.conn().pipeline(&[call!(sql::SHOP_ADD, shop), call!(sql::SHOP_LOCK, shop), clock]).await?
        };
        let clock = answers.pop().unwrap_or_default();
        let state = answers.pop().unwrap_or_default();
        let Some(state) = state.first() else {
            return if adds { Box::pin(self.lock(false)).await } else { Err(StoreError::Closed) };
        };
        self.config_version = count(state, 0)?;
        self.settled_until = get::<Option<i64>>(state, 1)?.map(instant).transpose()?;
        let clock = clock.first().map(|row| get(row, 0)).transpose()?;
        self.clock = instant(clock.unwrap_or_default())?;
        Ok(())
    }

    /// Runs the last statements, commits, and answers once that is certain.
    ///
    /// A connection that is lost meanwhile leaves open whether it was committed. Whoever has the shop next sees: the
    /// transaction leaves a mark.
    pub(super) async fn commit(mut self, mut calls: Vec<Call<'_>>) -> Result<(), StoreError> {
        let now = self.clock.as_microsecond();
        let shop = self.shop.clone();
        let slot = self.lease.slot_mut();
        slot.mark += 1;
        let is_first = slot.marked.insert(shop.clone());
        calls.push(call!(sql::COMMIT_MARK, shop.to_string(), slot.writer, slot.mark, now));
        if is_first {
            calls.push(call!(sql::COMMIT_MARKS_STALE, shop.to_string(), now.saturating_sub(STALE)));
        }
        calls.push(call!("COMMIT"));
        match self.conn().pipeline(&calls).await {
            Ok(_) => {
                self.is_over = true;
                Ok(())
            }
            Err(failure @ StoreError::Unreachable { .. }) => self.look_for_mark(failure).await,
            Err(failure) => {
                // What fails takes all with it, the COMMIT too.
                self.is_over = true;
                Err(failure)
            }
        }
    }

    /// Whether a lost transaction was committed: waits until it holds the shop no more, and looks for its mark.
    async fn look_for_mark(mut self, lost: StoreError) -> Result<(), StoreError> {
        let mut patience = Patience::new();
        loop {
            self.lease.give_up();
            match self.marked().await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(lost),
                Err(failure) if patience.again(&failure).await => {}
                Err(_) => return Err(StoreError::Uncertain),
            }
        }
    }

    async fn marked(&mut self) -> Result<bool, StoreError> {
        self.lease.connect().await?;
        let (writer, mark) = (self.lease.slot().writer, self.lease.slot().mark);
        let shop = self.shop.as_str();
        let calls = [
            call!("BEGIN"),
            call!(sql::SHOP_ADD, shop),
            call!(sql::SHOP_LOCK, shop),
            call!(sql::COMMIT_MARKED, shop, writer),
            call!("ROLLBACK"),
        ];
        let answers = self.conn().pipeline(&calls).await?;
        let found = answers.get(3).and_then(|rows| rows.first()).map(|row| get::<i64>(row, 0)).transpose()?;
        self.is_over = true;
        Ok(found == Some(mark))
    }

    /// Ends it as if it had never begun.
    pub(super) async fn roll_back(mut self) -> Result<(), StoreError> {
        self.conn().pipeline(&[call!("ROLLBACK")]).await?;
        self.is_over = true;
        Ok(())
    }

    pub(super) async fn rows(
        &self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        self.conn().rows(sql, values).await
    }
}

impl Drop for Transaction {
    /// One that was left is rolled back by the server, as its connection is closed.
    fn drop(&mut self) {
        if !self.is_over {
            self.lease.give_up();
        }
    }
}
