//! Tree objects: what a folder of a commit holds.

use std::cmp::Ordering;

use gix::ObjectId;
use gix::objs::Kind;

use super::objects::{ObjectError, Objects};
use super::pack::{EntryKind, TreeEntries, TreeEntry};

/// One folder of a commit.
pub(super) struct TreeObject {
    id: ObjectId,
    data: Vec<u8>,
}

impl TreeObject {
    /// Reads a folder.
    pub(super) fn read(objects: &Objects, id: ObjectId) -> Result<Self, ObjectError> {
        let mut data = Vec::new();
        if id != ObjectId::empty_tree(objects.hash()) {
            objects.read_kind(id, Kind::Tree, &mut data)?;
        }
        Ok(Self { id, data })
    }

    /// Its entries, in their order. Ends with an error at what is not an entry.
    pub(super) fn entries(&self) -> impl Iterator<Item = Result<TreeEntry<'_>, ObjectError>> {
        let entries = TreeEntries::new(&self.data, self.id.kind());
        entries.map(|entry| entry.map_err(|()| self.damaged()))
    }

    fn damaged(&self) -> ObjectError {
        ObjectError::Damaged {
            id: self.id,
            reason:
                "it holds something that is not an entry of a folder; what comes after is not read"
                    .to_owned(),
        }
    }
}

/// The id that an entry names.
pub(super) fn id_of(entry: &TreeEntry<'_>) -> Option<ObjectId> {
    ObjectId::try_from(entry.id).ok()
}

/// One side of a comparison: a folder that may not be there, read from its start to its end.
pub(super) struct ParentTree {
    tree: Option<TreeObject>,
    /// Where the next entry begins.
    next: usize,
}

impl ParentTree {
    /// The folder with that id; `None` for a folder that is not there.
    pub(super) fn open(objects: &Objects, id: Option<ObjectId>) -> Result<Self, ObjectError> {
        let tree = id.map(|id| TreeObject::read(objects, id)).transpose()?;
        Ok(Self { tree, next: 0 })
    }

    /// A folder that is not there.
    pub(super) fn absent() -> Self {
        Self {
            tree: None,
            next: 0,
        }
    }

    /// How many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.tree.as_ref().map_or(0, |tree| tree.data.len())
    }

    /// What the entry of that name names, if it is of that kind. Names must be asked for in the order of
    /// trees; a tree out of order has fewer entries than it seems, which makes more of the other side new.
    pub(super) fn find(&mut self, name: &[u8], kind: EntryKind) -> Option<ObjectId> {
        let tree = self.tree.as_ref()?;
        let is_folder = kind == EntryKind::Tree;
        loop {
            let mut entries = TreeEntries::new(tree.data.get(self.next..)?, tree.id.kind());
            let entry = entries.next()?.ok()?;
            let is_tree = entry.kind == EntryKind::Tree;
            match gix::objs::tree::name_order(entry.name, is_tree, name, is_folder) {
                Ordering::Less => self.next = tree.data.len() - entries.rest().len(),
                Ordering::Equal => return id_of(&entry).filter(|_| entry.kind == kind),
                Ordering::Greater => return None,
            }
        }
    }
}
