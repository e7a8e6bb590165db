//! Why a command stops before its end, and the exit code that says so.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::printable::printable;

/// Why a command stops.
#[derive(Debug)]
pub(crate) enum Stop {
    /// What it was handed is wrong: one line for each fault. Exit code 2, like wrong usage.
    Input(Vec<String>),
    /// The world failed: a disk, a port, a database. Exit code 1.
    World(anyhow::Error),
}

impl Stop {
    /// Stops for these faults of what was handed over.
    pub(crate) fn input(faults: impl IntoIterator<Item = impl Display>) -> Self {
        Self::Input(faults.into_iter().flat_map(|fault| lines(&fault)).collect())
    }

    /// Says why, and answers with the exit code.
    pub(crate) fn tell(&self, out: &mut impl Write) -> ExitCode {
        // Nobody is left to hear that the complaint could not be written.
        match self {
            Self::Input(faults) => {
                let _ = faults.iter().try_for_each(|fault| writeln!(out, "{fault}"));
                ExitCode::from(2)
            }
            Self::World(error) if is_broken_pipe(error) => ExitCode::SUCCESS,
            Self::World(error) => {
                let _ = writeln!(out, "tearline: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
}

fn lines(fault: &impl Display) -> Vec<String> {
    fault.to_string().lines().map(printable).collect()
}

/// Whether the reader of our output has seen enough: `tearline price … | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::World(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::World(error.into())
    }
}
