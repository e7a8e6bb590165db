//! Holds the workspace's dependencies to what `STYLE.md` says of them, and shows that each rule bites.

use std::collections::BTreeSet;

use xtask::arrows::{self, StyleGuide, block};

/// A style guide made up for a test.
fn guide(arrows: &str, homes: &str) -> StyleGuide {
    let text = format!("```arrows\n{arrows}\n```\n```homes\n{homes}\n```");
    StyleGuide { arrows: block(&text, "arrows").unwrap(), homes: block(&text, "homes").unwrap() }
}

#[test]
fn dependencies_are_those_of_the_style_guide() {
    let complaints =
        arrows::complaints(&xtask::metadata().unwrap(), &arrows::style_guide().unwrap()).unwrap();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_real_tree_is_looked_at_to_its_leaves() {
    let beneath = arrows::beneath(&xtask::metadata().unwrap(), "tearline-pricing").unwrap();
    assert!(beneath.contains("serde_core"), "serde's own dependency is beneath pricing: {beneath:?}");
    assert!(!beneath.contains("proptest"), "what only tests use is not");
}

#[test]
fn a_new_arrow_is_refused_and_one_to_come_is_not() {
    let listed = guide("core: pricing, later\npricing:\ntool: anything", "").arrows;
    let fine = guide("core: pricing, serde\npricing:\ntool: core, pricing", "").arrows;
    let inward = guide("core: pricing\npricing: core", "").arrows;
    let unlisted = guide("core:\nnewcomer:\npricing:", "").arrows;

    assert_eq!(arrows::new_arrows(&fine, &listed), [""; 0]);
    assert!(arrows::new_arrows(&inward, &listed)[0].starts_with("pricing uses core"));
    assert!(arrows::new_arrows(&unlisted, &listed)[0].starts_with("newcomer has no line"));
}

#[test]
fn a_heavy_library_has_one_home_and_tools_are_free() {
    let guide = guide("app:\nbench: anything\nstore:", "rusqlite: store");
    let uses = block("```u\napp: rusqlite\nbench: rusqlite\nstore: rusqlite\n```", "u").unwrap();
    assert_eq!(arrows::strayed(&uses, &guide), ["app uses rusqlite, whose home is store (STYLE.md, homes)"]);
}

#[test]
fn a_pure_crate_stands_on_nothing_that_does_io() {
    let beneath = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(arrows::impure("core", &beneath(&["serde", "jiff"])), [""; 0]);
    assert_eq!(arrows::impure("core", &beneath(&["rand", "serde", "tokio"])).len(), 2);
}

#[test]
fn a_block_that_is_missing_open_or_garbled_is_an_error() {
    assert!(block("no block", "arrows").is_err());
    assert!(block("```arrows\na: b\n", "arrows").is_err());
    assert!(block("```arrows\na b\n```", "arrows").is_err());
}

#[test]
fn the_pure_crates_forbid_the_same_things() {
    let lints = ["tearline-pricing", "tearline-core"].map(|name| {
        std::fs::read_to_string(xtask::root().join("crates").join(name).join("clippy.toml")).unwrap()
    });
    assert!(lints[0].contains("std::time::SystemTime::now"));
    assert_eq!(lints[0], lints[1]);
}
