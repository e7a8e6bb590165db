//! Reading what the command line names: files, folders, standard input.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde::de::DeserializeOwned;
use tearline_core::read::from_value;
use tearline_core::source::{SourceFault, Sources};
use tearline_core::yaml::{self, Located, Place};

use crate::stop::Stop;

/// The largest file that is read, in bytes; a little above what a text may have, so that the fault names that.
const FILE_BYTES_MAX: u64 = yaml::TEXT_BYTES_MAX as u64 + 1;

/// A text and where it came from.
#[derive(Debug)]
pub(crate) struct Text {
    file: String,
    text: String,
}

/// Reads a file, or standard input for `-`.
pub(crate) fn text(path: &Path) -> Result<Text, Stop> {
    let file = if is_stdin(path) { "(standard input)".to_owned() } else { path.display().to_string() };
    let bytes = bytes(path).map_err(|error| cannot_read(&file, error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { file, text }),
        Err(error) => {
            let place = end_of(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            let message = "is not UTF-8: save the file in that encoding".to_owned();
            Err(Stop::input([SourceFault { file, place, pointer: String::new(), message }]))
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_stdin(path) {
        io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A name that leads nowhere is the caller's mistake; anything else is the world's.
fn cannot_read(file: &str, error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::NotFound => Stop::input([format!("{file}: there is no such file")]),
        io::ErrorKind::IsADirectory => Stop::input([format!("{file}: is a folder, and a file is needed")]),
        _ => Stop::World(anyhow!(error).context(format!("cannot read {file}"))),
    }
}

/// The place after the last character of a text's valid beginning.
fn end_of(valid: &[u8]) -> Place {
    let text = String::from_utf8_lossy(valid);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Place { line: text.matches('\n').count() + 1, column: last.chars().count() + 1 }
}

impl Text {
    /// Reads the one value that the text holds, with the places of everything in it.
    pub(crate) fn read_one<T: DeserializeOwned>(&self, what: &str) -> Result<(T, Located), Stop> {
        let top = |message: String| self.fault_at(Place { line: 1, column: 1 }, String::new(), message);
        let read = yaml::read(&self.text)
            .map_err(|fault| Stop::input([self.fault_at(fault.place, String::new(), fault.message)]))?;
        let located = match <[Located; 1]>::try_from(read) {
            Ok([located]) => located,
            Err(others) if others.is_empty() => {
                return Err(Stop::input([top(format!("is empty, and {what} is needed"))]));
            }
            Err(_) => return Err(Stop::input([top(format!("holds several documents; {what} is needed"))])),
        };
        let value = from_value(located.value.clone())
            .map_err(|fault| Stop::input([self.fault(&located, fault.pointer, fault.message)]))?;
        Ok((value, located))
    }

    /// A fault in the text, by its JSON pointer.
    pub(crate) fn fault(&self, located: &Located, pointer: String, message: String) -> SourceFault {
        self.fault_at(located.place(&pointer), pointer, message)
    }

    fn fault_at(&self, place: Place, pointer: String, message: String) -> SourceFault {
        SourceFault { file: self.file.clone(), place, pointer, message }
    }
}

/// Reads a shop's documents from files and folders.
pub(crate) fn shop(paths: &[PathBuf]) -> Result<Sources, Stop> {
    let (mut sources, mut faults) = (Sources::default(), Vec::new());
    for path in paths {
        for file in files(path)? {
            let Text { file, text } = text(&file)?;
            let before = sources.documents.len();
            match sources.read(&file, &text) {
                Err(found) => faults.extend(found),
                Ok(()) if sources.documents.len() == before => faults.push(SourceFault {
                    file,
                    place: Place { line: 1, column: 1 },
                    pointer: String::new(),
                    message: "has no document in it: a document starts with `kind` and `id`".to_owned(),
                }),
                Ok(()) => {}
            }
        }
    }
    if faults.is_empty() {
        faults.extend(sources.shop().err());
    }
    if faults.is_empty() { Ok(sources) } else { Err(Stop::input(faults)) }
}

/// A file itself; of a folder, its YAML files by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, Stop> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .filter(|path| path.as_ref().is_ok_and(|path| is_yaml(path)) || path.is_err())
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    if files.is_empty() {
        return Err(Stop::input([format!("{}: there is no .yaml file in this folder", path.display())]));
    }
    Ok(files)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}
