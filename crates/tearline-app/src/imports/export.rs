//! The codes of a pool as a file.

use std::io::{self, Write};
use std::sync::Arc;

use tearline_connect::code_files::{CodeLine, Exported, SHEET_ROWS_MAX, WriteError, Writer};
use tearline_core::imports::FileFormat;
use tearline_core::ledger::{Code, PoolId};
use tearline_core::names::ShopId;
use tearline_store::{CodesPage, StoreError};
use tokio::sync::mpsc;

use super::{ImportError, reading, state_name};
use crate::{App, pools};

/// How many codes are read at once.
const PAGE: u32 = 1_000;
/// How large a part of the file is sent at once.
const PART_BYTES: usize = 64 * 1024;

/// The parts of a file as they are written.
pub type Parts = mpsc::Receiver<Result<Vec<u8>, io::Error>>;

/// Writes the codes of a pool into a file, in the order of their serials, part by part.
///
/// # Errors
///
/// There is no such pool, or it has more codes than a sheet has rows.
pub async fn export(
    app: &Arc<App>,
    shop: &ShopId,
    pool: &PoolId,
    format: FileFormat,
) -> Result<Parts, ImportError> {
    let (counts, _) = pools::counts(app, shop, pool).await?;
    if format == FileFormat::Xlsx && counts.remaining + counts.assigned + counts.voided >= SHEET_ROWS_MAX {
        return Err(ImportError::Sheet(WriteError::SheetFull));
    }
    let (give, parts) = mpsc::channel(2);
    let (page_give, pages) = mpsc::channel(2);
    tokio::spawn(read(Arc::clone(app), shop.clone(), pool.clone(), page_give));
    tokio::task::spawn_blocking(move || {
        let mut sink = Sink { give: give.clone(), part: Vec::with_capacity(PART_BYTES) };
        let written = write(pages, &mut sink, format).and_then(|()| Ok(sink.flush()?));
        if let Err(error) = written {
            // Nobody is told if nobody listens.
            let _ = give.blocking_send(Err(io::Error::other(error)));
        }
    });
    Ok(parts)
}

type Pages = mpsc::Sender<Result<CodesPage, StoreError>>;

/// Reads page by page while the ones before are written.
async fn read(app: Arc<App>, shop: ShopId, pool: PoolId, give: Pages) {
    let mut after = Some(0);
    while let Some(serial) = after {
        let page = app.store.pool_codes(&shop, &pool, serial, PAGE).await;
        after = page.as_ref().ok().and_then(|page| page.next);
        if give.send(page).await.is_err() {
            return;
        }
    }
}

fn write(
    mut pages: mpsc::Receiver<Result<CodesPage, StoreError>>,
    sink: &mut Sink,
    format: FileFormat,
) -> Result<(), WriteError> {
    let mut writer = Writer::new(sink, reading::format(format))?;
    while let Some(page) = pages.blocking_recv() {
        for code in page.map_err(io::Error::other)?.codes {
            let (line, state) = line(code);
            writer.write(Exported { line: &line, state })?;
        }
    }
    writer.finish()
}

fn line(code: Code) -> (CodeLine, &'static str) {
    let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let used = u64::try_from(code.uses.used).unwrap_or(0);
    let state = state_name(code.state);
    let line = CodeLine {
        code: code.text.into(),
        starts_at: code.starts_at,
        expires_at: code.expires_at,
        limit: code.uses_max.map(number),
        used: (used > 0).then_some(number(used)),
        customer: code.customer.map(|customer| customer.as_str().into()),
    };
    (line, state)
}

/// Sends what is written, part by part.
struct Sink {
    give: mpsc::Sender<Result<Vec<u8>, io::Error>>,
    part: Vec<u8>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES));
        self.give.blocking_send(Ok(part)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
