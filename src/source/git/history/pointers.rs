//! The Git LFS pointers of a history. Their content is in another store and is not scanned, so they are listed.

use super::super::pack::store::ObjectStore;
use super::hit_paths::{self, HitPaths};
use super::tree_pass::TreePassResult;
use crate::model::{BlobPath, SkipReason, SkippedItem};
use crate::source::HistoryVisitor;

/// Maximum number of pointers that are listed; the others are counted.
pub(crate) const MAX_LISTED: usize = 1000;

/// Sorts the pointers; returns those that are listed.
pub(crate) fn listed(pointers: &mut [u32], store: &ObjectStore) -> Vec<u32> {
    pointers.sort_unstable_by_key(|&number| store.id(number));
    pointers.iter().copied().take(MAX_LISTED).collect()
}

/// Lists pointers, each by one of its paths.
pub(crate) fn report(
    pointers: &[u32],
    trees: &TreePassResult,
    names: &[Box<[u8]>],
    store: &ObjectStore,
    visitor: &mut dyn HistoryVisitor,
) {
    let listed = &pointers[..pointers.len().min(MAX_LISTED)];
    if listed.is_empty() {
        return;
    }
    let by_child = HitPaths::new(trees, listed.iter().copied(), store.len()).by_child();
    for &pointer in listed {
        let (path, _) = hit_paths::climb(pointer, &by_child);
        let path = if path.is_empty() {
            BlobPath::from_bytes(format!("blob {}", store.id(pointer)))
        } else {
            let path = path.iter().map(|&name| &*names[name as usize]);
            BlobPath::from_bytes(path.collect::<Vec<_>>().join(&b'/'))
        };
        visitor.skipped(SkippedItem {
            path,
            reason: SkipReason::LfsPointer,
        });
    }
    for _ in listed.len()..pointers.len() {
        visitor.count_skipped(SkipReason::LfsPointer);
    }
}
