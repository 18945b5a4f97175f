//! Tree objects: what a folder of a commit holds.

use std::cmp::Ordering;
use std::ops::Range;

use gix::ObjectId;
use gix::objs::tree::EntryKind;
use gix::objs::{Kind, TreeRefIter};

use super::objects::{ObjectError, Objects};

/// One folder of a commit.
pub(super) struct Tree {
    names: Vec<u8>,
    entries: Vec<Entry>,
}

/// One entry of a folder.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What it is.
    pub(super) kind: EntryKind,
    /// The object it names.
    pub(super) id: ObjectId,
    name: Range<usize>,
}

impl Tree {
    /// Reads a folder.
    pub(super) fn read(objects: &Objects, id: ObjectId) -> Result<Self, ObjectError> {
        let mut data = Vec::new();
        if id != ObjectId::empty_tree(objects.hash()) {
            objects.read_kind(id, Kind::Tree, &mut data)?;
        }
        let mut tree = Self {
            names: Vec::with_capacity(data.len()),
            entries: Vec::new(),
        };
        for entry in TreeRefIter::from_bytes(&data, objects.hash()) {
            let entry = entry.map_err(|error| ObjectError::Damaged {
                id,
                reason: error.to_string(),
            })?;
            let start = tree.names.len();
            tree.names.extend_from_slice(entry.filename);
            tree.entries.push(Entry {
                kind: entry.mode.kind(),
                id: entry.oid.to_owned(),
                name: start..tree.names.len(),
            });
        }
        Ok(tree)
    }

    /// Its entries, in their order, with their names.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Entry, &[u8])> {
        self.entries.iter().map(|entry| (entry, self.name(entry)))
    }

    fn name(&self, entry: &Entry) -> &[u8] {
        self.names.get(entry.name.clone()).unwrap_or_default()
    }
}

/// One side of a comparison: a folder that may not be there, read from its start to its end.
pub(super) struct Side {
    tree: Option<Tree>,
    next: usize,
}

impl Side {
    /// The folder with that id; `None` for a folder that is not there.
    pub(super) fn open(objects: &Objects, id: Option<ObjectId>) -> Result<Self, ObjectError> {
        let tree = id.map(|id| Tree::read(objects, id)).transpose()?;
        Ok(Self { tree, next: 0 })
    }

    /// A folder that is not there.
    pub(super) fn absent() -> Self {
        Self {
            tree: None,
            next: 0,
        }
    }

    /// The entry of that name, a folder or not. Names must be asked for in the order of trees; a
    /// tree out of order has fewer entries than it seems, which makes more of the other side new.
    pub(super) fn find(&mut self, name: &[u8], is_folder: bool) -> Option<&Entry> {
        let tree = self.tree.as_ref()?;
        while let Some(entry) = tree.entries.get(self.next) {
            match order(tree.name(entry), is_tree(entry.kind), name, is_folder) {
                Ordering::Less => self.next += 1,
                Ordering::Equal => return Some(entry),
                Ordering::Greater => break,
            }
        }
        None
    }
}

/// True for a folder.
pub(super) fn is_tree(kind: EntryKind) -> bool {
    kind == EntryKind::Tree
}

/// True for what has bytes in this repository: a file or a link, not a folder or a submodule.
pub(super) fn is_content(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link
    )
}

/// Git's order of entries: by name, a folder as if its name ended in `/`.
fn order(a: &[u8], a_is_tree: bool, b: &[u8], b_is_tree: bool) -> Ordering {
    gix::objs::tree::name_order(a, a_is_tree, b, b_is_tree)
}
