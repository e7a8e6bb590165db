//! Importing codes from files, and exporting them.
//!
//! A file is taken whole first, into a folder of this machine, so that whoever sends it may go; then its rows are
//! staged in the store chunk by chunk. What is left half by a crash goes on at the next start ([`resume`]).

mod export;
mod reading;
pub mod spool;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tearline_connect::code_files::{Format, WriteError, write_table};
use tearline_core::codes::{CodeForm, Series};
use tearline_core::imports::{FileFormat, Import, NewImport, NotNow, REPORT_ROWS_MAX, RowPolicy, Turn};
use tearline_core::ledger::{CodeState, PoolId};
use tearline_core::names::ShopId;
use tearline_core::pool::Pool;
use tearline_store::StoreError;
pub use tearline_store::{ReportRow, WhyNot};

pub use export::{Parts, export};
pub use tearline_connect::code_files::{CodeLine, Column, FileError, Mapping, Preview, Row};
pub(crate) use work::Imports;
pub use work::resume;

use crate::ledger::Caller;
use crate::pools::PoolError;
use crate::{App, AppError};
pub use spool::UploadError;
use spool::{Upload, Uploaded};

/// What the columns of a file may hold.
pub const COLUMNS: [Column; 7] = Column::ALL;
/// How many rows a preview shows.
pub const PREVIEW_ROWS: usize = 20;

/// What is to be imported, and how.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// What the file is called where it comes from.
    pub name: Option<String>,
    /// How it is written; absent = as its name tells, else as CSV.
    pub format: Option<FileFormat>,
    /// Columns that are called otherwise than ours, with what they hold.
    pub mapping: Mapping,
    /// What becomes of it if some rows cannot be added.
    pub policy: RowPolicy,
    /// Whether it is published as soon as all of it is staged.
    pub publish: bool,
    /// Whether all that nobody was given of the pool becomes void when this is published.
    pub replace_unused: bool,
}

impl Wish {
    /// How the file is written.
    pub fn format(&self) -> FileFormat {
        let told = self.name.as_deref().and_then(Format::of_name).map(|format| match format {
            Format::Csv => FileFormat::Csv,
            Format::Txt => FileFormat::Txt,
            Format::Xlsx => FileFormat::Xlsx,
        });
        self.format.or(told).unwrap_or(FileFormat::Csv)
    }

    fn mapping(&self) -> BTreeMap<String, String> {
        self.mapping.iter().map(|(name, column)| (name.clone(), column.name().to_owned())).collect()
    }
}

/// Why an import did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The pool takes none.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The file was not taken.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A sheet has not as many rows.
    #[error(transparent)]
    Sheet(WriteError),
    /// There is no such import.
    #[error("pool `{pool}` has no import {number}")]
    NoImport {
        /// The pool.
        pool: PoolId,
        /// The number.
        number: u64,
    },
    /// It is in no state to do that.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The pool had as many imports as it can have.
    #[error("the pool had as many imports as a pool can have: make another one")]
    TooMany,
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Pool(error.into())
    }
}

impl From<AppError> for ImportError {
    fn from(error: AppError) -> Self {
        Self::Pool(error.into())
    }
}

/// A series of codes that nobody has begun before, for a file.
pub fn fresh_series(form: &CodeForm) -> Series {
    form.series(rand::random::<[u8; 16]>().into())
}

/// Begins to take a file for a pool, which must be one that codes can be added to.
///
/// # Errors
///
/// There is no such pool, it makes its codes itself, or there is no room for files.
pub async fn receive(app: &App, shop: &ShopId, pool: &PoolId) -> Result<Upload, ImportError> {
    document(app, shop, pool).await?;
    let spool = app.imports.spool.as_ref().ok_or(UploadError::NoFolder)?;
    Ok(spool.receive().await?)
}

