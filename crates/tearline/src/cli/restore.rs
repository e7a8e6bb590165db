//! `tearline restore`: a folder from a copy.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use tearline_store::backup::restore;

use super::backup::{bar, database_in, show};
use crate::local::make_private;
use crate::settings::{Flags, Settings};
use crate::stop::Stop;

/// Fills a folder that has no database with what `tearline backup` has copied. The copy is checked, and brought up to
/// date if an older program made it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline restore 2026-11-21.tearline --data another-folder
  tearline serve --data another-folder")]
pub(crate) struct Restore {
    /// The copy
    file: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

impl Restore {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let data = Settings::gather(&self.flags, None)?.only_folder("pg_restore")?;
        make_private(&data)?;
        let bar = bar("restoring");
        let restored = restore(&self.file, &database_in(&data), Timestamp::now(), &mut |at| show(&bar, at));
        let state = restored.map_err(anyhow::Error::from)?;
        bar.finish_and_clear();
        writeln!(out, "restored {} into {}", self.file.display(), data.display())?;
        if state.applied < state.known {
            writeln!(out, "brought up to date: migration {} to {}", state.applied, state.known)?;
        }
        Ok(())
    }
}
