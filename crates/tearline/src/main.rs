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
    let mut faults = io::stderr().lock();
    match cli::Cli::parse().run(&mut io::stdout().lock(), &mut faults) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.tell(&mut faults),
    }
}
