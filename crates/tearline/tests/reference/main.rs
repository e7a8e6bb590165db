//! The parts of `docs/reference` that a program writes: held to what it would write today.
//!
//! `UPDATE_REFERENCE=1 cargo nextest run -p tearline --test reference` renews them.

#[expect(dead_code, reason = "the reference needs a part of it")]
#[path = "../cases/case.rs"]
mod case;
mod json;
mod kept;
#[path = "../cases/library.rs"]
mod library;
mod vectors;

use std::path::{Path, PathBuf};

/// A place in the repository.
fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

#[test]
fn the_test_vectors_are_current() {
    kept::hold("docs/reference/vectors", "json", &vectors::files());
}
