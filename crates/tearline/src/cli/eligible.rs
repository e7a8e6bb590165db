//! `tearline eligible`: what could apply to a cart, offline.

use std::io::Write;

use clap::Args;
use tearline_pricing::eligible::Wanted;

use crate::cli::offline::{Offline, Opened, pretty};
use crate::receipt::Order;
use crate::receipt::eligible as listing;
use crate::stop::Stop;

/// Lists the promotions that apply to a cart, and those that could, with what is missing.
///
/// An empty cart that says who the customer is and where they shop lists what there is for them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tearline eligible examples/cart-studio-spring.json --shop examples/studio.yaml
  tearline eligible cart.yaml --shop shop.yaml --codes --others --at 2027-05-01T12:00:00Z")]
pub(crate) struct Eligible {
    #[command(flatten)]
    files: Offline,

    /// Add those that cannot apply, each with its reason
    #[arg(long)]
    others: bool,

    /// Add the codes of those that need one
    #[arg(long)]
    codes: bool,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

impl Eligible {
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let opened = self.files.open(err)?;
        let Opened { sources, cart, snapshot, facts, now, .. } = &opened;
        let wanted = Wanted { others: self.others, codes: self.codes, skip: 0, limit: usize::MAX };
        let listed = tearline_pricing::eligible(cart, snapshot, facts, *now, wanted);
        let listed = listed.map_err(|faults| opened.refused(faults))?;
        let text = if self.json {
            pretty(&listed)?
        } else {
            listing::write(&Order::new(&sources.documents, snapshot, cart), &listed)
        };
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}
