//! Where files wait until their rows are read: a folder of this machine, bounded.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncWriteExt as _, BufWriter};

/// How much of a file is kept in memory before it is written.
const BUFFER_BYTES: usize = 256 * 1024;
/// What a file is called that has not arrived whole.
const PARTIAL: &str = ".part";
/// Holds the name of the folder, by which its files are told from those of another machine.
const ID_FILE: &str = "id";

/// How large files may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolBounds {
    /// The largest file, in bytes.
    pub file_bytes_max: u64,
    /// The most that all files may take together, in bytes.
    pub folder_bytes_max: u64,
}

impl Default for SpoolBounds {
    /// A file of a gigabyte, and four of them.
    fn default() -> Self {
        Self { file_bytes_max: 1 << 30, folder_bytes_max: 4 << 30 }
    }
}

/// A folder with files whose rows are being read.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    id: String,
    bounds: SpoolBounds,
    used: Arc<AtomicU64>,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is no folder for files.
    #[error("this server has no folder for files")]
    NoFolder,
    /// It is too large.
    #[error("the file is larger than {allowed} bytes, which is the most that is taken: split it")]
    TooLarge {
        /// How large it may be.
        allowed: u64,
    },
    /// Others take all the room.
    #[error("the folder for files is full: others are being read; try again when they are done")]
    NoRoom,
    /// The folder takes no more.
    #[error("the file could not be kept: {0}")]
    Io(#[from] io::Error),
}

impl UploadError {
    /// Whether it may work a little later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::NoRoom => true,
            Self::NoFolder | Self::TooLarge { .. } | Self::Io(_) => false,
        }
    }
}