/// The document of a pool that codes can be added to.
async fn document(app: &App, shop: &ShopId, pool: &PoolId) -> Result<Pool, PoolError> {
    let configured = app.configured(shop).await?;
    let document = configured.pools.get(pool).ok_or_else(|| PoolError::NoPool(pool.clone()))?;
    if document.makes.is_some() {
        return Err(PoolError::MakesItsOwn(pool.clone()));
    }
    if document.archived {
        return Err(PoolError::Archived(pool.clone()));
    }
    Ok(document.clone())
}

/// What a file begins with, and what is noticed there. Nothing of it is kept.
///
/// # Errors
///
/// It cannot be read.
pub async fn preview(uploaded: Uploaded, wish: Wish) -> Result<Preview, ImportError> {
    let read = move || {
        let file = uploaded.open().map_err(FileError::from)?;
        reading::open(file, wish.format())?.preview(&wish.mapping, PREVIEW_ROWS)
    };
    Ok(on_a_thread(read).await?)
}

/// What was noticed in a file so far, in words.
pub fn notices(preview: &Preview) -> Vec<String> {
    reading::notices(&preview.report)
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failure) => std::panic::resume_unwind(failure.into_panic()),
    }
}

/// Begins to import a file. It goes on by itself: [`wait`] says how far it has come.
///
/// # Errors
///
/// The pool takes none, or the file's beginning cannot be read: nothing of it is kept.
pub async fn begin(
    app: &Arc<App>,
    caller: &Caller,
    pool: &PoolId,
    wish: Wish,
    uploaded: Uploaded,
) -> Result<Import, ImportError> {
    let document = document(app, &caller.shop, pool).await?;
    let (format, mapping) = (wish.format(), wish.mapping.clone());
    let file = uploaded.open().map_err(FileError::from)?;
    on_a_thread(move || reading::open(file, format)?.rows(&mapping).map(drop)).await?;
    let asked = NewImport {
        format,
        bytes: uploaded.bytes(),
        spool: uploaded.name.clone(),
        mapping: wish.mapping(),
        name: wish.name,
        policy: wish.policy,
        publish: wish.publish,
        replace_unused: wish.replace_unused,
        exact: !document.normalised,
        by: caller.by.clone(),
        at: app.clock.now(),
    };
    let begun = app.store.begin_import(&caller.shop, pool, asked).await?;
    let import = begun.ok_or(ImportError::TooMany)?;
    uploaded.leave();
    work::start(app, caller.shop.clone(), import.clone());
    Ok(import)
}

/// An import.
///
/// # Errors
///
/// There is none.
pub async fn get(app: &App, shop: &ShopId, pool: &PoolId, number: u64) -> Result<Import, ImportError> {
    let found = app.store.import(shop, pool, number).await?;
    found.ok_or_else(|| ImportError::NoImport { pool: pool.clone(), number })
}

/// An import once there is no work left on it, or as it is when the time is over.
///
/// # Errors
///
/// There is none.
pub async fn wait(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    at_most: Duration,
) -> Result<Import, ImportError> {
    let over = tokio::time::sleep(at_most);
    tokio::pin!(over);
    loop {
        let changed = app.imports.changed.notified();
        let import = get(app, shop, pool, number).await?;
        if !import.state.is_under_way() || over.is_elapsed() {
            return Ok(import);
        }
        tokio::select! {
            () = changed => {}
            () = &mut over => {}
        }
    }
}

/// What the columns of this name hold.
pub fn column(name: &str) -> Option<Column> {
    Column::ALL.into_iter().find(|column| column.name() == name)
}

/// Whether a file's name tells how it is written.
pub fn is_named(name: &str) -> bool {
    Format::of_name(name).is_some()
}

/// Why a row was not added, as people and programs read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// A stable word.
    pub reason: String,
    /// The column at fault, where it is one.
    pub column: Option<String>,
    /// The code, where it was read.
    pub code: Option<String>,
    /// A sentence.
    pub message: String,
}

