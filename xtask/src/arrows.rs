//! Who uses whom: the workspace's arrows as they are, against those that `STYLE.md` lists.
//!
//! `STYLE.md` holds two fenced blocks, read here word for word so that the text is the rule:
//! `arrows` (`tearline-core: tearline-pricing`, for each crate the crates it may use, `anything` for tools)
//! and `homes` (`axum: tearline-web`, for each heavy library the crates that may name it).
//! Dev-dependencies are no arrows: a test may drive the house through any door.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

use crate::root;

/// For each crate (or library), a set of crate names.
pub type Lists = BTreeMap<String, BTreeSet<String>>;

/// What a tool's line says instead of names: it may use any crate, and is home to any library.
const ANYTHING: &str = "anything";

/// The crates that do no I/O, read no clock and draw no randomness.
const PURE: &[&str] = &["tearline-pricing", "tearline-core"];

/// What may stand nowhere beneath a pure crate, however deep.
const IMPURE: &[&str] = &["axum", "hyper", "lettre", "mio", "rand", "reqwest", "rusqlite", "tokio"];

/// What `STYLE.md` allows.
#[derive(Debug)]
pub struct StyleGuide {
    /// For each crate, those it may use.
    pub arrows: Lists,
    /// For each heavy library, the crates that may name it.
    pub homes: Lists,
}

/// Reads both blocks of `STYLE.md`.
pub fn style_guide() -> Result<StyleGuide> {
    let text = fs::read_to_string(root().join("STYLE.md")).context("STYLE.md")?;
    Ok(StyleGuide { arrows: block(&text, "arrows")?, homes: block(&text, "homes")? })
}

/// The fenced block called `name`, one `key: word, word` a line; no words after the colon is an empty set.
///
/// # Errors
///
/// When `text` has no such block, the block has no end, or a line has no colon.
pub fn block(text: &str, name: &str) -> Result<Lists> {
    let mut lines =
        text.lines().skip_while(|line| line.trim_end() != format!("```{name}")).skip(1).peekable();
    if lines.peek().is_none() {
        bail!("STYLE.md has no block ```{name}");
    }
    let mut lists = Lists::new();
    for line in lines {
        if line.trim_end() == "```" {
            return Ok(lists);
        }
        if line.trim().is_empty() {
            continue;
        }
        let (key, words) =
            line.split_once(':').with_context(|| format!("```{name}: no colon in {line:?}"))?;
        let words = words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned);
        lists.insert(key.trim().to_owned(), words.collect());
    }
    bail!("STYLE.md: the block ```{name} has no end")
}

/// All that is wrong with the workspace's dependencies; empty when all is well.
pub fn complaints(metadata: &Metadata, guide: &StyleGuide) -> Result<Vec<String>> {
    let uses = uses(metadata);
    let mut complaints = new_arrows(&uses, &guide.arrows);
    complaints.extend(strayed(&uses, guide));
    for pure in PURE {
        complaints.extend(impure(pure, &beneath(metadata, pure)?));
    }
    Ok(complaints)
}

/// For each crate of the workspace, whatever it names in `[dependencies]` and `[build-dependencies]`.
pub fn uses(metadata: &Metadata) -> Lists {
    let named = |package: &Package| {
        let real = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        real.map(|dependency| dependency.name.clone()).collect()
    };
    metadata.workspace_packages().iter().map(|package| (package.name.to_string(), named(package))).collect()
}

/// The arrows between crates of the workspace, one crate a line, as `cargo xtask arrows` prints them.
pub fn drawn(metadata: &Metadata) -> String {
    let uses = uses(metadata);
    uses.iter().fold(String::new(), |mut text, (crate_, used)| {
        let used: Vec<&str> =
            used.iter().filter(|name| uses.contains_key(*name)).map(String::as_str).collect();
        let used = if used.is_empty() { "nobody".to_owned() } else { used.join(", ") };
        writeln!(text, "{crate_:<16} -> {used}").expect("a String takes all that is written");
        text
    })
}

/// Arrows that are there and not listed. One that is listed and not there may come yet, and is no fault.
///
/// ```
/// # use xtask::arrows::{block, new_arrows};
/// let uses = block("```arrows\na: b, serde\nb:\n```", "arrows").unwrap();
/// let listed = block("```arrows\na:\nb:\n```", "arrows").unwrap();
/// assert!(new_arrows(&uses, &listed)[0].starts_with("a uses b"));
/// assert_eq!(new_arrows(&uses, &uses), [""; 0]);
/// ```
pub fn new_arrows(uses: &Lists, listed: &Lists) -> Vec<String> {
    let mut complaints = Vec::new();
    for (crate_, used) in uses {
        let Some(may) = listed.get(crate_) else {
            complaints.push(format!("{crate_} has no line in the arrows of STYLE.md: whom may it use?"));
            continue;
        };
        if may.contains(ANYTHING) {
            continue;
        }
        for name in used.iter().filter(|name| uses.contains_key(*name) && !may.contains(*name)) {
            complaints.push(format!(
                "{crate_} uses {name}, which the arrows of STYLE.md do not list: a new arrow is a decision, \
                 list it there or take the dependency out"
            ));
        }
    }
    complaints
}

/// Heavy libraries named outside their home.
pub fn strayed(uses: &Lists, guide: &StyleGuide) -> Vec<String> {
    let is_tool = |crate_: &str| guide.arrows.get(crate_).is_some_and(|may| may.contains(ANYTHING));
    let mut complaints = Vec::new();
    for (library, homes) in &guide.homes {
        for (crate_, _) in uses.iter().filter(|(_, used)| used.contains(library)) {
            if !homes.contains(crate_) && !is_tool(crate_) {
                let homes = homes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                complaints.push(format!("{crate_} uses {library}, whose home is {homes} (STYLE.md, homes)"));
            }
        }
    }
    complaints
}

/// What stands beneath a pure crate and should not.
pub fn impure(crate_: &str, beneath: &BTreeSet<String>) -> Vec<String> {
    let found = IMPURE.iter().filter(|name| beneath.contains(**name));
    found
        .map(|name| format!("{crate_} is pure and depends on {name}: `cargo tree -p {crate_} -i {name}`"))
        .collect()
}

/// Names of all crates that `crate_` reaches over normal dependencies, with the features that the
/// workspace as a whole switches on.
pub fn beneath(metadata: &Metadata, crate_: &str) -> Result<BTreeSet<String>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata without a dependency graph")?;
    let start = metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == crate_);
    let start = start.with_context(|| format!("the workspace has no crate {crate_}"))?;
    let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
    let mut open = vec![&start.id];
    while let Some(id) = open.pop() {
        let normal = resolve[id]
            .deps
            .iter()
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        open.extend(normal.map(|dependency| &dependency.pkg).filter(|id| seen.insert(id)));
    }
    Ok(seen.into_iter().map(|id| metadata[id].name.to_string()).collect())
}
