//! The use cases over a folder of this machine, or over a database.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use tearline_app::App;
use tearline_app::clock::{Clock, SystemClock};
use tearline_app::imports;
use tearline_app::imports::spool::Spool;
use tearline_store::{Clocks, PostgresClock, PostgresStore, SqliteStore, StoreError};
use tokio::runtime::Runtime;

use crate::settings::Settings;
use crate::stop::Stop;

/// Opens the store: in a database, or in a folder, which is made if it is not there.
pub(crate) async fn open(settings: &Settings) -> Result<Arc<App>, Stop> {
    Ok(Arc::new(open_store(settings).await?))
}

/// The same with the folder for files of codes; goes on with the imports that were under way. The store is opened
/// first: whoever has it has the files.
pub(crate) async fn open_for_files(settings: &Settings) -> Result<Arc<App>, Stop> {
    let app = open_store(settings).await?;
    let data = &settings.data;
    make_private(data).with_context(|| format!("the folder {} cannot be made", data.display()))?;
    let folder = data.join("uploads");
    let spool = Spool::open(&folder, settings.files);
    let spool = spool.with_context(|| format!("the folder {} cannot be used", folder.display()))?;
    let app = Arc::new(app.with_spool(spool));
    imports::resume(&app).await.map_err(anyhow::Error::from)?;
    Ok(app)
}

async fn open_store(settings: &Settings) -> Result<App, Stop> {
    if let Some(database) = &settings.database {
        let store = PostgresStore::open(database, Clocks::Database, Timestamp::now()).await;
        let store = store.map_err(anyhow::Error::from)?;
        let clock = DatabaseClock(store.clock());
        return Ok(App::new(Arc::new(store), Arc::new(clock)));
    }
    let data = &settings.data;
    make_private(data).with_context(|| format!("the folder {} cannot be made", data.display()))?;
    let store = SqliteStore::open(&data.join("tearline.db"), Timestamp::now())
        .map_err(|error| explain(data, error))?;
    Ok(App::new(Arc::new(store), Arc::new(SystemClock)))
}

/// The clock of the database: servers that share it agree on the time, whatever their machines say.
struct DatabaseClock(PostgresClock);

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

fn explain(data: &Path, error: StoreError) -> anyhow::Error {
    let in_use = matches!(error, StoreError::InUse { .. });
    let error = anyhow::Error::from(error);
    if in_use {
        error.context(format!(
            "{} is in use by a running server: give its address and a key with --server and --key, or stop it first",
            data.display()
        ))
    } else {
        error
    }
}

/// Only its owner may look into it: it holds customers' data.
pub(crate) fn make_private(data: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data)
}

/// The runtime for one command.
pub(crate) fn runtime() -> Result<Runtime, Stop> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    Ok(runtime.context("the program's threads cannot be started")?)
}
