//! The contract of a store into which files of codes are imported.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tearline_core::imports::{Import, NewImport, NotNow, Turn};
use tearline_core::ledger::{Code, CodeId, CodeState, PoolId, match_key};
use tearline_core::names::ShopId;

use crate::StoreError;
use crate::codes::NewCode;

/// Where a Tearline keeps imports, and the codes that come with them.
///
/// What an import has staged is seen by nobody, and stands in nobody's way but a later code's that would be the same.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Begins an import, under the next number of its pool; nothing once a pool has as many as it can have.
    async fn begin_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        asked: NewImport,
    ) -> Result<Option<Import>, StoreError>;

    /// Stages the next rows of an import. A chunk that does not follow on what was staged, or comes to an import that
    /// is no longer staging, changes nothing. Answers what the import is then, if there is one.
    async fn stage(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        chunk: Chunk,
    ) -> Result<Option<Import>, StoreError>;

    /// Does to an import what [`Import::turn`] says, and with it what follows for its pool.
    async fn turn_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Option<Result<Import, NotNow>>, StoreError>;

    /// Removes up to so many codes of an import that is undone or dropped; the last of them ends it.
    async fn clear_import(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        codes_max: u32,
        now: Timestamp,
    ) -> Result<Option<Import>, StoreError>;

    /// An import.
    async fn import(&self, shop: &ShopId, pool: &PoolId, number: u64) -> Result<Option<Import>, StoreError>;

    /// The imports of a pool, the newest first.
    async fn imports(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Import>, StoreError>;

    /// The imports of a shop on which there is work to be done.
    async fn imports_under_way(&self, shop: &ShopId) -> Result<Vec<Import>, StoreError>;

    /// The rows of an import that were not added, by number.
    async fn import_report(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        number: u64,
        after_row: u32,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError>;

    /// Codes of a pool by serial, those that nobody sees left out: of the next `limit` rows behind `after`.
    async fn pool_codes(
        &self,
        shop: &ShopId,
        pool: &PoolId,
        after: u64,
        limit: u32,
    ) -> Result<CodesPage, StoreError>;
}

/// Codes of a pool, in the order of their serials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodesPage {
    /// The codes; fewer than were asked for where some of the rows are not seen.
    pub codes: Vec<Code>,
    /// The serial behind which to go on; nothing at the end.
    pub next: Option<u64>,
}

/// A row of an import that was not added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// Its number in the file.
    pub row: u32,
    /// Why.
    pub why: WhyNot,
}

/// Why a row was not added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// It cannot be read.
    Faulty {
        /// A stable name of what is wrong: `too_long`.
        fault: String,
        /// The column at fault, where it is one.
        column: Option<String>,
        /// What is wrong, in words.
        message: String,
    },
    /// Its code is a promotion's coupon, or could be taken for one.
    Coupon {
        /// The code of the row.
        text: String,
    },
    /// Its code is somebody's already, or could be taken for somebody's.
    Known {
        /// The code of the row.
        text: String,
        /// The code that was there before: of the same import where the file has it twice.
        of: CodeId,
        /// What had become of that one.
        state: CodeState,
    },
}

/// Some rows of a file, ready to be stored.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub(crate) after_row: u32,
    pub(crate) upto_row: u32,
    pub(crate) rows: u64,
    pub(crate) faulty: u64,
    pub(crate) faults: Vec<ReportRow>,
    pub(crate) notices: Vec<String>,
    /// By match key or text, so that each index is written from one end to the other; of equals the first row first.
    pub(crate) codes: Vec<StagedCode>,
}

/// A row of a file whose code is to be added.
#[derive(Clone, Debug)]
pub(crate) struct StagedCode {
    pub(crate) row: u32,
    pub(crate) key: String,
    pub(crate) code: NewCode,
}

impl Chunk {
    /// The rows behind `after_row` up to `upto_row`: codes with their rows, and faults, of which there may be more
    /// than are told. Here they are sorted, so that the thread that writes need not.
    pub fn new(after_row: u32, upto_row: u32, codes: Vec<(u32, NewCode)>) -> Self {
        let keyed = |(row, code): (u32, NewCode)| StagedCode { row, key: match_key(&code.text), code };
        let rows = codes.len() as u64;
        let mut codes: Vec<_> = codes.into_iter().map(keyed).collect();
        codes.sort_unstable_by(|a, b| (a.order(), a.row).cmp(&(b.order(), b.row)));
        Self { after_row, upto_row, rows, faulty: 0, faults: Vec::new(), notices: Vec::new(), codes }
    }

    /// With rows that cannot be read: how many there are, and the first of them.
    #[must_use]
    pub fn with_faults(self, faulty: u64, faults: Vec<ReportRow>) -> Self {
        Self { rows: self.rows + faulty, faulty, faults, ..self }
    }

    /// With all that was noticed in the file so far.
    #[must_use]
    pub fn with_notices(self, notices: Vec<String>) -> Self {
        Self { notices, ..self }
    }
}

impl StagedCode {
    fn order(&self) -> &str {
        if self.code.exact { &self.code.text } else { &self.key }
    }
}
