//! `tearline shelf`: each line of a cart priced by itself, offline.

use std::io::Write;

use clap::Args;

use crate::cli::offline::{Offline, Opened, pretty};
use crate::receipt::Order;
use crate::receipt::shelf as page;
use crate::stop::Stop;

/// Prices each line of a cart as if it were alone, as a shop shows prices while a visitor browses.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tearline shelf examples/cart-studio-spring.json --shop examples/studio.yaml")]
pub(crate) struct Shelf {
    #[command(flatten)]
    files: Offline,

    /// Print the prices as JSON
    #[arg(long)]
    json: bool,
}

impl Shelf {
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        let opened = self.files.open(err)?;
        let Opened { sources, cart, snapshot, facts, now, .. } = &opened;
        let shelf = tearline_pricing::shelf(cart, snapshot, facts, *now);
        let shelf = shelf.map_err(|faults| opened.refused(faults))?;
        let text = if self.json {
            pretty(&shelf)?
        } else {
            page::write(&Order::new(&sources.documents, snapshot, cart), &shelf)
        };
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}
