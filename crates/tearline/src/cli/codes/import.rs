//! `tearline codes import`: a file of codes into a pool.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use tearline_app::App;
use tearline_app::imports::{self, Column, ImportError, Wish};
use tearline_app::ledger::Caller;
use tearline_app::pools::PoolError;
use tearline_core::imports::{Import as Imported, ImportState, RowPolicy};
use tearline_core::names::{ShopId, Slug};

use super::Format;
use super::progress::Progress;
use crate::local;
use crate::printable::printable;
use crate::remote::{Remote, RemoteFlags};
use crate::settings::{Flags, Settings};
use crate::shop::only_shop;
use crate::stop::Stop;

/// How many rows that were not added are told.
const ROWS_TOLD: u32 = 20;
/// How much of a file is passed on at once.
const PART_BYTES: usize = 256 * 1024;

/// Imports codes from a file: CSV with a header that names a column `code`, TXT with a code a line, or XLSX.
///
/// Nobody sees its codes until all of them are there. A code that is somebody's already is skipped and told, so that
/// the same file imported again adds nothing. Stopped in the middle, it goes on when the folder is next served, or
/// another file is imported.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline codes import summer.csv --pool thank-you
  tearline codes import codes.xlsx --pool thank-you --column Gutschein=code --replace-unused
  tearline codes import summer.csv --pool thank-you --server http://127.0.0.1:7070 --key sk_…")]
pub(super) struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The pool
    #[arg(long)]
    pool: Slug,
    /// The shop; needed where the folder holds several
    #[arg(long)]
    shop: Option<ShopId>,
    /// How the file is written [default: as its name tells, else csv]
    #[arg(long)]
    format: Option<Format>,
    /// A column that is called otherwise, and what it holds: `Gutschein=code`
    #[arg(long = "column", value_name = "NAME=COLUMN", value_parser = column)]
    columns: Vec<(String, Column)>,
    /// Add nothing if some row cannot be added
    #[arg(long)]
    all_or_nothing: bool,
    /// Publish nothing yet
    #[arg(long)]
    stage: bool,
    /// Void what nobody was given of the pool when these codes are published
    #[arg(long)]
    replace_unused: bool,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    remote: RemoteFlags,
}

fn column(text: &str) -> Result<(String, Column), String> {
    let read = text.rsplit_once('=').and_then(|(name, of)| Some((name.to_owned(), imports::column(of)?)));
    let known = imports::COLUMNS.map(Column::name).join(", ");
    read.ok_or_else(|| format!("write NAME=COLUMN, with one of {known}"))
}

/// What became of a file.
struct Outcome {
    number: u64,
    state: String,
    added: u64,
    known: u64,
    faulty: u64,
    error: Option<String>,
    notices: Vec<String>,
    /// The first rows that were not added.
    rows: Vec<String>,
}

impl Import {
    pub(super) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let outcome = match self.remote.open()? {
            Some(remote) => self.import_remotely(&remote)?,
            None => self.import_locally()?,
        };
        outcome.tell(&self.pool, out, err)
    }

    fn open(&self) -> Result<(File, u64), Stop> {
        let cannot = |error| Stop::input([format!("{}: {error}", self.file.display())]);
        let file = File::open(&self.file).map_err(cannot)?;
        let about = file.metadata().map_err(cannot)?;
        if !about.is_file() {
            return Err(Stop::input([format!("{}: is no file", self.file.display())]));
        }
        Ok((file, about.len()))
    }

    fn name(&self) -> Option<String> {
        Some(self.file.file_name()?.to_string_lossy().into_owned())
    }

    fn wish(&self) -> Wish {
        Wish {
            name: self.name(),
            format: self.format.map(Into::into),
            mapping: self.columns.iter().cloned().collect(),
            policy: if self.all_or_nothing { RowPolicy::AllOrNothing } else { RowPolicy::SkipBad },
            publish: !self.stage,
            replace_unused: self.replace_unused,
        }
    }

    fn import_locally(&self) -> Result<Outcome, Stop> {
        let settings = Settings::gather(&self.flags, None)?;
        let (file, bytes) = self.open()?;
        local::runtime()?.block_on(async {
            let app = local::open_for_files(&settings).await?;
            let shop = only_shop(&app, self.shop.clone()).await?;
            let done = self.import(&app, &shop, file, bytes).await;
            app.store.close().await.map_err(anyhow::Error::from)?;
            done.map_err(explain)
        })
    }

    async fn import(
        &self,
        app: &std::sync::Arc<App>,
        shop: &ShopId,
        mut file: File,
        bytes: u64,
    ) -> Result<Outcome, ImportError> {
        let mut upload = imports::receive(app, shop, &self.pool).await?;
        let progress = Progress::bytes("reading", bytes);
        let (mut part, mut reached) = (vec![0; PART_BYTES], 0);
        loop {
            let read = file.read(&mut part).map_err(imports::UploadError::Io)?;
            if read == 0 {
                break;
            }
            upload.write(&part[..read]).await?;
            reached += read as u64;
            progress.reached(reached);
        }
        drop(progress);
        let caller = Caller { shop: shop.clone(), by: "tearline codes import".to_owned(), once: None };
        let begun = imports::begin(app, &caller, &self.pool, self.wish(), upload.finish().await?).await?;
        let progress = Progress::rows("importing");
        loop {
            let second = Duration::from_secs(1);
            let import = imports::wait(app, shop, &self.pool, begun.number, second).await?;
            progress.reached(import.rows.read);
            if !import.state.is_under_way() {
                drop(progress);
                let rows = imports::report(app, shop, &self.pool, begun.number, 0, ROWS_TOLD).await?;
                return Ok(Outcome::of(import, &self.pool, rows));
            }
        }
    }

    fn import_remotely(&self, remote: &Remote) -> Result<Outcome, Stop> {
        let (file, _) = self.open()?;
        let path = format!("/v1/pools/{}/imports", self.pool);
        let columns: Vec<_> = self.columns.iter().map(|(name, of)| format!("{name}:{}", of.name())).collect();
        let policy = if self.all_or_nothing { "all_or_nothing" } else { "skip_bad" };
        let (publish, replace_unused) = ((!self.stage).to_string(), self.replace_unused.to_string());
        let (name, columns) = (self.name().unwrap_or_default(), columns.join(","));
        let mut query = vec![
            ("name", name.as_str()),
            ("policy", policy),
            ("publish", &publish),
            ("replace_unused", &replace_unused),
        ];
        query.extend(self.format.map(|format| ("format", format.name())));
        query.extend((!columns.is_empty()).then_some(("columns", columns.as_str())));
        let mut import = remote.upload(&path, &query, file)?;
        let path = format!("{path}/{}", import["number"]);
        let progress = Progress::rows("importing");
        while is_under_way(&import) {
            import = remote.read(&path, &[("wait_s", "1")])?;
            progress.reached(import["rows"]["read"].as_u64().unwrap_or(0));
        }
        drop(progress);
        let rows = remote.read(&format!("{path}/report"), &[("limit", &ROWS_TOLD.to_string())])?;
        Ok(Outcome::read(&import, &rows["data"]))
    }
}

