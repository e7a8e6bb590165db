//! What commands need that work on files alone: a cart, and a shop's documents.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use tearline_core::document::{Document, gather};
use tearline_core::source::Sources;
use tearline_core::yaml::Located;
use tearline_pricing::cart::Cart;
use tearline_pricing::cart::check::CartFault;
use tearline_pricing::facts::Facts;
use tearline_pricing::facts::check::faults_of;
use tearline_pricing::snapshot::Snapshot;

use crate::input::{self, Text};
use crate::stop::Stop;

/// The files, and the circumstances under which the cart is looked at.
#[derive(Debug, Args)]
pub(super) struct Offline {
    /// The cart, a JSON or YAML file; `-` reads it from standard input
    cart: PathBuf,

    /// The shop's documents: a YAML file, or a folder of them; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    shop: Vec<PathBuf>,

    /// What is known about limits, codes and the customer: uses so far, money left, codes of pools
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,

    /// The instant to look at, such as 2026-04-20T14:00:00Z; else the cart's own, else now
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,

    /// The language of the buyer, such as pl or en-GB; else the cart's own, else the shop's
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
}

/// The files, read and made ready.
pub(super) struct Opened {
    pub(super) sources: Sources,
    pub(super) snapshot: Snapshot,
    pub(super) cart: Cart,
    pub(super) facts: Facts,
    pub(super) now: Timestamp,
    text: Text,
    located: Located,
}

impl Offline {
    /// Reads the files; what works in the shop's documents, but is perhaps not meant, goes to `err`.
    pub(super) fn open(&self, err: &mut impl Write) -> Result<Opened, Stop> {
        let sources = input::shop(&self.shop)?;
        let snapshot = compile(&sources)?;
        for warning in snapshot.warnings() {
            writeln!(err, "warning: {warning}")?;
        }
        let facts = self.facts.as_deref().map(facts).transpose()?.unwrap_or_default();
        let text = input::text(&self.cart)?;
        let (mut cart, located) = text.read_one::<Cart>("a cart with `currency` and `lines`")?;
        cart.at = self.at.or(cart.at);
        cart.language = self.language.as_deref().map(Into::into).or(cart.language);
        Ok(Opened { sources, snapshot, cart, facts, now: Timestamp::now(), text, located })
    }
}

impl Opened {
    /// What is wrong with the cart, each fault with its line.
    pub(super) fn refused(&self, faults: Vec<CartFault>) -> Stop {
        let located = |fault: CartFault| self.text.fault(&self.located, fault.pointer, fault.message);
        Stop::input(faults.into_iter().map(located))
    }
}

/// An answer as JSON for people and programs.
pub(super) fn pretty(answer: &impl Serialize) -> Result<String, Stop> {
    Ok(format!("{:#}\n", serde_json::to_value(answer).map_err(anyhow::Error::from)?))
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "write an instant with its offset, such as 2026-04-20T14:00:00Z")
}

fn compile(sources: &Sources) -> Result<Snapshot, Stop> {
    let documents: &[Document] = &sources.documents;
    let located = |faults: Vec<_>| Stop::input(faults.iter().map(|fault| sources.locate(fault)));
    Snapshot::compile(&gather(documents), 1).map_err(located)
}

fn facts(path: &Path) -> Result<Facts, Stop> {
    let text: Text = input::text(path)?;
    let (facts, located) = text.read_one("facts, such as `uses` and `balances`")?;
    let faults = faults_of(&facts).into_iter();
    let faults: Vec<_> = faults.map(|fault| text.fault(&located, fault.pointer, fault.message)).collect();
    if faults.is_empty() { Ok(facts) } else { Err(Stop::input(faults)) }
}
