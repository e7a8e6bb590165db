//! The command line: one subcommand per file.

mod apply;
mod backup;
mod codes;
mod demo;
mod doctor;
mod eligible;
mod export;
mod key;
mod migrate;
mod offline;
mod orders;
mod price;
mod restore;
mod serve;
mod shelf;

use std::io::Write;

use clap::{Parser, Subcommand};

use crate::stop::Stop;

/// Prices carts, keeps every discount code and limit exact, and says where every cent comes from.
#[derive(Debug, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 the world failed (a disk, a port), 2 bad input or usage."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Apply(apply::Apply),
    Export(export::Export),
    Codes(codes::Codes),
    Price(price::Price),
    Eligible(eligible::Eligible),
    Shelf(shelf::Shelf),
    Key(key::Key),
    Doctor(doctor::Doctor),
    Orders(orders::Orders),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Migrate(migrate::Migrate),
}

impl Cli {
    /// Runs the subcommand: results go to `out`, what else there is to say to `err`.
    pub(crate) fn run(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Stop> {
        match self.command {
            Command::Serve(serve) => serve.run(out),
            Command::Demo(demo) => demo.run(out),
            Command::Apply(apply) => apply.run(out, err),
            Command::Export(export) => export.run(out),
            Command::Codes(codes) => codes.run(out, err),
            Command::Price(price) => price.run(out, err),
            Command::Eligible(eligible) => eligible.run(out, err),
            Command::Shelf(shelf) => shelf.run(out, err),
            Command::Key(key) => key.run(out),
            Command::Doctor(doctor) => doctor.run(out),
            Command::Orders(orders) => orders.run(out, err),
            Command::Backup(backup) => backup.run(out),
            Command::Restore(restore) => restore.run(out),
            Command::Migrate(migrate) => migrate.run(out),
        }
    }
}
