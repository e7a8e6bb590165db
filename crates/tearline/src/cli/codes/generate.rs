//! `tearline codes generate`: new codes into a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tearline_app::imports;
use tearline_core::codes::CodeForm;

use super::progress::Progress;
use crate::stop::Stop;

/// How many codes are made between two looks at the bar.
const CODES_AT_ONCE: u64 = 10_000;

/// Makes up codes that nobody can guess, none twice, and writes them as CSV: for a print shop, or to be imported.
///
/// Each `#` of the pattern is a symbol without 0, O, 1, I and L. A pattern with too few of them for so many codes is
/// refused, and the answer says how many it takes. The codes belong to no pool until they are imported.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline codes generate 1000 --pattern 'SUMMER-########' > summer.csv
  tearline codes generate 5000000 --pattern '##########' --check --output codes.csv")]
pub(super) struct Generate {
    /// How many
    #[arg(value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// How they look
    #[arg(long)]
    pattern: String,
    /// End each with a check character, by which a typing error shows
    #[arg(long)]
    check: bool,
    /// The file [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Generate {
    pub(super) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let form = json!({ "pattern": self.pattern, "check": self.check });
        let form: CodeForm = serde_json::from_value(form).map_err(|fault| Stop::input([fault]))?;
        if self.count > form.cap() {
            return Err(Stop::input([format!(
                "`{}` is good for {} codes that nobody guesses, and {} are asked for: give it more `#`",
                self.pattern,
                form.cap(),
                self.count
            )]));
        }
        match &self.output {
            None => self.write(&form, out),
            Some(path) => {
                let file = File::create(path);
                let file = file.map_err(|error| Stop::input([format!("{}: {error}", path.display())]))?;
                self.write(&form, &mut BufWriter::new(file))?;
                Ok(writeln!(err, "{} codes in {}", self.count, path.display())?)
            }
        }
    }

    fn write(&self, form: &CodeForm, out: &mut impl Write) -> Result<(), Stop> {
        let series = imports::fresh_series(form);
        let progress = Progress::codes("making", self.count);
        writeln!(out, "code")?;
        for begin in (0..self.count).step_by(usize::try_from(CODES_AT_ONCE).unwrap_or(usize::MAX)) {
            for code in series.codes(begin..(begin + CODES_AT_ONCE).min(self.count)) {
                writeln!(out, "{code}")?;
            }
            progress.reached(begin);
        }
        Ok(out.flush()?)
    }
}
