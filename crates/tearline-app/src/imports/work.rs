//! The work on imports: staging their rows, and removing them again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tearline_core::imports::{Import, ImportState, Turn};
use tearline_core::names::ShopId;
use tearline_store::{Chunk, StoreError};
use tokio::sync::{Notify, Semaphore, mpsc};

use super::reading::{self, ReadError, Terms};
use super::spool::Spool;
use crate::{App, AppError};

/// How many imports are worked on at once.
const AT_ONCE: usize = 2;
/// How many codes are removed at once.
const CLEARED_AT_ONCE: u32 = 1_000;
/// How long to wait before what failed is tried again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many shops are looked through at once.
const SHOPS_AT_ONCE: u32 = 200;

/// What the work on imports needs besides the store.
#[derive(Debug)]
pub(crate) struct Imports {
    pub(super) spool: Option<Spool>,
    pub(super) changed: Notify,
    at_once: Semaphore,
}

impl Imports {
    pub(crate) fn new(spool: Option<Spool>) -> Self {
        Self { spool, changed: Notify::new(), at_once: Semaphore::new(AT_ONCE) }
    }

    fn took(&self, import: &Import) -> bool {
        self.spool.as_ref().is_some_and(|spool| spool.took(&import.asked.spool))
    }
}

/// Goes on with every import that was under way when this folder was last used, and removes the files of others.
///
/// # Errors
///
/// The store failed.
pub async fn resume(app: &Arc<App>) -> Result<(), AppError> {
    let mut needed = BTreeSet::new();
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let shops = app.store.shops(after.as_ref(), SHOPS_AT_ONCE).await?;
        for shop in &shops {
            for import in app.store.imports_under_way(&shop.shop).await? {
                // What another machine took is staged there.
                if import.state != ImportState::Staging || app.imports.took(&import) {
                    needed.insert(import.asked.spool.clone());
                    found.push((shop.shop.clone(), import));
                }
            }
        }
        match shops.last() {
            Some(last) if shops.len() == SHOPS_AT_ONCE as usize => after = Some(last.shop.clone()),
            _ => break,
        }
    }
    if let Some(Err(error)) = app.imports.spool.as_ref().map(|spool| spool.keep_only(&needed)) {
        tracing::warn!(%error, "files of imports that ended could not be removed");
    }
    for (shop, import) in found {
        start(app, shop, import);
    }
    Ok(())
}

/// Works on an import until there is nothing left to do.
pub(super) fn start(app: &Arc<App>, shop: ShopId, import: Import) {
    let app = Arc::clone(app);
    tokio::spawn(async move { work(&app, &shop, import).await });
}

async fn work(app: &App, shop: &ShopId, mut import: Import) {
    let Ok(_permit) = app.imports.at_once.acquire().await else { return };
    while import.state.is_under_way() {
        let stepped = match import.state {
            ImportState::Staging => stage(app, shop, &import).await,
            _ => clear(app, shop, &import).await,
        };
        app.imports.changed.notify_waiters();
        import = match stepped {
            Ok(Some(import)) => import,
            Ok(None) | Err(AppError::Store(StoreError::Closed)) => return,
            Err(error) => {
                tracing::error!(%shop, pool = %import.pool, number = import.number, %error, "an import waits");
                tokio::time::sleep(PATIENCE).await;
                let read = app.store.import(shop, &import.pool, import.number).await;
                read.ok().flatten().unwrap_or(import)
            }
        };
    }
    if let Some(spool) = &app.imports.spool {
        spool.remove(&import.asked.spool);
    }
    app.imports.changed.notify_waiters();
}

/// Stages all that is left of a file, and ends the staging.
async fn stage(app: &App, shop: &ShopId, import: &Import) -> Result<Option<Import>, AppError> {
    let error = match stage_rows(app, shop, import).await {
        Ok(()) => return turn(app, shop, import, Turn::Finish).await,
        Err(Stopped::Store(error)) if error.retryable() => return Err(error.into()),
        Err(Stopped::Store(StoreError::Closed)) => return Err(StoreError::Closed.into()),
        Err(Stopped::App(error)) => return Err(error),
        Err(Stopped::Elsewhere) => {
            return Ok(app.store.import(shop, &import.pool, import.number).await?);
        }
        Err(Stopped::Store(error)) => error.to_string(),
        Err(Stopped::Read(error)) => error.to_string(),
    };
    tracing::warn!(%shop, pool = %import.pool, number = import.number, error, "an import failed");
    turn(app, shop, import, Turn::Fail { error }).await
}

async fn turn(app: &App, shop: &ShopId, import: &Import, turn: Turn) -> Result<Option<Import>, AppError> {
    let now = app.clock.now();
    match app.store.turn_import(shop, &import.pool, import.number, turn, now).await? {
        Some(Ok(import)) => Ok(Some(import)),
        Some(Err(_)) | None => Ok(app.store.import(shop, &import.pool, import.number).await?),
    }
}

/// Why staging stopped.
enum Stopped {
    Read(ReadError),
    Store(StoreError),
    App(AppError),
    /// Somebody undid it.
    Elsewhere,
}

/// One thread reads and sorts the next chunk while the store takes the one before.
async fn stage_rows(app: &App, shop: &ShopId, import: &Import) -> Result<(), Stopped> {
    let configured = app.configured(shop).await.map_err(Stopped::App)?;
    let terms = Terms::of(import, configured.snapshot.zone().clone());
    let file = match &app.imports.spool {
        Some(spool) => spool.open_file(&import.asked.spool),
        None => Err(std::io::Error::other("this server has no folder for files")),
    };
    let file = file.map_err(|error| Stopped::Read(ReadError::File(error.into())))?;
    let (give, mut chunks) = mpsc::channel::<Chunk>(1);
    let begun = import.clone();
    let reader = tokio::task::spawn_blocking(move || {
        reading::read(file, &begun, &terms, |chunk| give.blocking_send(chunk).is_ok())
    });
    while let Some(chunk) = chunks.recv().await {
        let staged = app.store.stage(shop, &import.pool, import.number, chunk).await;
        match staged.map_err(Stopped::Store)? {
            Some(import) if import.state == ImportState::Staging => app.imports.changed.notify_waiters(),
            _ => return Err(Stopped::Elsewhere),
        }
    }
    match reader.await {
        Ok(read) => read.map_err(Stopped::Read),
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Stopped::Elsewhere),
        },
    }
}

async fn clear(app: &App, shop: &ShopId, import: &Import) -> Result<Option<Import>, AppError> {
    let (pool, number) = (&import.pool, import.number);
    Ok(app.store.clear_import(shop, pool, number, CLEARED_AT_ONCE, app.clock.now()).await?)
}
