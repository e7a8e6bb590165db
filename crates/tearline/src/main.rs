//! Tearline, a self-hosted promotion engine: the one program.

mod changes;
mod cli;
mod input;
mod local;
mod printable;
mod receipt;
mod remote;
mod settings;
mod shop;
mod stop;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // Not locked: a server's other threads write their log there.
    let mut faults = io::stderr();
    match cli::Cli::parse().run(&mut io::stdout().lock(), &mut faults) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.tell(&mut faults),
    }
}
