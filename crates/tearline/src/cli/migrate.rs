//! `tearline migrate`: the schema brought up to date, at a time of the operator's choosing.

use std::io::Write;

use clap::Args;
use tearline_store::backup::schema_state;

use super::backup::database_in;
use crate::local;
use crate::settings::{Flags, Settings};
use crate::stop::Stop;

/// Brings the database up to date with this program. `serve` does the same at its start; this does it beforehand, so
/// that a large database makes no one wait.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline migrate --check
  tearline backup before.tearline && tearline migrate")]
pub(crate) struct Migrate {
    /// Only say what there is to do
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    flags: Flags,
}

impl Migrate {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let settings = Settings::gather(&self.flags, None)?;
        if settings.database.is_some() && !self.check {
            return migrate_database(&settings, out);
        }
        let data = settings.clone().only_folder("psql, and look into tearline_migrations,")?;
        let state = schema_state(&database_in(&data)).map_err(anyhow::Error::from)?;
        if state.applied == state.known {
            writeln!(out, "{} is up to date, at migration {}", data.display(), state.known)?;
            return Ok(());
        }
        if self.check {
            writeln!(
                out,
                "{} is at migration {} of {}; migrations only go forward: make a backup first",
                data.display(),
                state.applied,
                state.known
            )?;
            return Ok(());
        }
        open_once(&Settings { data: data.clone(), ..settings })?;
        writeln!(out, "{}: migration {} to {}", data.display(), state.applied, state.known)?;
        Ok(())
    }
}

/// A database needs no more than to be opened.
fn migrate_database(settings: &Settings, out: &mut impl Write) -> Result<(), Stop> {
    open_once(settings)?;
    writeln!(out, "{settings} is up to date")?;
    Ok(())
}

fn open_once(settings: &Settings) -> Result<(), Stop> {
    local::runtime()?.block_on(async {
        let app = local::open(settings).await?;
        Ok::<(), Stop>(app.store.close().await.map_err(anyhow::Error::from)?)
    })
}
