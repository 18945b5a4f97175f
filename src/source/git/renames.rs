//! Files that a commit moved: which deleted file an added one was.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;

use gix::ObjectId;
use gix::objs::Kind;

use super::changes::{self, Item};
use super::objects::Objects;

/// A file as large as this is followed only if it was moved unchanged.
const MAX_SIZE: u64 = 16 * 1024 * 1024;

/// How many deleted files of one commit an added one is compared with, as Git bounds it. What goes
/// beyond counts as new.
const MAX_COMPARED: usize = 1000;

/// Pieces of a file are its lines, and of longer lines each stretch of this length, as Git has it.
const MAX_PIECE: usize = 64;

/// A file of a parent that the commit has no more.
#[derive(Debug)]
pub(super) struct Deleted {
    /// Its path in the parent.
    pub(super) path: Vec<u8>,
    /// Its content.
    pub(super) id: ObjectId,
}

/// The files of the tree `parent` that `is_gone` says the commit has no more. `tree` is that of the
/// commit, if it has one: what is the same there is passed over.
///
/// Folders that cannot be read are passed over: what came from them counts as new, and whoever
/// compared the trees before has told.
pub(super) fn deleted(
    objects: &Objects,
    parent: ObjectId,
    tree: Option<ObjectId>,
    is_gone: &dyn Fn(&[u8]) -> bool,
) -> Vec<Deleted> {
    let mut deleted = Vec::new();
    let sides: Vec<ObjectId> = tree.into_iter().collect();
    let _ = changes::of_tree(objects, parent, &sides, &mut |item: Item| {
        if let Ok(change) = item
            && change.earlier.iter().all(Option::is_none)
            && is_gone(&change.path)
        {
            deleted.push(Deleted {
                path: change.path,
                id: change.id,
            });
        }
        ControlFlow::Continue(())
    });
    deleted
}

/// Those of `deleted` of which the added file `id` may be a later version: the same content, or at
/// least half of the larger of the two in both.
pub(super) fn sources<'a>(
    objects: &Objects,
    id: ObjectId,
    deleted: &'a [Deleted],
) -> Vec<&'a Deleted> {
    let same: Vec<_> = deleted.iter().filter(|file| file.id == id).collect();
    if !same.is_empty() {
        return same;
    }
    let size = |id| match objects.header(id) {
        Ok((Kind::Blob, size)) if size > 0 && size <= MAX_SIZE => Some(size),
        _ => None,
    };
    let mut buffer = Vec::new();
    let Some(own_size) = size(id).filter(|_| objects.read(id, &mut buffer).is_ok()) else {
        return Vec::new();
    };
    let hasher = RandomState::new();
    let pieces = Pieces::of(&buffer, &hasher);
    deleted
        .iter()
        .filter(|file| {
            size(file.id).is_some_and(|size| size.min(own_size) >= size.max(own_size).div_ceil(2))
        })
        .take(MAX_COMPARED)
        .filter(|file| {
            objects.read(file.id, &mut buffer).is_ok()
                && Pieces::of(&buffer, &hasher).are_half_of(&pieces)
        })
        .collect()
}

/// A file as a bag of pieces: how many bytes of it lie in pieces with that hash.
struct Pieces {
    bytes: HashMap<u64, usize>,
    length: usize,
}

impl Pieces {
    fn of(content: &[u8], hasher: &RandomState) -> Self {
        let mut bytes: HashMap<u64, usize> = HashMap::new();
        for line in content.split_inclusive(|&byte| byte == b'\n') {
            for piece in line.chunks(MAX_PIECE) {
                *bytes.entry(hasher.hash_one(piece)).or_default() += piece.len();
            }
        }
        Self {
            bytes,
            length: content.len(),
        }
    }

    /// True if what both have is at least half of the longer.
    fn are_half_of(&self, other: &Self) -> bool {
        let shared: usize = self
            .bytes
            .iter()
            .filter_map(|(hash, count)| Some(*other.bytes.get(hash)?.min(count)))
            .sum();
        shared >= self.length.max(other.length).div_ceil(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let hasher = RandomState::new();
        let pieces = Pieces::of(b.as_bytes(), &hasher);
        Pieces::of(a.as_bytes(), &hasher).are_half_of(&pieces)
    }

    #[test]
    fn half_is_enough_and_less_is_not() {
        assert!(alike("a\nb\n", "a\nc\n"));
        assert!(!alike("a\nb\n", "a\nc\nd\n"));
        assert!(!alike("a\na\na\nb\n", "a\nc\nd\ne\n"));
        assert!(alike("a\n", "a\n"));
        let long = "x".repeat(200);
        assert!(alike(&long, &format!("{long}{}", "y".repeat(64))));
    }
}