fn is_under_way(import: &Value) -> bool {
    let state = import["state"].as_str().and_then(ImportState::of_name);
    state.is_some_and(ImportState::is_under_way)
}

/// What is wrong with what was handed over, and what with the world.
fn explain(error: ImportError) -> Stop {
    match error {
        ImportError::Pool(PoolError::Ledger(_)) => Stop::World(error.into()),
        ImportError::Upload(imports::UploadError::Io(_) | imports::UploadError::NoFolder) => {
            Stop::World(anyhow::Error::from(error).context("the file could not be imported"))
        }
        error => Stop::input([error]),
    }
}

impl Outcome {
    fn of(import: Imported, pool: &Slug, rows: Vec<imports::ReportRow>) -> Self {
        let number = import.number;
        let line = |row: imports::ReportRow| {
            let place = row.row;
            let told = imports::tell(pool, number, row);
            row_line(place.into(), told.code.as_deref(), &told.message)
        };
        Self {
            number,
            state: import.state.name().to_owned(),
            added: import.rows.added,
            known: import.rows.known,
            faulty: import.rows.faulty,
            error: import.error,
            notices: import.notices,
            rows: rows.into_iter().map(line).collect(),
        }
    }

    /// The same as a server tells it.
    fn read(import: &Value, rows: &Value) -> Self {
        let count = |name: &str| import["rows"][name].as_u64().unwrap_or(0);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let line = |row: &Value| {
            let message = row["message"].as_str().unwrap_or_default();
            row_line(row["row"].as_u64().unwrap_or(0), row["code"].as_str(), message)
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        Self {
            number: import["number"].as_u64().unwrap_or(0),
            state: text(&import["state"]).unwrap_or_default(),
            added: count("added"),
            known: count("known"),
            faulty: count("faulty"),
            error: text(&import["error"]),
            notices: list(&import["notices"]).iter().filter_map(text).collect(),
            rows: list(rows).iter().map(line).collect(),
        }
    }

    fn tell(&self, pool: &Slug, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        for notice in &self.notices {
            writeln!(err, "note: {}", printable(notice))?;
        }
        for row in &self.rows {
            writeln!(err, "  {row}")?;
        }
        let left_out = self.known + self.faulty;
        if left_out > self.rows.len() as u64 {
            let (number, more) = (self.number, left_out - self.rows.len() as u64);
            writeln!(err, "  and {more} more: see /v1/pools/{pool}/imports/{number}/report")?;
        }
        if let Some(error) = &self.error {
            return Err(Stop::input([format!(
                "import {} failed, and nothing was added: {error}",
                self.number
            )]));
        }
        let (number, state) = (self.number, &self.state);
        let (added, known, faulty) = (self.added, self.known, self.faulty);
        writeln!(
            out,
            "{pool}: {added} added, {known} duplicates skipped, {faulty} faulty rows skipped (import {number}, {state})"
        )?;
        Ok(out.flush().context("the summary could not be written")?)
    }
}

fn row_line(row: u64, code: Option<&str>, message: &str) -> String {
    let code = code.map_or(String::new(), |code| format!("`{code}` "));
    printable(&format!("row {row}: {code}{message}"))
}
