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
        let data = Settings::gather(&self.flags, None)?.data;
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
        local::runtime()?.block_on(async {
            let app = local::open(&data)?;
            Ok::<(), Stop>(app.store.close().await.map_err(anyhow::Error::from)?)
        })?;
        writeln!(out, "{}: migration {} to {}", data.display(), state.applied, state.known)?;
        Ok(())
    }
}
