//! `tearline price`: a cart's price, offline.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use tearline_core::document::{Document, gather};
use tearline_core::source::Sources;
use tearline_pricing::cart::Cart;
use tearline_pricing::facts::Facts;
use tearline_pricing::quote::{Expand, Quote};
use tearline_pricing::snapshot::Snapshot;

use crate::input::{self, Text};
use crate::receipt::{self, Priced};
use crate::stop::Stop;

/// Prices a cart against a shop's documents, without a server.
///
/// Prints a receipt: what each line costs, what was taken off and by what, and why a code does not apply.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline price examples/cart-studio-spring.json --shop examples/studio.yaml
  tearline price cart.yaml --shop documents/ --facts facts.yaml --explain
  tearline price cart.yaml --shop shop.yaml --language pl-PL
  jq .cart order.json | tearline price - --shop shop.yaml --json")]
pub(crate) struct Price {
    /// The cart, a JSON or YAML file; `-` reads it from standard input
    cart: PathBuf,

    /// The shop's documents: a YAML file, or a folder of them; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    shop: Vec<PathBuf>,

    /// What is known about the customer and the limits: uses so far, balances left
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,

    /// The instant of the quote, such as 2026-04-20T14:00:00Z; else the cart's own, else now
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,

    /// The language of the buyer, such as pl or en-GB; else the cart's own, else the shop's
    #[arg(long, value_name = "TAG")]
    language: Option<String>,

    /// Add every promotion considered: what was asked, what was found, what it lost against
    #[arg(long)]
    explain: bool,

    /// Add each unit's price after every stage
    #[arg(long)]
    units: bool,

    /// Print the quote as JSON instead of a receipt
    #[arg(long)]
    json: bool,
}

impl Price {
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let sources = input::shop(&self.shop)?;
        let snapshot = compile(&sources)?;
        for warning in snapshot.warnings() {
            writeln!(err, "warning: {warning}")?;
        }
        let facts = self.facts.as_deref().map(facts).transpose()?.unwrap_or_default();
        let (cart, quote) = self.quote(&snapshot, &facts)?;
        let text = if self.json {
            format!("{:#}\n", serde_json::to_value(&quote).map_err(anyhow::Error::from)?)
        } else {
            let priced = Priced::new(&sources.documents, &snapshot, &cart, &quote);
            receipt::write(&priced, self.units, self.explain)
        };
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    fn quote(&self, snapshot: &Snapshot, facts: &Facts) -> Result<(Cart, Quote), Stop> {
        let text = input::text(&self.cart)?;
        let (mut cart, located) = text.read_one::<Cart>("a cart with `currency` and `lines`")?;
        cart.at = self.at.or(cart.at);
        cart.language = self.language.as_deref().map(Into::into).or(cart.language);
        let quote = tearline_pricing::price(&cart, snapshot, facts, Timestamp::now(), self.expand());
        let quote = quote.map_err(|faults| {
            Stop::input(faults.into_iter().map(|fault| text.fault(&located, fault.pointer, fault.message)))
        })?;
        Ok((cart, quote))
    }

    /// A receipt needs more than it shows: units to say what each costs, the trace for words where a
    /// promotion has no name.
    fn expand(&self) -> Expand {
        Expand { units: self.units || !self.json, trace: self.explain || !self.json }
    }
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "write an instant with its offset, such as 2026-04-20T14:00:00Z")
}

fn compile(sources: &Sources) -> Result<Snapshot, Stop> {
    let documents: &[Document] = &sources.documents;
    let located = |faults: Vec<_>| Stop::input(faults.iter().map(|fault| sources.locate(fault)));
    Snapshot::compile(&gather(documents), 1).map_err(located)
}

fn facts(path: &std::path::Path) -> Result<Facts, Stop> {
    let text: Text = input::text(path)?;
    Ok(text.read_one("facts: `uses` and `balances`")?.0)
}
