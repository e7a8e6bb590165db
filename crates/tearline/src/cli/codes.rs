//! `tearline codes`: codes from files, into files, and made up.

mod export;
mod generate;
mod import;
mod progress;

use std::io::Write;

use clap::{Args, Subcommand, ValueEnum};
use tearline_core::imports::FileFormat;

use crate::stop::Stop;

/// Imports codes from files, exports them, and makes up new ones.
#[derive(Debug, Args)]
pub(crate) struct Codes {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Import),
    Export(export::Export),
    Generate(generate::Generate),
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Cells between separators, with a header
    Csv,
    /// A code a line
    Txt,
    /// A workbook
    Xlsx,
}

impl Codes {
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        match self.command {
            Command::Import(import) => import.run(out, err),
            Command::Export(export) => export.run(out),
            Command::Generate(generate) => generate.run(out, err),
        }
    }
}

impl From<Format> for FileFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Txt => Self::Txt,
            Format::Xlsx => Self::Xlsx,
        }
    }
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Txt => "txt",
            Self::Xlsx => "xlsx",
        }
    }
}
