//! Moved files: which deleted file an added one was.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gix::ObjectId;
use gix::objs::Kind;

use super::changes::{self, ChangeVisitor, CompareError, FileChange};
use super::commit::CommitObject;
use super::objects::Objects;

/// A larger file is followed only if it was moved without a change.
const MAX_SIZE: u64 = 1024 * 1024;

/// Maximum number of deleted files that an added one is compared with, as in Git. Content of others counts as new.
const MAX_COMPARED: usize = 1000;

/// Maximum number of deleted files of one commit that are recorded. Content of others counts as new.
const MAX_DELETED: usize = 250_000;

/// Maximum number of their sizes that are looked up.
const MAX_SIZED: usize = 20_000;

/// Maximum number of bytes of deleted files that an added one is compared with: a minimum, and a multiple of its size.
const LEAST_BYTES: u64 = 256 * 1024;
const TIMES_SIZE: u64 = 16;

/// A file is compared by its lines, and longer lines by pieces of this length, as in Git.
const MAX_PIECE: usize = 64;

/// Maximum number of pieces of compared files that are cached.
const MAX_PIECES: usize = 500_000;

/// A file of a parent that the commit does not have.
#[derive(Debug)]
pub(super) struct Deleted {
    /// Its path in the parent.
    pub(super) path: Vec<u8>,
    /// Its content.
    pub(super) id: ObjectId,
}

/// The files of a parent that the commit does not have, and which of them were moved.
#[derive(Debug, Default)]
pub(super) struct DeletedFiles {
    files: Vec<Deleted>,
    /// By content: the indices of the first files with it.
    by_content: BTreeMap<ObjectId, Vec<u32>>,
    /// The size of each content and its first file, in the order of files.
    sizes: OnceLock<Vec<(u64, u32)>>,
    /// By content of an added file: the deleted files that it may have been.
    sources: Mutex<HashMap<ObjectId, Arc<[u32]>>>,
    sketches: Mutex<Sketches>,
}

#[derive(Debug, Default)]
struct Sketches {
    by_content: HashMap<ObjectId, Arc<Sketch>>,
    pieces: usize,
    hasher: RandomState,
}

impl DeletedFiles {
    /// Collects the files of the tree `parent` that the commit does not have according to `is_gone`. Entries that
    /// are the same in `tree`, the tree of the commit, are skipped. Stops when `proceed` breaks.
    ///
    /// Folders that cannot be read are skipped: files moved from them count as new, and the comparison of the trees
    /// has reported them.
    pub(super) fn of(
        objects: &Objects,
        parent: ObjectId,
        tree: Option<ObjectId>,
        is_gone: &dyn Fn(&[u8]) -> bool,
        proceed: &dyn Fn() -> ControlFlow<()>,
    ) -> Self {
        let parent_trees: Vec<ObjectId> = tree.into_iter().collect();
        let mut collector = Collector {
            deleted: Self::default(),
            is_gone,
            proceed,
        };
        let _ = changes::of_tree(objects, parent, &parent_trees, &mut collector);
        collector.deleted
    }

    /// Returns the files that an added file with this content may have been: those with the same content, or with
    /// at least half of the larger file in common.
    pub(super) fn sources(
        &self,
        objects: &Objects,
        id: ObjectId,
        proceed: &dyn Fn() -> ControlFlow<()>,
    ) -> impl Iterator<Item = &Deleted> {
        let known = lock(&self.sources).get(&id).cloned();
        let sources = known.unwrap_or_else(|| {
            let sources: Arc<[u32]> = match self.by_content.get(&id) {
                Some(same) => same.as_slice().into(),
                None => self.similar(objects, id, proceed).into(),
            };
            if proceed().is_continue() {
                lock(&self.sources).insert(id, Arc::clone(&sources));
            }
            sources
        });
        let indices: Vec<u32> = sources.to_vec();
        indices
            .into_iter()
            .filter_map(|index| self.files.get(index as usize))
    }

    fn similar(
        &self,
        objects: &Objects,
        id: ObjectId,
        proceed: &dyn Fn() -> ControlFlow<()>,
    ) -> Vec<u32> {
        let Some(own_size) = size_of(objects, id) else {
            return Vec::new();
        };
        let sizes = self.sizes.get_or_init(|| self.sizes(objects, proceed));
        let mut own = None;
        let mut left = LEAST_BYTES.max(own_size.saturating_mul(TIMES_SIZE));
        let mut similar = Vec::new();
        let candidates = sizes
            .iter()
            .filter(|(size, _)| *size.min(&own_size) >= size.max(&own_size).div_ceil(2));
        for &(size, index) in candidates.take(MAX_COMPARED) {
            let Some(rest) = left.checked_sub(size) else {
                break;
            };
            left = rest;
            if proceed().is_break() {
                break;
            }
            if own.is_none() {
                own = self.sketch(objects, id);
            }
            let Some(file) = self.files.get(index as usize) else {
                continue;
            };
            if let (Some(own), Some(other)) = (&own, self.sketch(objects, file.id))
                && own.shares_half(&other)
            {
                let same = self.by_content.get(&file.id);
                similar.extend(same.into_iter().flatten());
            }
        }
        similar.truncate(MAX_COMPARED);
        similar
    }

