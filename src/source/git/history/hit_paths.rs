//! Which folders lead to the wanted blobs, under which names.

use std::collections::HashSet;

use super::super::pack::pack::NONE;
use super::grouped::Grouped;
use super::tree_pass::{TreeChange, TreePassResult};

/// How deep folders nest; Git stops there as well (`core.maxTreeDepth`).
pub(crate) const MAX_DEPTH: usize = 2048;

/// By folder: the entries that lead to a wanted blob, sorted: the number of the name, and of what it
/// names.
pub(crate) struct HitPaths {
    /// By the number of an object: where its entries are, or [`NONE`].
    slots: Vec<u32>,
    entries: Vec<FolderEntries>,
}

/// In a folder of so many entries another is looked for by its hash.
const WIDE: usize = 64;

/// The entries of wide folders.
#[derive(Default)]
struct WideFolders(HashSet<(u32, u32, u32)>);

impl WideFolders {
    /// Adds an entry to those of a folder; false if it has it.
    fn add(&mut self, folder: u32, entries: &mut Vec<(u32, u32)>, entry: (u32, u32)) -> bool {
        let key = |(name, child): (u32, u32)| (folder, name, child);
        let is_new = if entries.len() < WIDE {
            !entries.contains(&entry)
        } else {
            self.0.insert(key(entry))
        };
        if is_new {
            entries.push(entry);
            if entries.len() == WIDE {
                self.0.extend(entries.iter().copied().map(key));
            }
        }
        is_new
    }
}

/// The number of a folder and its entries.
type FolderEntries = (u32, Vec<(u32, u32)>);

impl HitPaths {
    /// The folders, out of `seen`, that lead to `blobs`, in a store of `count` objects.
    pub(crate) fn new(
        seen: &TreePassResult,
        blobs: impl IntoIterator<Item = u32>,
        count: usize,
    ) -> Self {
        let mut paths = Self {
            slots: vec![NONE; count],
            entries: Vec::new(),
        };
        let folders = || (0u32..).zip(&seen.folders);
        let bases = folders().filter(|(_, folder)| folder.base != NONE);
        let built_on = Grouped::new(count, bases.map(|(place, folder)| (folder.base, place)));
        // By change: the folder that it belongs to.
        let mut owners = vec![NONE; seen.changes.len()];
        for (place, folder) in folders() {
            owners[folder.changes.clone()].fill(place);
        }
        let added = (0u32..)
            .zip(&seen.changes)
            .filter(|(_, change)| !change.is_removal)
            .map(|(index, change)| (change.child, index));
        let holders = Grouped::new(count, added);
        let mut queue: Vec<u32> = blobs.into_iter().collect();
        let mut is_queued = vec![false; count];
        for &blob in &queue {
            is_queued[blob as usize] = true;
        }
        let mut wide = WideFolders::default();
        while let Some(child) = queue.pop() {
            for &index in holders.of(child) {
                let change = &seen.changes[index as usize];
                let removal = TreeChange {
                    is_removal: true,
                    ..*change
                };
                // It stays in all that builds on the folder, until one takes it out.
                let mut heirs = vec![owners[index as usize]];
                while let Some(heir) = heirs.pop() {
                    let Some(heir) = seen.folders.get(heir as usize) else {
                        continue;
                    };
                    let entry = (change.name, child);
                    if !wide.add(heir.number, paths.entries_mut(heir.number), entry) {
                        continue;
                    }
                    if !std::mem::replace(&mut is_queued[heir.number as usize], true) {
                        queue.push(heir.number);
                    }
                    let next = built_on.of(heir.number).iter().copied();
                    heirs.extend(next.filter(|&heir| {
                        let changes = seen.folders[heir as usize].changes.clone();
                        seen.changes[changes].binary_search(&removal).is_err()
                    }));
                }
            }
        }
        for (_, entries) in &mut paths.entries {
            entries.sort_unstable();
        }
        paths
    }

    fn entries_mut(&mut self, folder: u32) -> &mut Vec<(u32, u32)> {
        let slot = &mut self.slots[folder as usize];
        if *slot == NONE {
            *slot = u32::try_from(self.entries.len()).unwrap_or(NONE);
            self.entries.push((folder, Vec::new()));
        }
        &mut self.entries[*slot as usize].1
    }

    fn slot(&self, folder: u32) -> Option<&FolderEntries> {
        let slot = *self.slots.get(folder as usize)?;
        self.entries.get(slot as usize)
    }

    /// The entries of a folder that lead to a wanted blob, sorted.
    pub(crate) fn entries(&self, folder: u32) -> &[(u32, u32)] {
        self.slot(folder).map_or(&[], |(_, entries)| entries)
    }

    /// True if it is a folder that leads to a wanted blob.
    pub(crate) fn is_folder(&self, number: u32) -> bool {
        self.slot(number).is_some()
    }

    /// What a folder has under a name, if that leads to a wanted blob.
    pub(crate) fn entry(&self, folder: u32, name: u32) -> Option<u32> {
        let entries = self.entries(folder);
        let at = entries.partition_point(|entry| entry.0 < name);
        let &(found, child) = entries.get(at)?;
        (found == name).then_some(child)
    }

    /// The folders that hold each thing: what, the name, the folder; sorted.
    pub(crate) fn holders(&self) -> Vec<(u32, u32, u32)> {
        let mut holders: Vec<_> = self
            .entries
            .iter()
            .flat_map(|(folder, entries)| {
                let entries = entries.iter();
                entries.map(|&(name, child)| (child, name, *folder))
            })
            .collect();
        holders.sort_unstable();
        holders
    }
}
