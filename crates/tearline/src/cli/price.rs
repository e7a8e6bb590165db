//! `tearline price`: a cart's price, offline.

use std::io::Write;

use clap::Args;
use tearline_pricing::explain::{ExplainError, Explanation};
use tearline_pricing::names::PromotionId;
use tearline_pricing::quote::{Expand, Quote};

use crate::cli::offline::{Offline, Opened, pretty};
use crate::receipt::{self, Detail, Order, Priced};
use crate::stop::Stop;

/// Prices a cart against a shop's documents, without a server.
///
/// Prints a receipt: what each line costs, what was taken off and by what, and why a code does not apply.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline price examples/cart-studio-spring.json --shop examples/studio.yaml
  tearline price cart.yaml --shop documents/ --facts facts.yaml --explain
  tearline price cart.yaml --shop shop.yaml --explain=spring5 --at 2027-05-01T12:00:00Z
  tearline price cart.yaml --shop shop.yaml --language pl-PL
  jq .cart order.json | tearline price - --shop shop.yaml --json")]
pub(crate) struct Price {
    #[command(flatten)]
    files: Offline,

    /// Add why each line costs what it does, and every promotion considered: what was asked, what was found, what
    /// is missing, who applies in its place; or all this of one promotion, as if its code were entered
    #[arg(long, value_name = "PROMOTION", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "the option may stand without a value")]
    explain: Option<Option<String>>,

    /// Add each unit's price after every stage
    #[arg(long)]
    units: bool,

    /// Print the quote, or what is explained of one promotion, as JSON instead of a receipt
    #[arg(long)]
    json: bool,
}

impl Price {
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let opened = self.files.open(err)?;
        let promotion = self.explain.iter().flatten().next().map(|id| PromotionId::from(id.as_str()));
        let told = promotion.map(|promotion| explain(&opened, &promotion)).transpose()?;
        let text = match (&told, self.json) {
            (Some(told), true) => pretty(told)?,
            (None, true) => pretty(&self.quote(&opened)?)?,
            (told, false) => self.receipt(&opened, told.as_ref())?,
        };
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    fn receipt(&self, opened: &Opened, told: Option<&Explanation>) -> Result<String, Stop> {
        let quote = self.quote(opened)?;
        let order = Order::new(&opened.sources.documents, &opened.snapshot, &opened.cart);
        let priced = Priced::new(order, &quote);
        let explain = matches!(self.explain, Some(None));
        Ok(receipt::write(&priced, Detail { units: self.units, explain, promotion: told }))
    }

    fn quote(&self, opened: &Opened) -> Result<Quote, Stop> {
        let Opened { cart, snapshot, facts, now, .. } = opened;
        let quote = tearline_pricing::price(cart, snapshot, facts, *now, self.expand());
        quote.map_err(|faults| opened.refused(faults))
    }

    /// A receipt needs more than it shows: units to say what each costs, the trace for words where a
    /// promotion has no name.
    fn expand(&self) -> Expand {
        Expand { units: self.units || !self.json, trace: self.explain.is_some() || !self.json }
    }
}

fn explain(opened: &Opened, promotion: &PromotionId) -> Result<Explanation, Stop> {
    let Opened { cart, snapshot, facts, now, .. } = opened;
    tearline_pricing::explain(cart, snapshot, facts, *now, promotion).map_err(|error| match error {
        ExplainError::UnknownPromotion => Stop::input([format!("there is no promotion `{promotion}`")]),
        ExplainError::Cart(faults) => opened.refused(faults),
    })
}
