//! A folder of the walk with known entries, which stays open if possible.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::directory::{DirectoryEntry, DirectoryHandle};
use super::folder_rules::FolderRules;

/// Maximum number of open folders: some systems allow a process 256 open files, and each thread needs a few.
const MAX_OPEN: usize = 128;

/// A root of the walk that is a folder. It stays open as long as there is work below it.
#[derive(Debug)]
pub(super) struct WalkRoot {
    path: PathBuf,
    pub(super) directory: DirectoryHandle,
}

/// A folder and its entries.
#[derive(Debug)]
pub(super) struct ListedFolder<'w> {
    /// Spelled like the root.
    pub(super) path: PathBuf,
    /// The rules by which Git ignores its entries.
    pub(super) rules: Arc<FolderRules>,
    /// Unsorted.
    pub(super) entries: Vec<DirectoryEntry>,
    root: Arc<WalkRoot>,
    open: Option<OpenDirectory<'w>>,
}

/// Counts the open folders.
#[derive(Debug, Default)]
pub(super) struct OpenSlots(AtomicUsize);

/// A folder that stays open.
#[derive(Debug)]
struct OpenDirectory<'w> {
    directory: DirectoryHandle,
    slots: &'w OpenSlots,
}

impl WalkRoot {
    /// Opens a root, which may be a link to a folder.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            directory: DirectoryHandle::open(path)?,
        })
    }
}

impl<'w> ListedFolder<'w> {
    /// Creates the folder `path`, which is `directory`, or the root if that is `None`.
    pub(super) fn new(
        path: PathBuf,
        root: Arc<WalkRoot>,
        directory: Option<DirectoryHandle>,
        entries: Vec<DirectoryEntry>,
        rules: Arc<FolderRules>,
        slots: &'w OpenSlots,
    ) -> Self {
        Self {
            open: directory.and_then(|directory| slots.hold(directory)),
            path,
            rules,
            entries,
            root,
        }
    }

    /// Returns the root.
    pub(super) fn root(&self) -> Arc<WalkRoot> {
        Arc::clone(&self.root)
    }

    /// Runs work in the folder. A folder that could not stay open is opened again, name by name from the root.
    ///
    /// # Errors
    /// If the folder cannot be opened again.
    pub(super) fn within<R>(&self, work: impl FnOnce(&DirectoryHandle) -> R) -> io::Result<R> {
        if let Some(held) = &self.open {
            return Ok(work(&held.directory));
        }
        let mut open: Option<DirectoryHandle> = None;
        let below = self.path.strip_prefix(&self.root.path);
        for name in below.unwrap_or(Path::new("")) {
            let above = open.as_ref().unwrap_or(&self.root.directory);
            open = Some(above.folder(name)?);
        }
        Ok(work(open.as_ref().unwrap_or(&self.root.directory)))
    }
}

impl OpenSlots {
    /// Keeps a folder open unless too many are.
    fn hold(&self, directory: DirectoryHandle) -> Option<OpenDirectory<'_>> {
        let held = OpenDirectory {
            directory,
            slots: self,
        };
        // Dropping the folder releases its slot.
        (self.0.fetch_add(1, Ordering::Relaxed) < MAX_OPEN).then_some(held)
    }
}

impl Drop for OpenDirectory<'_> {
    fn drop(&mut self) {
        self.slots.0.fetch_sub(1, Ordering::Relaxed);
    }
}
