//! Folders of commits.

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

    /// Iterates over its entries, in order. Ends with an error at the first invalid entry.
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

/// Returns the id of an entry.
pub(super) fn id_of(entry: &TreeEntry<'_>) -> Option<ObjectId> {
    ObjectId::try_from(entry.id).ok()
}

/// The folder of a parent, which may be missing, read from start to end.
pub(super) struct ParentTree {
    tree: Option<TreeObject>,
    /// Offset of the next entry.
    next: usize,
}

impl ParentTree {
    /// Opens the folder with this id; `None` for a missing folder.
    pub(super) fn open(objects: &Objects, id: Option<ObjectId>) -> Result<Self, ObjectError> {
        let tree = id.map(|id| TreeObject::read(objects, id)).transpose()?;
        Ok(Self { tree, next: 0 })
    }

    /// Returns a missing folder.
    pub(super) fn absent() -> Self {
        Self {
            tree: None,
            next: 0,
        }
    }

    /// Returns its size in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.tree.as_ref().map_or(0, |tree| tree.data.len())
    }

    /// Returns the object with this name and kind. Names must be passed in the order of trees. In an unsorted tree
    /// entries may be missed, so that more is new.
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