    fn sizes(&self, objects: &Objects, proceed: &dyn Fn() -> ControlFlow<()>) -> Vec<(u64, u32)> {
        let mut first: Vec<(u32, ObjectId)> = self
            .by_content
            .iter()
            .filter_map(|(id, files)| Some((*files.first()?, *id)))
            .collect();
        first.sort_unstable();
        first
            .into_iter()
            .take(MAX_SIZED)
            .take_while(|_| proceed().is_continue())
            .filter_map(|(index, id)| Some((size_of(objects, id)?, index)))
            .collect()
    }

    fn sketch(&self, objects: &Objects, id: ObjectId) -> Option<Arc<Sketch>> {
        let hasher = {
            let sketches = lock(&self.sketches);
            if let Some(sketch) = sketches.by_content.get(&id) {
                return Some(Arc::clone(sketch));
            }
            sketches.hasher.clone()
        };
        let mut content = Vec::new();
        objects.read(id, MAX_SIZE, &mut content).ok()?;
        let sketch = Arc::new(Sketch::of(&content, &hasher));
        let mut sketches = lock(&self.sketches);
        sketches.pieces += sketch.pieces.len();
        if sketches.pieces > MAX_PIECES {
            sketches.by_content.clear();
            sketches.pieces = sketch.pieces.len();
        }
        sketches.by_content.insert(id, Arc::clone(&sketch));
        Some(sketch)
    }
}

/// Returns the size of a file that is small enough to be compared.
fn size_of(objects: &Objects, id: ObjectId) -> Option<u64> {
    match objects.header(id) {
        Ok((Kind::Blob, size)) if size > 0 && size <= MAX_SIZE => Some(size),
        _ => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Collector<'a> {
    deleted: DeletedFiles,
    is_gone: &'a dyn Fn(&[u8]) -> bool,
    proceed: &'a dyn Fn() -> ControlFlow<()>,
}

impl ChangeVisitor for Collector<'_> {
    fn change(&mut self, change: FileChange) -> ControlFlow<()> {
        let FileChange {
            path,
            id,
            in_parents,
            ..
        } = change;
        if in_parents.iter().any(Option::is_some) || !(self.is_gone)(&path) {
            return ControlFlow::Continue(());
        }
        let DeletedFiles {
            files, by_content, ..
        } = &mut self.deleted;
        let same = by_content.entry(id).or_default();
        if same.len() < MAX_COMPARED {
            same.push(u32::try_from(files.len()).unwrap_or(u32::MAX));
            files.push(Deleted { path, id });
        }
        if files.len() >= MAX_DELETED {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn broken(&mut self, _path: &[u8], _error: CompareError) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// The changes of a submodule were not reported under this path.
    fn new_commits(
        &mut self,
        _commit: ObjectId,
        _known: &[ObjectId],
    ) -> Result<Vec<CommitObject>, CompareError> {
        Ok(Vec::new())
    }

    fn is_known_commit(&mut self, _commit: ObjectId) -> bool {
        true
    }

    fn proceed(&self) -> ControlFlow<()> {
        (self.proceed)()
    }
}

/// A file as a set of pieces: how many bytes are in pieces with a hash, sorted by hash.
#[derive(Debug)]
struct Sketch {
    pieces: Vec<(u64, u32)>,
    length: usize,
}

impl Sketch {
    fn of(content: &[u8], hasher: &RandomState) -> Self {
        let mut pieces: Vec<(u64, u32)> = Vec::new();
        for line in content.split_inclusive(|&byte| byte == b'\n') {
            for piece in line.chunks(MAX_PIECE) {
                let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
                pieces.push((hasher.hash_one(piece), length));
            }
        }
        pieces.sort_unstable();
        pieces.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            is_same
        });
        pieces.shrink_to_fit();
        Self {
            pieces,
            length: content.len(),
        }
    }

    /// Returns true if at least half of the larger file is in both.
    fn shares_half(&self, other: &Self) -> bool {
        let mut others = other.pieces.iter().peekable();
        let mut shared = 0usize;
        for (hash, bytes) in &self.pieces {
            while others.next_if(|piece| piece.0 < *hash).is_some() {}
            if let Some((_, theirs)) = others.next_if(|piece| piece.0 == *hash) {
                shared += *bytes.min(theirs) as usize;
            }
        }
        shared >= self.length.max(other.length).div_ceil(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let hasher = RandomState::new();
        let other = Sketch::of(b.as_bytes(), &hasher);
        Sketch::of(a.as_bytes(), &hasher).shares_half(&other)
    }

    #[test]
    fn needs_half_of_the_larger_file_in_common() {
        assert!(alike("a\nb\n", "a\nc\n"));
        assert!(!alike("a\nb\n", "a\nc\nd\n"));
        assert!(!alike("a\na\na\nb\n", "a\nc\nd\ne\n"));
        assert!(alike("a\n", "a\n"));
        let long = "x".repeat(200);
        assert!(alike(&long, &format!("{long}{}", "y".repeat(64))));
    }
}
