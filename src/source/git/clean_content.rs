//! Content that occurs at many paths is scanned once, and its paths are listed up to a bound.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gix::ObjectId;

use super::objects::Objects;
use super::pack::EntryKind;
use super::tree::{self, TreeObject};
use crate::source::ContentKey;

/// At how many paths of one commit fully reported content is scanned. Further paths are counted.
pub(super) const MAX_PATHS: u32 = 1000;

/// Maximum number of blobs and folders without findings that are cached.
const MAX_REMEMBERED: usize = 100_000;

/// Maximum depth at which a folder is searched for findings; deeper ones are compared again.
const MAX_DEPTH: usize = 64;

/// A number of files and their bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ContentAmount {
    /// The number of files.
    pub(super) files: u64,
    /// Their bytes.
    pub(super) bytes: u64,
    /// Number of files with content that is already listed at enough other paths.
    pub(super) unlisted: u64,
}

/// Content without findings, shared by all commits of a run.
#[derive(Debug, Default)]
pub(super) struct CleanContent(Mutex<CleanSets>);

#[derive(Debug, Default)]
struct CleanSets {
    /// Blobs without findings, and their sizes.
    blobs: HashMap<ContentKey, u64>,
    /// Folders whose entries were compared, with their contents if those have no findings.
    folders: HashMap<ObjectId, Option<ContentAmount>>,
}

impl CleanContent {
    /// Returns the size of content without findings.
    pub(super) fn bytes(&self, key: &ContentKey) -> Option<u64> {
        self.lock().blobs.get(key).copied()
    }

    /// Records content without findings.
    pub(super) fn add(&self, key: &ContentKey, bytes: u64) {
        let mut seen = self.lock();
        if seen.blobs.len() >= MAX_REMEMBERED {
            *seen = CleanSets::default();
        }
        seen.blobs.insert(key.clone(), bytes);
    }

    /// Records that all entries of a folder were compared.
    pub(super) fn compared(&self, tree: ObjectId) {
        let mut seen = self.lock();
        if seen.folders.len() >= MAX_REMEMBERED {
            *seen = CleanSets::default();
        }
        seen.folders.entry(tree).or_insert(None);
    }

    /// Returns true if all entries of a folder were compared before.
    pub(super) fn has_compared(&self, tree: ObjectId) -> bool {
        self.lock().folders.contains_key(&tree)
    }

    /// Returns the contents of a folder, if all were scanned before and have no findings under any path, or are
    /// listed often enough.
    pub(super) fn folder(
        &self,
        objects: &Objects,
        tree: ObjectId,
        has_grammar: &dyn Fn(&[u8]) -> bool,
        listed: &mut ListedContent,
    ) -> Option<ContentAmount> {
        self.folder_below(objects, tree, has_grammar, listed, 0)
    }

    fn folder_below(
        &self,
        objects: &Objects,
        id: ObjectId,
        has_grammar: &dyn Fn(&[u8]) -> bool,
        listed: &mut ListedContent,
        depth: usize,
    ) -> Option<ContentAmount> {
        if let Some(known) = listed.folders.get(&id) {
            return Some(*known);
        }
        if let Some(known) = *self.lock().folders.get(&id)? {
            return Some(known);
        }
        if depth > MAX_DEPTH {
            return None;
        }
        let mut amount = ContentAmount::default();
        let tree = TreeObject::read(objects, id).ok()?;
        for entry in tree.entries() {
            let entry = entry.ok()?;
            let id = tree::id_of(&entry)?;
            let more = match entry.kind {
                EntryKind::Tree => {
                    self.folder_below(objects, id, has_grammar, listed, depth + 1)?
                }
                EntryKind::Blob if !has_grammar(entry.name) => {
                    let key = ContentKey::new(id, None);
                    match self.bytes(&key) {
                        Some(bytes) => ContentAmount {
                            files: 1,
                            bytes,
                            unlisted: 0,
                        },
                        None => ContentAmount {
                            files: 1,
                            bytes: listed.bytes(&key)?,
                            unlisted: 1,
                        },
                    }
                }
                EntryKind::Blob | EntryKind::Submodule => return None,
            };
            amount.files = amount.files.saturating_add(more.files);
            amount.bytes = amount.bytes.saturating_add(more.bytes);
            amount.unlisted = amount.unlisted.saturating_add(more.unlisted);
        }
        if amount.unlisted == 0 {
            self.lock().folders.insert(id, Some(amount));
        } else if listed.folders.len() < MAX_REMEMBERED {
            listed.folders.insert(id, amount);
        }
        Some(amount)
    }

    fn lock(&self) -> MutexGuard<'_, CleanSets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the paths of each content in one commit, in the order of the comparison, which does not depend on
/// threads.
#[derive(Default)]
pub(super) struct PathCounts {
    /// By the first bytes of an id.
    counts: HashMap<u64, u32>,
}

impl PathCounts {
    /// Counts a path; returns how many paths the content has so far.
    pub(super) fn add(&mut self, id: ObjectId) -> u32 {
        if self.counts.len() >= MAX_REMEMBERED {
            self.counts.clear();
        }
        let start = id.as_bytes().first_chunk().copied().unwrap_or_default();
        let count = self.counts.entry(u64::from_le_bytes(start)).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

/// Content that is listed at enough paths of one commit, and folders with nothing else.
#[derive(Debug, Default)]
pub(super) struct ListedContent {
    contents: HashMap<ContentKey, u64>,
    folders: HashMap<ObjectId, ContentAmount>,
}

impl ListedContent {
    /// Returns the size of content that is listed often enough.
    pub(super) fn bytes(&self, key: &ContentKey) -> Option<u64> {
        self.contents.get(key).copied()
    }

    /// Records content.
    pub(super) fn add(&mut self, key: ContentKey, bytes: u64) {
        if self.contents.len() < MAX_REMEMBERED {
            self.contents.insert(key, bytes);
        }
    }
}

/// Content of one commit whose findings were all reported at a path.
#[derive(Debug, Default)]
pub(super) struct ReportedContent(Mutex<HashSet<ContentKey>>);

impl ReportedContent {
    /// Records content.
    pub(super) fn add(&self, key: &ContentKey) {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.len() < MAX_REMEMBERED {
            reported.insert(key.clone());
        }
    }

    /// Returns true if the content was recorded.
    pub(super) fn has(&self, key: &ContentKey) -> bool {
        let reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reported.contains(key)
    }
}