/// Says why a row of an import was not added.
pub fn tell(pool: &PoolId, number: u64, row: ReportRow) -> Told {
    match row.why {
        WhyNot::Faulty { fault, column, message } => Told { reason: fault, column, code: None, message },
        WhyNot::Coupon { text } => {
            let message = "is, or could be taken for, a promotion's coupon".to_owned();
            Told { reason: "coupon".to_owned(), column: None, code: Some(text), message }
        }
        WhyNot::Known { text, of, state } => {
            let state = state_name(state);
            let (reason, message) = if of.pool != *pool {
                ("known_elsewhere", format!("is in pool `{}` already ({state})", of.pool))
            } else if of.import() == number {
                (
                    "known_in_file",
                    format!("stands in row {} of the file already", of.serial & u64::from(u32::MAX)),
                )
            } else {
                ("known_in_pool", format!("is in the pool already ({state})"))
            };
            Told { reason: reason.to_owned(), column: None, code: Some(text), message }
        }
    }
}

/// What has become of a code, as files say it.
fn state_name(state: CodeState) -> &'static str {
    match state {
        CodeState::Unassigned => "unassigned",
        CodeState::Assigned => "assigned",
        CodeState::Redeemed => "redeemed",
        CodeState::Void => "void",
    }
}

/// The rows of an import that were not added, as a CSV file: those of them that are kept.
///
/// # Errors
///
/// There is no such import.
pub async fn report_csv(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
) -> Result<Vec<u8>, ImportError> {
    let rows_max = u32::try_from(REPORT_ROWS_MAX).unwrap_or(u32::MAX);
    let rows = report(app, shop, pool, number, 0, rows_max).await?;
    let line = |row: ReportRow| {
        let place = row.row.to_string();
        let told = tell(pool, number, row);
        [place, told.reason, told.column.unwrap_or_default(), told.code.unwrap_or_default(), told.message]
    };
    let header = ["row", "reason", "column", "code", "message"].map(str::to_owned);
    let mut file = Vec::new();
    let lines = std::iter::once(header).chain(rows.into_iter().map(line));
    write_table(&mut file, lines).map_err(UploadError::Io)?;
    Ok(file)
}

/// The imports of a pool, the newest first.
///
/// # Errors
///
/// There is no such pool.
pub async fn list(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Import>, ImportError> {
    let configured = app.configured(shop).await?;
    if !configured.pools.contains_key(pool) {
        return Err(PoolError::NoPool(pool.clone()).into());
    }
    Ok(app.store.imports(shop, pool, before, limit).await?)
}

/// The rows of an import that were not added.
///
/// # Errors
///
/// There is no such import.
pub async fn report(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    after_row: u32,
    limit: u32,
) -> Result<Vec<ReportRow>, ImportError> {
    get(app, shop, pool, number).await?;
    Ok(app.store.import_report(shop, pool, number, after_row, limit).await?)
}

/// Publishes an import whose rows are all staged: from now on its codes can be drawn and redeemed.
///
/// # Errors
///
/// There is none, or it is in no state to do that.
pub async fn publish(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    replace_unused: Option<bool>,
) -> Result<Import, ImportError> {
    turn(app, shop, pool, number, Turn::Publish { replace_unused }).await
}

/// Undoes an import: what nobody was given of it is removed.
///
/// # Errors
///
/// There is none, or it is in no state to do that.
pub async fn undo(app: &Arc<App>, shop: &ShopId, pool: &PoolId, number: u64) -> Result<Import, ImportError> {
    let import = turn(app, shop, pool, number, Turn::Undo).await?;
    // Whoever stages it still will remove it too: removed twice is removed once.
    if import.state.is_under_way() {
        work::start(app, shop.clone(), import.clone());
    }
    Ok(import)
}

async fn turn(
    app: &App,
    shop: &ShopId,
    pool: &PoolId,
    number: u64,
    turn: Turn,
) -> Result<Import, ImportError> {
    let turned = app.store.turn_import(shop, pool, number, turn, app.clock.now()).await?;
    let turned = turned.ok_or_else(|| ImportError::NoImport { pool: pool.clone(), number })?;
    app.imports.changed.notify_waiters();
    Ok(turned?)
}
