//! Our own tools, run as `cargo xtask`: what CI runs, and the checks no other tool makes for us.
//!
//! Each check is a function over plain values ([`arrows::new_arrows`], [`licences::refused`],
//! [`tree::repeated`], [`snapshots::unreferenced`]) that answers with a list of complaints, so that it is
//! tested without a build; [`steps`] puts them in order and runs them.
#![expect(clippy::print_stdout, reason = "a tool talks on the terminal")]

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

pub mod arrows;
pub mod licences;
pub mod snapshots;
pub mod steps;
pub mod tree;

/// The platform whose dependencies are looked at: the one CI builds for, so that every machine judges
/// the same tree.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// The workspace's root folder.
///
/// Asked of cargo when we run, not when we are compiled: two checkouts may share a target folder.
pub fn root() -> PathBuf {
    let xtask = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let xtask = xtask.filter(|folder| folder.ends_with("xtask"));
    let xtask = xtask.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    xtask.parent().expect("xtask lies in the workspace's root folder").to_owned()
}

/// Every crate of the workspace and every dependency on CI's platform, as `cargo metadata` tells it.
pub fn metadata() -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--filter-platform".to_owned(), PLATFORM.to_owned()])
        .exec()
        .context("cargo metadata")
}

/// One error out of a list of complaints: none is well, several are one text of as many lines.
fn complain(complaints: &[String]) -> Result<()> {
    if complaints.is_empty() {
        return Ok(());
    }
    anyhow::bail!("{}", complaints.join("\n"))
}