impl Spool {
    /// A folder, which is made if it is not there. Files that never arrived whole are removed.
    ///
    /// # Errors
    ///
    /// It cannot be made or read.
    pub fn open(folder: &Path, bounds: SpoolBounds) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (folder, id) = (folder.to_owned(), id_of(&folder.join(ID_FILE))?);
        let spool = Self { folder, id, bounds, used: Arc::new(AtomicU64::new(0)) };
        for (name, bytes) in spool.files()? {
            if name.ends_with(PARTIAL) {
                fs::remove_file(spool.folder.join(name))?;
            } else {
                spool.used.fetch_add(bytes, Ordering::Relaxed);
            }
        }
        Ok(spool)
    }

    fn files(&self) -> io::Result<Vec<(String, u64)>> {
        let files = fs::read_dir(&self.folder)?.map(|entry| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()))
        });
        let is_ours = |file: &io::Result<(String, u64)>| file.as_ref().is_ok_and(|(name, _)| name != ID_FILE);
        files.filter(|file| file.is_err() || is_ours(file)).collect()
    }

    /// Whether a file was taken here, be it there still or not.
    pub fn took(&self, name: &str) -> bool {
        name.strip_prefix(&self.id).is_some_and(|rest| rest.starts_with('-'))
    }

    /// Begins a file.
    ///
    /// # Errors
    ///
    /// The folder takes none.
    pub async fn receive(&self) -> Result<Upload, UploadError> {
        let name = format!("{}-{}", self.id, random_name());
        let path = self.folder.join(format!("{name}{PARTIAL}"));
        let file = tokio::fs::File::options().write(true).create_new(true).open(&path).await?;
        let partial = Partial { path, bytes: 0, used: Arc::clone(&self.used), is_whole: false };
        Ok(Upload { name, file: BufWriter::with_capacity(BUFFER_BYTES, file), partial, bounds: self.bounds })
    }

    /// Opens a file that arrived whole.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.folder.join(name))
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) {
        let path = self.folder.join(name);
        let bytes = fs::metadata(&path).map_or(0, |about| about.len());
        if !name.is_empty() && fs::remove_file(&path).is_ok() {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Removes every file but these.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn keep_only(&self, names: &BTreeSet<String>) -> io::Result<()> {
        for (name, _) in self.files()? {
            if !names.contains(&name) {
                self.remove(&name);
            }
        }
        Ok(())
    }
}

fn random_name() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// The name that stands in a file, or a new one that is written there.
fn id_of(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(id) if !id.is_empty() => Ok(id),
        Ok(_) => write_id(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => write_id(path),
        Err(error) => Err(error),
    }
}

fn write_id(path: &Path) -> io::Result<String> {
    let id = random_name();
    fs::write(path, &id)?;
    Ok(id)
}

/// A file that is arriving. Dropped before its end, nothing of it stays.
#[derive(Debug)]
pub struct Upload {
    name: String,
    file: BufWriter<tokio::fs::File>,
    partial: Partial,
    bounds: SpoolBounds,
}

/// What a file takes while it arrives.
#[derive(Debug)]
struct Partial {
    path: PathBuf,
    bytes: u64,
    used: Arc<AtomicU64>,
    is_whole: bool,
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_whole {
            // Whoever starts next removes it otherwise.
            let _ = fs::remove_file(&self.path);
            self.used.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

/// A file that arrived whole. Dropped before an import takes it, it is removed.
#[derive(Debug)]
pub struct Uploaded {
    partial: Partial,
    pub(super) name: String,
}

impl Upload {
    /// The largest file that is taken, in bytes.
    pub fn file_bytes_max(&self) -> u64 {
        self.bounds.file_bytes_max
    }

    /// Writes what follows.
    ///
    /// # Errors
    ///
    /// It is too much, or the folder takes no more.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        let more = bytes.len() as u64;
        let used = self.partial.used.fetch_add(more, Ordering::Relaxed) + more;
        self.partial.bytes += more;
        if self.partial.bytes > self.bounds.file_bytes_max {
            return Err(UploadError::TooLarge { allowed: self.bounds.file_bytes_max });
        }
        if used > self.bounds.folder_bytes_max {
            return Err(UploadError::NoRoom);
        }
        Ok(self.file.write_all(bytes).await?)
    }

    /// Ends it: what is on disk now survives a power cut.
    ///
    /// # Errors
    ///
    /// The folder takes no more.
    pub async fn finish(mut self) -> Result<Uploaded, UploadError> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        let mut partial = self.partial;
        let whole = partial.path.with_extension("");
        tokio::fs::rename(&partial.path, &whole).await?;
        partial.path = whole;
        Ok(Uploaded { partial, name: self.name })
    }
}

impl Uploaded {
    /// How large it is.
    pub fn bytes(&self) -> u64 {
        self.partial.bytes
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn open(&self) -> io::Result<File> {
        File::open(&self.partial.path)
    }

    /// Leaves it to an import.
    pub(super) fn leave(mut self) {
        self.partial.is_whole = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(folder: &tempfile::TempDir, file_bytes_max: u64, folder_bytes_max: u64) -> Spool {
        Spool::open(folder.path(), SpoolBounds { file_bytes_max, folder_bytes_max }).unwrap()
    }

    fn left(folder: &tempfile::TempDir) -> usize {
        fs::read_dir(folder.path()).unwrap().count() - 1
    }

    async fn received(spool: &Spool, bytes: usize) -> Result<Uploaded, UploadError> {
        let mut upload = spool.receive().await?;
        for _ in 0..bytes {
            upload.write(b"a").await?;
        }
        upload.finish().await
    }

    #[tokio::test]
    async fn a_file_is_bounded_and_so_are_all_together() {
        let folder = tempfile::tempdir().unwrap();
        let spool = spool(&folder, 10, 15);
        assert!(matches!(received(&spool, 11).await, Err(UploadError::TooLarge { allowed: 10 })));
        let kept = received(&spool, 10).await.unwrap();
        assert!(matches!(received(&spool, 6).await, Err(UploadError::NoRoom)));
        assert_eq!(received(&spool, 5).await.unwrap().bytes(), 5);
        assert_eq!(left(&folder), 1);
        drop(kept);
        assert_eq!((left(&folder), spool.used.load(Ordering::Relaxed)), (0, 0));
    }

    #[tokio::test]
    async fn what_nobody_needs_is_removed_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let first = spool(&folder, 10, 20);
        let (needed, other) = (received(&first, 7).await.unwrap(), received(&first, 3).await.unwrap());
        let names = BTreeSet::from([needed.name.clone()]);
        needed.leave();
        other.leave();
        std::mem::forget(first.receive().await.unwrap());
        let next = spool(&folder, 10, 20);
        assert_eq!((left(&folder), next.used.load(Ordering::Relaxed)), (2, 10));
        next.keep_only(&names).unwrap();
        assert_eq!((left(&folder), next.used.load(Ordering::Relaxed)), (1, 7));
        next.remove(names.first().unwrap());
        assert_eq!((left(&folder), next.used.load(Ordering::Relaxed)), (0, 0));
    }
}
