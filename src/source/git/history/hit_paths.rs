//! The folders that lead to the blobs with secrets, and the names of their entries.

use std::collections::HashSet;

use super::super::pack::forest::NONE;
use super::grouped::Grouped;
use super::tree_pass::{TreeChange, TreePassResult};

/// Maximum nesting of folders; Git has the same bound (`core.maxTreeDepth`).
pub(crate) const MAX_DEPTH: usize = 2048;

/// An entry of a folder: the number of its name, and of its object.
type NamedChild = (u32, u32);

/// By folder: the entries that lead to a blob with secrets, sorted.
pub(crate) struct HitPaths {
    /// By number: the index in `folders`, or [`NONE`].
    indices: Vec<u32>,
    folders: Vec<(u32, Vec<NamedChild>)>,
}

impl HitPaths {
    /// Selects the folders that lead to `blobs`, in a store of `count` objects.
    pub(crate) fn new(
        trees: &TreePassResult,
        blobs: impl IntoIterator<Item = u32>,
        count: usize,
    ) -> Self {
        let mut paths = Self {
            indices: vec![NONE; count],
            folders: Vec::new(),
        };
        let folders = || (0u32..).zip(&trees.folders);
        let deltas = folders().filter(|(_, folder)| folder.base != NONE);
        let derived = Grouped::new(count, deltas.map(|(index, folder)| (folder.base, index)));
        // By change: the folder that it belongs to.
        let mut owners = vec![NONE; trees.changes.len()];
        for (index, folder) in folders() {
            owners[folder.changes.clone()].fill(index);
        }
        let added = (0u32..)
            .zip(&trees.changes)
            .filter(|(_, change)| !change.is_removal)
            .map(|(index, change)| (change.child, index));
        let added_to = Grouped::new(count, added);
        let mut queue: Vec<u32> = blobs.into_iter().collect();
        let mut is_queued = vec![false; count];
        for &blob in &queue {
            is_queued[blob as usize] = true;
        }
        let mut known: HashSet<(u32, NamedChild)> = HashSet::new();
        while let Some(child) = queue.pop() {
            for &index in added_to.of(child) {
                let change = &trees.changes[index as usize];
                let removal = TreeChange {
                    is_removal: true,
                    ..*change
                };
                // The entry is inherited by all folders that are derived from this one, until one removes it.
                let mut heirs = vec![owners[index as usize]];
                while let Some(heir) = heirs.pop() {
                    let Some(heir) = trees.folders.get(heir as usize) else {
                        continue;
                    };
                    let entry = (change.name, child);
                    if !known.insert((heir.number, entry)) {
                        continue;
                    }
                    paths.entries_mut(heir.number).push(entry);
                    if !std::mem::replace(&mut is_queued[heir.number as usize], true) {
                        queue.push(heir.number);
                    }
                    let next = derived.of(heir.number).iter().copied();
                    heirs.extend(next.filter(|&heir| {
                        let changes = trees.folders[heir as usize].changes.clone();
                        trees.changes[changes].binary_search(&removal).is_err()
                    }));
                }
            }
        }
        for (_, entries) in &mut paths.folders {
            entries.sort_unstable();
        }
        paths
    }

    fn entries_mut(&mut self, folder: u32) -> &mut Vec<NamedChild> {
        let index = &mut self.indices[folder as usize];
        if *index == NONE {
            *index = u32::try_from(self.folders.len()).unwrap_or(NONE);
            self.folders.push((folder, Vec::new()));
        }
        &mut self.folders[*index as usize].1
    }

    fn folder(&self, number: u32) -> Option<&[NamedChild]> {
        let index = *self.indices.get(number as usize)?;
        let (_, entries) = self.folders.get(index as usize)?;
        Some(entries)
    }

    /// Returns the entries of a folder that lead to a blob, sorted.
    pub(crate) fn entries(&self, folder: u32) -> &[NamedChild] {
        self.folder(folder).unwrap_or_default()
    }

    /// Returns true if the object is a folder that leads to a blob.
    pub(crate) fn is_folder(&self, number: u32) -> bool {
        self.folder(number).is_some()
    }

    /// Returns the object with a name in a folder, if it leads to a blob.
    pub(crate) fn entry(&self, folder: u32, name: u32) -> Option<u32> {
        let entries = self.entries(folder);
        let index = entries.partition_point(|entry| entry.0 < name);
        let &(found, child) = entries.get(index)?;
        (found == name).then_some(child)
    }

    /// Returns all entries as child, name and folder; sorted.
    pub(crate) fn by_child(&self) -> Vec<(u32, u32, u32)> {
        let folders = self.folders.iter();
        let mut all: Vec<_> = folders
            .flat_map(|(folder, entries)| {
                let entries = entries.iter();
                entries.map(|&(name, child)| (child, name, *folder))
            })
            .collect();
        all.sort_unstable();
        all
    }
}

/// Returns the names in the path of an object from the topmost folder that contains it, and that folder. `by_child` is the result of
/// [`HitPaths::by_child`].
pub(crate) fn climb(object: u32, by_child: &[(u32, u32, u32)]) -> (Vec<u32>, u32) {
    let mut names = Vec::new();
    let mut top = object;
    while names.len() < MAX_DEPTH {
        let first = by_child.partition_point(|entry| entry.0 < top);
        let Some(&(_, name, folder)) = by_child.get(first).filter(|entry| entry.0 == top) else {
            break;
        };
        names.push(name);
        top = folder;
    }
    names.reverse();
    (names, top)
}
