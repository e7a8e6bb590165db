//! The steps of `cargo xtask ci`, in the order they run: the quick ones first.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{arrows, complain, licences, metadata, root, snapshots, tree};

/// Seed of the property tests where the environment names none: the short form draws the same cases on
/// every machine and every day.
const SEED: &str = "1";

/// Random cases for each property test where the environment names no number.
const CASES: &str = "256";

/// A check with a name, run as a part of `cargo xtask ci` or alone.
#[derive(Debug)]
pub struct Step {
    /// What one types: `cargo xtask <name>`.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// Names of the steps whose failure leaves this one without its input.
    needs: &'static [&'static str],
    check: fn() -> Result<()>,
}

/// Every step, in the order `cargo xtask ci` takes.
pub const STEPS: &[Step] = &[
    Step { name: "fmt", about: "cargo fmt --check", needs: &[], check: fmt },
    Step { name: "arrows", about: "who uses whom, against STYLE.md", needs: &[], check: check_arrows },
    Step {
        name: "licences",
        about: "every dependency's licence is one we take",
        needs: &[],
        check: licences,
    },
    Step { name: "tree", about: "no unwanted dependency, no big one twice", needs: &[], check: check_tree },
    Step { name: "clippy", about: "every target, warnings denied", needs: &[], check: clippy },
    Step {
        name: "alone",
        about: "tearline-pricing without the rest and its features",
        needs: &[],
        check: alone,
    },
    Step { name: "doc", about: "the documentation, warnings denied", needs: &[], check: doc },
    Step { name: "tests", about: "cargo nextest run --workspace", needs: &[], check: tests },
    Step { name: "doctests", about: "the examples in the documentation", needs: &[], check: doctests },
    Step {
        name: "snapshots",
        about: "each snapshot is used by the last `tests` and `doctests`",
        needs: &["tests", "doctests"],
        check: check_snapshots,
    },
];

/// The step called `name`.
pub fn find(name: &str) -> Option<&'static Step> {
    STEPS.iter().find(|step| step.name == name)
}

/// How a step ended, and after how long.
struct Ended {
    name: &'static str,
    how: How,
    took: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Passed,
    Failed,
    NotRun,
}

/// Runs `steps` to the last, prints a table of how each ended, and answers whether all passed.
///
/// The table is also left in `target/xtask/steps.tsv` (name, seconds, ending) for whoever started us.
pub fn run(steps: &[&Step]) -> bool {
    let mut ended: Vec<Ended> = Vec::new();
    for step in steps {
        let missing =
            step.needs.iter().find(|need| ended.iter().any(|e| e.name == **need && e.how != How::Passed));
        let started = Instant::now();
        let how = match missing {
            Some(need) => {
                println!("==> {}: not run, because {need} failed", step.name);
                How::NotRun
            }
            None => run_one(step),
        };
        ended.push(Ended { name: step.name, how, took: started.elapsed() });
    }
    let table = table(&ended);
    print!("\n{}", table.replace('\t', "  "));
    if let Err(error) = leave("steps.tsv", &table) {
        println!("steps.tsv: {error:#}");
    }
    ended.iter().all(|step| step.how == How::Passed)
}

fn run_one(step: &Step) -> How {
    println!("==> {}: {}", step.name, step.about);
    match (step.check)() {
        Ok(()) => How::Passed,
        Err(error) => {
            println!("{error:#}\n==> {} failed", step.name);
            How::Failed
        }
    }
}

fn table(ended: &[Ended]) -> String {
    ended.iter().fold(String::new(), |mut text, Ended { name, how, took }| {
        let how = match how {
            How::Passed => "passed",
            How::Failed => "FAILED",
            How::NotRun => "NOT RUN",
        };
        writeln!(text, "{name:<10}\t{:>6}\t{how}", took.as_secs())
            .expect("a String takes all that is written");
        text
    })
}

fn fmt() -> Result<()> {
    cargo(&["fmt", "--all", "--check"], &[])
}

fn check_arrows() -> Result<()> {
    let metadata = metadata()?;
    print!("{}", arrows::drawn(&metadata));
    complain(&arrows::complaints(&metadata, &arrows::style_guide()?)?)
}

fn licences() -> Result<()> {
    let metadata = metadata()?;
    let licences = metadata.packages.iter().map(|p| (p.id.repr.as_str(), p.license.as_deref()));
    complain(&licences::refused(licences))
}

fn check_tree() -> Result<()> {
    let metadata = metadata()?;
    let packages: Vec<_> =
        metadata.packages.iter().map(|p| (p.name.as_str(), p.version.to_string())).collect();
    complain(&[tree::unwanted(&packages), tree::repeated(&packages)].concat())
}

fn clippy() -> Result<()> {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"], &[])
}

fn alone() -> Result<()> {
    cargo(
        &[
            "clippy",
            "--package",
            "tearline-pricing",
            "--lib",
            "--no-default-features",
            "--",
            "-D",
            "warnings",
        ],
        &[],
    )
}

fn doc() -> Result<()> {
    cargo(&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings".into())])
}

/// Starts the list of snapshots anew: a run of `tests` always comes first.
fn tests() -> Result<()> {
    leave(snapshots::REFERENCES, "")?;
    cargo(&["nextest", "run", "--workspace"], &for_tests())
}

fn doctests() -> Result<()> {
    cargo(&["test", "--doc", "--workspace"], &for_tests())
}

/// Fixed seeds, unless the caller chose others; snapshots that are compared, never written, and noted.
fn for_tests() -> Vec<(&'static str, OsString)> {
    vec![
        ("PROPTEST_RNG_SEED", env::var_os("PROPTEST_RNG_SEED").unwrap_or_else(|| SEED.into())),
        ("PROPTEST_CASES", env::var_os("PROPTEST_CASES").unwrap_or_else(|| CASES.into())),
        ("INSTA_UPDATE", "no".into()),
        ("INSTA_SNAPSHOT_REFERENCES_FILE", left(snapshots::REFERENCES).into()),
    ]
}

fn check_snapshots() -> Result<()> {
    let references = fs::read_to_string(left(snapshots::REFERENCES))
        .context("no list of snapshots: run `cargo xtask tests` and `cargo xtask doctests` first")?;
    complain(&snapshots::unreferenced(&root(), &references)?)
}

/// Where a file for the next step, or for our caller, lies.
fn left(name: &str) -> PathBuf {
    root().join("target/xtask").join(name)
}

fn leave(name: &str, text: &str) -> Result<()> {
    let path = left(name);
    fs::create_dir_all(path.parent().expect("it lies in target/xtask"))?;
    fs::write(&path, text).with_context(|| path.display().to_string())
}

fn cargo(arguments: &[&str], environment: &[(&str, OsString)]) -> Result<()> {
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .envs(environment.iter().cloned())
        .current_dir(root())
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!("cargo {}: {status}", arguments.join(" "));
    }
    Ok(())
}
