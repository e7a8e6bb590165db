//! `tearline orders`: past orders.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use tearline_app::App;
use tearline_app::configuration::ConfigureError;
use tearline_app::replays::{self, Draft, Page};
use tearline_core::ledger::Order;
use tearline_core::names::ShopId;
use tearline_core::replay::{Replay, Trial, Tried};
use tearline_pricing::names::PromotionId;

use crate::input;
use crate::local;
use crate::printable::printable;
use crate::settings::{Flags, Settings};
use crate::shop::only_shop;
use crate::stop::Stop;

/// How many orders are read at once.
const PAGE: u32 = 200;

/// Past orders.
#[derive(Debug, Args)]
pub(crate) struct Orders {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Replay(Replays),
}

/// Prices past orders again: each as it was, or with a draft of documents.
///
/// Without --with it says of which orders the price does not come to the same cent. With it, what the draft would have
/// made of each order as CSV: its limits, balances and budgets are counted from order to order, and cancelled orders
/// are left out. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline orders replay --from 2026-11-01T00:00:00Z
  tearline orders replay --with draft.yaml > orders.csv")]
struct Replays {
    /// Only orders placed since
    #[arg(long, value_name = "INSTANT")]
    from: Option<Timestamp>,

    /// Only orders placed before
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,

    /// A YAML file with the draft, or a folder of them; may be given several times
    #[arg(long = "with", value_name = "FILE")]
    with: Vec<PathBuf>,

    /// The shop; needed where the folder holds several
    #[arg(long)]
    shop: Option<ShopId>,

    #[command(flatten)]
    flags: Flags,
}

impl Orders {
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let Command::Replay(replays) = self.command;
        replays.run(out, err)
    }
}

impl Replays {
    fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let settings = Settings::gather(&self.flags, None)?;
        local::runtime()?.block_on(async {
            let app = local::open(&settings).await?;
            let shop = only_shop(&app, self.shop.clone()).await?;
            let done = if self.with.is_empty() {
                self.as_they_were(&app, &shop, out).await
            } else {
                self.with_draft(&app, &shop, out, err).await
            };
            app.store.close().await.map_err(anyhow::Error::from)?;
            done
        })
    }

    /// The first page of the range; each next one begins behind the last order.
    fn page(&self) -> Page {
        Page { after: self.from.map(|from| (from, "".into())), until: self.until, limit: PAGE }
    }

    async fn as_they_were(&self, app: &App, shop: &ShopId, out: &mut impl Write) -> Result<(), Stop> {
        let (bar, mut page, mut read, mut others) = (spinner(), self.page(), 0_u64, 0_u64);
        loop {
            let replayed = replays::page(app, shop, page.clone()).await.map_err(anyhow::Error::from)?;
            let is_last = replayed.len() < PAGE as usize;
            for (order, replay) in replayed {
                read += 1;
                page.after = Some((order.placed_at, order.id.clone()));
                if let Some(why) = why(&replay) {
                    others += 1;
                    bar.suspend(|| writeln!(out, "{}: {}", printable(order.id.as_str()), printable(&why)))?;
                }
            }
            bar.set_message(format!("{read} orders"));
            if is_last {
                break;
            }
        }
        bar.finish_and_clear();
        writeln!(out, "{} of {read} orders come to the same cent", read - others)?;
        if others > 0 {
            return Err(Stop::World(anyhow!(
                "{others} orders do not come to the price at which they were placed"
            )));
        }
        Ok(())
    }

    async fn with_draft(
        &self,
        app: &App,
        shop: &ShopId,
        out: &mut impl Write,
        err: &mut impl Write,
    ) -> Result<(), Stop> {
        let sources = input::shop(&self.with)?;
        let draft = Draft::new(app, shop, sources.documents.clone(), Trial::default()).await;
        let mut draft = draft.map_err(|error| match error {
            ConfigureError::Faults(faults) => Stop::input(faults.iter().map(|fault| sources.locate(fault))),
            ConfigureError::App(error) => Stop::World(error.into()),
            other => Stop::input([other]),
        })?;
        let (bar, mut page, mut sums) = (spinner(), self.page(), Sums::default());
        writeln!(out, "order_id,placed_at,currency,due,due_with_draft,difference,applied,why")?;
        loop {
            let tried = draft.page(app, shop, page.clone()).await.map_err(anyhow::Error::from)?;
            let is_last = tried.len() < PAGE as usize;
            for (order, tried) in tried {
                page.after = Some((order.placed_at, order.id.clone()));
                if let Some(tried) = tried {
                    writeln!(out, "{}", sums.row(&order, &tried))?;
                }
            }
            bar.set_message(format!("{} orders", sums.read));
            if is_last {
                break;
            }
        }
        bar.finish_and_clear();
        for line in sums.lines() {
            writeln!(err, "{line}")?;
        }
        Ok(())
    }
}

/// Why an order does not come to the same cent, if it does not.
fn why(replay: &Replay) -> Option<String> {
    match replay {
        Replay::Same => None,
        Replay::Failed(why) => Some(why.clone()),
        Replay::Different(differences) => {
            let first =
                differences.iter().find(|place| place.pointer == "/totals/due").or(differences.first())?;
            let value = |value: &Option<serde_json::Value>| {
                value.as_ref().map_or("nothing".to_owned(), ToString::to_string)
            };
            Some(format!("{} was {} and is {}", first.pointer, value(&first.from), value(&first.to)))
        }
    }
}

/// What a draft comes to over all orders.
#[derive(Default)]
struct Sums {
    read: u64,
    changed: u64,
    failed: u64,
    /// How much less, or more, is to be paid in all, by currency.
    differences: BTreeMap<String, i64>,
}

impl Sums {
    /// An order's row, counted.
    fn row(&mut self, order: &Order, tried: &Result<Tried, String>) -> String {
        self.read += 1;
        let currency = order.priced.quote["currency"].as_str().unwrap_or_default();
        let row = format!("{},{},{currency},{}", cell(order.id.as_str()), order.placed_at, order.priced.due);
        match tried {
            Err(why) => {
                self.failed += 1;
                format!("{row},,,,{}", cell(why))
            }
            Ok(Tried { before, after, applied }) => {
                let difference = after.due - before.due;
                self.changed += u64::from(before != after);
                *self.differences.entry(currency.to_owned()).or_default() += difference;
                let applied: Vec<&str> = applied.iter().map(PromotionId::as_str).collect();
                format!("{row},{},{difference},{},", after.due, cell(&applied.join(" ")))
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let Self { read, changed, failed, differences } = self;
        let mut lines = vec![format!("{changed} of {read} orders would have come to another price")];
        lines.extend((*failed > 0).then(|| format!("{failed} orders could not be priced with the draft")));
        let sums = differences.iter().filter(|(_, minor)| **minor != 0);
        lines.extend(sums.map(|(currency, minor)| {
            format!("{minor:+} {currency} in minor units would have been paid in addition")
        }));
        lines
    }
}

/// A cell of CSV, which no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let neutral = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let text = format!("{neutral}{text}");
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn spinner() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is right");
    ProgressBar::new_spinner().with_style(style)
}
