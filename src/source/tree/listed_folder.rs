//! A folder of the walk whose entries are known, and which of these folders stay open.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::directory::{Directory, DirectoryEntry};
use super::folder_rules::FolderRules;

/// How many folders stay open for those below, at most: a process may have 256 files open on some
/// systems, and each thread needs a few.
const MAX_OPEN: usize = 128;

/// A root of the walk that is a folder. It stays open as long as something below it is to be done.
#[derive(Debug)]
pub(super) struct WalkRoot {
    path: PathBuf,
    pub(super) directory: Directory,
}

/// A folder and what stands in it.
#[derive(Debug)]
pub(super) struct ListedFolder<'w> {
    /// Spelled as the root it is below.
    pub(super) path: PathBuf,
    /// What Git leaves out here.
    pub(super) rules: Arc<FolderRules>,
    /// In no order.
    pub(super) entries: Vec<DirectoryEntry>,
    root: Arc<WalkRoot>,
    open: Option<OpenDirectory<'w>>,
}

/// Counts the folders that stay open.
#[derive(Debug, Default)]
pub(super) struct OpenSlots(AtomicUsize);

/// A folder that stays open.
#[derive(Debug)]
struct OpenDirectory<'w> {
    directory: Directory,
    slots: &'w OpenSlots,
}

impl WalkRoot {
    /// Opens a root, which may be a link to a folder.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            directory: Directory::open(path)?,
        })
    }
}

impl<'w> ListedFolder<'w> {
    /// The folder `path`, which is `directory`, or `root` where that is `None`.
    pub(super) fn new(
        path: PathBuf,
        root: Arc<WalkRoot>,
        directory: Option<Directory>,
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

    /// The root it is below.
    pub(super) fn root(&self) -> Arc<WalkRoot> {
        Arc::clone(&self.root)
    }

    /// Does something in the folder; opens it again, name by name from the root, if it could not stay open.
    ///
    /// # Errors
    /// If it cannot be opened again.
    pub(super) fn within<R>(&self, work: impl FnOnce(&Directory) -> R) -> io::Result<R> {
        if let Some(held) = &self.open {
            return Ok(work(&held.directory));
        }
        let mut open: Option<Directory> = None;
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
    fn hold(&self, directory: Directory) -> Option<OpenDirectory<'_>> {
        let held = OpenDirectory {
            directory,
            slots: self,
        };
        // One too many is given back with what is dropped.
        (self.0.fetch_add(1, Ordering::Relaxed) < MAX_OPEN).then_some(held)
    }
}

impl Drop for OpenDirectory<'_> {
    fn drop(&mut self) {
        self.slots.0.fetch_sub(1, Ordering::Relaxed);
    }
}
