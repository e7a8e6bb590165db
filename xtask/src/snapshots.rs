//! Snapshots that no test looks at any more, and those nobody has reviewed.
//!
//! While tests run, insta writes the path of each snapshot it compares into the file named by
//! `INSTA_SNAPSHOT_REFERENCES_FILE`; what lies in the tree and is not in there has lost its test.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Name of the file that insta writes to, in `target/xtask`.
pub const REFERENCES: &str = "snapshots.txt";

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &[".git", "node_modules", "target"];

/// Complaints about snapshots under `root`: `.snap` files that `references`, a path a line, does not name,
/// and `.snap.new` files, which wait for a review.
pub fn unreferenced(root: &Path, references: &str) -> Result<Vec<String>> {
    let used: BTreeSet<PathBuf> = references.lines().filter_map(|line| fs::canonicalize(line).ok()).collect();
    let mut complaints = Vec::new();
    for path in files(root)? {
        let name = path.to_string_lossy();
        if name.ends_with(".snap.new") {
            complaints.push(format!("{name} waits for a review"));
        } else if name.ends_with(".snap") && !used.contains(&fs::canonicalize(&path)?) {
            complaints
                .push(format!("{name} is used by no test: delete it, or find out why its test is gone"));
        }
    }
    Ok(complaints)
}

/// All files under `folder`, in order of name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_file() {
            found.push(entry.path());
        } else if kind.is_dir() && !SKIPPED.iter().any(|name| entry.file_name() == *name) {
            found.extend(files(&entry.path())?);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::unreferenced;

    #[test]
    fn a_snapshot_without_a_test_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("crates/a/snapshots");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir_all(folder.path().join("target")).unwrap();
        for name in ["used.snap", "lost.snap", "unseen.snap.new", "../../../target/skipped.snap"] {
            fs::write(deep.join(name), "").unwrap();
        }

        let references = format!("{}\n", deep.join("../snapshots/used.snap").display());
        let complaints = unreferenced(folder.path(), &references).unwrap();

        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("lost.snap is used by no test"));
        assert!(complaints[1].contains("unseen.snap.new waits for a review"));
    }
}
