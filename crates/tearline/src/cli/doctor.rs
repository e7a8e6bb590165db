//! `tearline doctor`: whether everything that is counted agrees with what it was counted from.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use anyhow::anyhow;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tearline_store::doctor::{Check, Examined, Finding, examine};

use super::backup::database_in;
use crate::printable::printable;
use crate::settings::{Flags, Settings};
use crate::stop::Stop;

/// How many findings of one kind are written out; the rest is counted.
const TOLD: u64 = 20;

/// Holds every counter against the rows that it was counted from: limits and balances against orders and holds, pools
/// against their codes, customers against their orders; and looks whether the file is whole.
///
/// It reads everything once and changes nothing; a running server goes on meanwhile. What it finds it says in words,
/// with what to do about it.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 everything agrees, 1 something does not, or the database cannot be read.

Examples:
  tearline doctor
  tearline restore yesterday.tearline --data copy && tearline doctor --data copy")]
pub(crate) struct Doctor {
    #[command(flatten)]
    flags: Flags,
}

impl Doctor {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), Stop> {
        let data = Settings::gather(&self.flags, None)?.only_folder("pg_amcheck")?;
        let bar = spinner();
        let (mut found, mut told) = (BTreeMap::<Check, u64>::new(), Ok(()));
        let mut tell = |finding: Finding| {
            let count = found.entry(finding.check).or_default();
            *count += 1;
            if *count <= TOLD && told.is_ok() {
                told = bar.suspend(|| writeln!(out, "{}", line(&finding)));
            }
        };
        let mut progress = |table, rows| bar.set_message(format!("{rows} {table}"));
        let examined = examine(&database_in(&data), &mut tell, &mut progress).map_err(anyhow::Error::from)?;
        bar.finish_and_clear();
        told?;
        close(&examined, &found, out)
    }
}

fn line(Finding { shop, says, .. }: &Finding) -> String {
    let of = if shop.is_empty() { String::new() } else { format!("shop `{shop}`: ") };
    printable(&format!("{of}{says}"))
}

fn close(examined: &Examined, found: &BTreeMap<Check, u64>, out: &mut impl Write) -> Result<(), Stop> {
    for (check, count) in found {
        if *count > TOLD {
            writeln!(out, "… and {} more of this kind", count - TOLD)?;
        }
        writeln!(out, "  {}", check.advice())?;
    }
    let Examined { orders, limits, holds, customers, codes, findings } = examined;
    writeln!(
        out,
        "examined {orders} orders, {limits} limits and balances, {holds} holds, {customers} customers, {codes} codes"
    )?;
    if *findings > 0 {
        let what = if *findings == 1 {
            "1 thing does not agree".to_owned()
        } else {
            format!("{findings} things do not agree")
        };
        return Err(Stop::World(anyhow!("{what}; nothing was changed")));
    }
    writeln!(out, "everything agrees")?;
    Ok(())
}

fn spinner() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is right");
    ProgressBar::new_spinner().with_style(style)
}
