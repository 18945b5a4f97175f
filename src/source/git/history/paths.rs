//! Which folders lead to the wanted blobs, under which names.

use std::collections::{HashMap, HashSet};

use super::folders::{Change, Folders};
use super::pack::NONE;

/// How deep folders nest; Git stops there as well (`core.maxTreeDepth`).
pub(crate) const MAX_DEPTH: usize = 2048;

/// By folder: the entries that lead to a wanted blob, sorted: the number of the name, and of what it
/// names.
#[derive(Default)]
pub(crate) struct Paths {
    children: HashMap<u32, Vec<(u32, u32)>>,
}

impl Paths {
    /// The folders, out of `seen`, that lead to `blobs`.
    pub(crate) fn new(seen: &Folders, blobs: impl IntoIterator<Item = u32>) -> Self {
        let folders = &seen.folders;
        let index = |place: usize| u32::try_from(place).unwrap_or(NONE);
        let mut built_on: Vec<(u32, u32)> = Vec::new();
        let mut holders: Vec<(u32, u32)> = Vec::new();
        for (place, folder) in folders.iter().enumerate() {
            if folder.base != NONE {
                built_on.push((folder.base, index(place)));
            }
            for change in &seen.changes[folder.changes.clone()] {
                if !change.is_removal {
                    holders.push((change.child, index(place)));
                }
            }
        }
        built_on.sort_unstable();
        holders.sort_unstable();
        holders.dedup();
        let mut children: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
        let mut queue: Vec<u32> = blobs.into_iter().collect();
        let mut queued: HashSet<u32> = queue.iter().copied().collect();
        while let Some(child) = queue.pop() {
            for &(_, place) in with_key(&holders, child) {
                let folder = &folders[place as usize];
                let names = seen.changes[folder.changes.clone()].iter();
                for change in names.filter(|c| c.child == child && !c.is_removal) {
                    // It stays in all that builds on the folder, until one takes it out.
                    let mut heirs = vec![place];
                    while let Some(heir) = heirs.pop() {
                        let heir = &folders[heir as usize];
                        let entries = children.entry(heir.number).or_default();
                        let entry = (change.name, child);
                        if entries.contains(&entry) {
                            continue;
                        }
                        entries.push(entry);
                        if queued.insert(heir.number) {
                            queue.push(heir.number);
                        }
                        let next = with_key(&built_on, heir.number).iter();
                        heirs.extend(next.map(|&(_, heir)| heir).filter(|&heir| {
                            let changes = folders[heir as usize].changes.clone();
                            !seen.changes[changes].contains(&Change {
                                is_removal: true,
                                ..*change
                            })
                        }));
                    }
                }
            }
        }
        for entries in children.values_mut() {
            entries.sort_unstable();
        }
        Self { children }
    }

    /// The entries of a folder that lead to a wanted blob, sorted.
    pub(crate) fn entries(&self, folder: u32) -> &[(u32, u32)] {
        self.children.get(&folder).map_or(&[], Vec::as_slice)
    }

    /// True if it is a folder that leads to a wanted blob.
    pub(crate) fn is_folder(&self, number: u32) -> bool {
        self.children.contains_key(&number)
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
            .children
            .iter()
            .flat_map(|(&folder, entries)| {
                let entries = entries.iter();
                entries.map(move |&(name, child)| (child, name, folder))
            })
            .collect();
        holders.sort_unstable();
        holders
    }
}

/// The stretch of a sorted list with this key.
fn with_key(list: &[(u32, u32)], key: u32) -> &[(u32, u32)] {
    let start = list.partition_point(|entry| entry.0 < key);
    let length = list[start..].partition_point(|entry| entry.0 == key);
    &list[start..start + length]
}
