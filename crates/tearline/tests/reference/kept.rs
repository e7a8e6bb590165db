//! Files that are kept in the repository and written by a program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::place;

/// Files by their paths in a folder.
pub(crate) type Files = BTreeMap<String, String>;

/// Holds all the files of a folder with an extension to what they should be; with `UPDATE_REFERENCE` set, makes
/// them so.
pub(crate) fn hold(folder: &str, extension: &str, files: &Files) {
    assert!(!files.is_empty(), "nothing to keep in {folder}");
    if is_renewing() {
        renew(&place(folder), extension, files);
    }
    let kept = read(&place(folder), extension);
    let missing =
        files.keys().filter(|name| !kept.contains_key(*name)).map(|name| format!("{name} is missing"));
    let extra =
        kept.keys().filter(|name| !files.contains_key(*name)).map(|name| format!("{name} is too much"));
    let old = kept.iter().filter(|(name, text)| files.get(*name).is_some_and(|it| it != *text));
    let old = old.map(|(name, _)| format!("{name} is out of date"));
    complain(folder, missing.chain(extra).chain(old));
}

/// Holds a file to what it should be, likewise.
pub(crate) fn hold_file(path: &str, text: &str) {
    if is_renewing() {
        fs::write(place(path), text).unwrap();
    }
    let is_old = fs::read_to_string(place(path)).unwrap_or_default() != text;
    complain(path, is_old.then(|| "it is out of date".to_owned()).into_iter());
}

fn is_renewing() -> bool {
    std::env::var_os("UPDATE_REFERENCE").is_some()
}

fn complain(place: &str, complaints: impl Iterator<Item = String>) {
    let complaints = complaints.collect::<Vec<_>>().join("\n  ");
    assert!(
        complaints.is_empty(),
        "in {place}\n  {complaints}\nRun\n  UPDATE_REFERENCE=1 cargo nextest run -p tearline --test reference\nand \
         look at the difference"
    );
}

fn renew(folder: &Path, extension: &str, files: &Files) {
    for name in read(folder, extension).into_keys().filter(|name| !files.contains_key(name)) {
        fs::remove_file(folder.join(name)).unwrap();
    }
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn read(folder: &Path, extension: &str) -> Files {
    let mut files = Files::new();
    for path in below(folder).into_iter().filter(|path| path.extension().is_some_and(|it| it == extension)) {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        files.insert(name, fs::read_to_string(&path).unwrap());
    }
    files
}

/// Every file in a folder and in those below it.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}
