//! `tearline backup`: a copy of everything, while the server runs.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tearline_store::backup::{Progress, back_up};

use crate::settings::{Flags, Settings};
use crate::stop::Stop;

/// Copies everything Tearline remembers into one file, as it is at one instant. A running server goes on meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline backup 2026-11-21.tearline
  tearline restore 2026-11-21.tearline --data another-folder")]
pub(crate) struct Backup {
    /// The file to make; one that is there is never written over
    file: PathBuf,
    #[command(flatten)]
    flags: Flags,
}

impl Backup {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let data = Settings::gather(&self.flags, None)?.only_folder("pg_dump")?;
        let bar = bar("copying");
        back_up(&database_in(&data), &self.file, &mut |at| show(&bar, at)).map_err(anyhow::Error::from)?;
        bar.finish_and_clear();
        let bytes = std::fs::metadata(&self.file)?.len();
        writeln!(out, "copied {} to {}: {}", data.display(), self.file.display(), size(bytes))?;
        Ok(())
    }
}

/// The database in a folder.
pub(super) fn database_in(data: &Path) -> PathBuf {
    data.join("tearline.db")
}

/// A bar for bytes; where nobody looks, nothing is drawn.
pub(super) fn bar(what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {bytes}/{total_bytes} {eta}");
    ProgressBar::new(0).with_style(style.expect("the template is right")).with_message(what)
}

pub(super) fn show(bar: &ProgressBar, at: Progress) {
    bar.set_length(at.total);
    bar.set_position(at.done);
}

fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}
