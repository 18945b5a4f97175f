//! Creates scratch folders, and removes those of killed sweeps.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

/// The beginning of the names of scratch folders.
const PREFIX: &str = "tokensweep-mirror-";

/// A folder of this age is locked, if its sweep still runs.
const MIN_AGE: Duration = Duration::from_secs(60);

/// A temporary folder. It is deleted with this, and locked until then.
#[derive(Debug)]
pub(super) struct ScratchFolder {
    folder: TempDir,
    /// `None` on systems that do not open folders.
    _lock: Option<File>,
}

impl ScratchFolder {
    /// Creates a folder.
    ///
    /// # Errors
    /// If it cannot be created.
    pub(super) fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let lock = lock(folder.path());
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn lock(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    file.try_lock().is_ok().then_some(file)
}

/// Removes the scratch folders of sweeps that were killed: those that nobody has locked. They may contain whole
/// repositories.
pub(super) fn remove_abandoned() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let is_scratch = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata().is_ok_and(|metadata| {
                let age = metadata
                    .modified()
                    .ok()
                    .and_then(|time| time.elapsed().ok());
                metadata.is_dir() && age.is_some_and(|age| age >= MIN_AGE)
            });
        if is_scratch && let Some(_lock) = lock(&entry.path()) {
            // The next sweep tries again to remove it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
