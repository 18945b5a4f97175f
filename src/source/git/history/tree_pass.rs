//! The second pass: reads every folder, and records where the wanted blobs are.
//!
//! Of each folder only the difference to its delta base is recorded, which usually is an entry or two.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;

use super::super::pack::damage::ObjectDamage;
use super::super::pack::forest::NONE;
use super::super::pack::object::{
    ObjectAddress, ObjectContent, ObjectVisitor, ScanState, StoredObject,
};
use super::super::pack::store::ObjectStore;
use super::super::pack::tree_entries::{EntryKind, TreeEntries, TreeEntry, without_common_start};
use super::passes::Problems;
use crate::source::HistoryVisitor;

/// The names of entries, each with a number.
#[derive(Default)]
pub(crate) struct NameTable(Mutex<NameList>);

#[derive(Default)]
struct NameList {
    numbers: HashMap<Box<[u8]>, u32>,
    names: Vec<Box<[u8]>>,
}

impl NameTable {
    fn number(&self, name: &[u8]) -> u32 {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let NameList { numbers, names } = &mut *list;
        if let Some(&number) = numbers.get(name) {
            return number;
        }
        let number = u32::try_from(names.len()).unwrap_or(NONE);
        numbers.insert(name.into(), number);
        names.push(name.into());
        number
    }

    /// Returns all names, by number.
    pub(crate) fn into_list(self) -> Vec<Box<[u8]>> {
        let inner = self.0.into_inner();
        inner.unwrap_or_else(PoisonError::into_inner).names
    }
}

/// An entry that only one of a folder and its delta base has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TreeChange {
    /// The number of its name.
    pub(crate) name: u32,
    /// The number of its object.
    pub(crate) child: u32,
    /// True if the base has it.
    pub(crate) is_removal: bool,
}

/// A folder.
#[derive(Clone, Debug)]
pub(crate) struct TreeRecord {
    /// Its number.
    pub(crate) number: u32,
    /// The number of its delta base, or [`NONE`].
    pub(crate) base: u32,
    /// Its changes.
    pub(crate) changes: Range<usize>,
}

/// The result of the second pass.
#[derive(Default)]
pub(crate) struct TreePassResult {
    /// The folders with changes, sorted by number at the end of the pass.
    pub(crate) folders: Vec<TreeRecord>,
    /// Their changes: subfolders and wanted blobs only; sorted by [`TreePassResult::finish`].
    pub(crate) changes: Vec<TreeChange>,
    /// Blobs whose name may select a parser, and that name.
    pub(crate) documents: Vec<(u32, u32)>,
    /// Objects of this repository that entries of submodules name.
    pub(crate) submodules: Vec<u32>,
    /// Missing and damaged objects.
    pub(crate) problems: Problems,
}

impl TreePassResult {
    /// Adds the results of another thread.
    pub(crate) fn append(&mut self, mut other: Self) {
        let shift = self.changes.len();
        let folders = other.folders.into_iter().map(|folder| TreeRecord {
            changes: folder.changes.start + shift..folder.changes.end + shift,
            ..folder
        });
        self.folders.extend(folders);
        self.changes.append(&mut other.changes);
        self.documents.append(&mut other.documents);
        self.submodules.append(&mut other.submodules);
        self.problems.append(other.problems);
    }

    /// Sorts the folders and the changes of each.
    pub(crate) fn finish(&mut self) {
        self.folders.sort_by_key(|folder| folder.number);
        self.folders.dedup_by_key(|folder| folder.number);
        for folder in &self.folders {
            self.changes[folder.changes.clone()].sort_unstable();
        }
        self.documents.sort_unstable();
        self.documents.dedup();
    }
}

/// The blobs whose paths are wanted, with their numbers.
pub(crate) struct WantedBlobs(gix::hashtable::HashMap<ObjectId, u32>);

impl WantedBlobs {
    /// Creates the set of the blobs with these numbers.
    pub(crate) fn new(numbers: impl IntoIterator<Item = u32>, store: &ObjectStore) -> Self {
        let numbers = numbers.into_iter();
        Self(numbers.map(|number| (store.id(number), number)).collect())
    }

    fn number(&self, id: &[u8]) -> Option<u32> {
        self.0.get(&ObjectId::try_from(id).ok()?).copied()
    }
}

/// One thread of the second pass.
pub(crate) struct TreePass<'a> {
    store: &'a ObjectStore,
    wanted: &'a WantedBlobs,
    names: &'a NameTable,
    visitor: &'a dyn HistoryVisitor,
    pub(crate) result: TreePassResult,
    /// For each name that this thread has read, whether it may select a parser.
    is_document: HashMap<Box<[u8]>, bool>,
    /// The numbers of the names that this thread has read.
    known_names: HashMap<Box<[u8]>, u32>,
}

impl ObjectVisitor for TreePass<'_> {
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState> {
        let number = self.store.number_at(object.address);
        if let ObjectContent::Bytes(bytes) = object.content {
            let mismatch = self.store.mismatch(object.address, object.kind, bytes);
            self.result.problems.invalid.extend(mismatch);
        }
        if let (Some(number), ObjectContent::Bytes(bytes)) = (number, object.content) {
            // A base that has its number from another pack may be a delta against this very folder there.
            let base = object
                .base
                .and_then(|base| Some((self.store.number_at(base.address)?, base.bytes)));
            self.read(number, bytes, base);
        }
        self.visitor.proceed()?;
        ControlFlow::Continue(ScanState::Unknown)
    }

    fn damaged(&mut self, address: ObjectAddress, damage: &ObjectDamage) {
        let damaged = &mut self.result.problems.damaged;
        damaged.push((address, damage.clone()));
    }
}

impl<'a> TreePass<'a> {
    /// Creates a thread of the pass through `store`.
    pub(crate) fn new(
        store: &'a ObjectStore,
        wanted: &'a WantedBlobs,
        names: &'a NameTable,
        visitor: &'a dyn HistoryVisitor,
    ) -> Self {
        Self {
            store,
            wanted,
            names,
            visitor,
            result: TreePassResult::default(),
            is_document: HashMap::new(),
            known_names: HashMap::new(),
        }
    }

    /// Reads a folder and records how it differs from its base.
    pub(crate) fn read(&mut self, number: u32, bytes: &[u8], base: Option<(u32, &[u8])>) {
        let hash = self.store.hash();
        let start = self.result.changes.len();
        let old = base.map_or(&[][..], |(_, bytes)| bytes);
        let (old, new) = without_common_start(old, bytes, hash);
        let mut old = TreeEntries::new(old, hash);
        let mut new = TreeEntries::new(new, hash);
        let (mut before, mut after) = (old.next(), new.next());
        loop {
            match (before, after) {
                (None, None) => break,
                // An invalid entry of the base was reported with the base.
                (Some(Err(())), _) => before = old.next(),
                (_, Some(Err(()))) => {
                    let invalid = &mut self.result.problems.invalid;
                    invalid.push((number, ObjectDamage::Entries));
                    after = new.next();
                }
                (Some(Ok(entry)), None) => {
                    self.add_change(number, &entry, true);
                    before = old.next();
                }
                (None, Some(Ok(entry))) => {
                    self.add_change(number, &entry, false);
                    after = new.next();
                }
                (Some(Ok(a)), Some(Ok(b))) => {
                    let is_tree = |entry: &TreeEntry<'_>| entry.kind == EntryKind::Tree;
                    let order =
                        gix::objs::tree::name_order(a.name, is_tree(&a), b.name, is_tree(&b))
                            .then(a.name.len().cmp(&b.name.len()));
                    let is_same = order.is_eq() && a == b;
                    if order.is_le() && !is_same {
                        self.add_change(number, &a, true);
                    }
                    if order.is_ge() && !is_same {
                        self.add_change(number, &b, false);
                    }
                    if order.is_eq() && !is_same && old.rest() == new.rest() {
                        break;
                    }
                    if order.is_le() {
                        before = old.next();
                    }
                    if order.is_ge() {
                        after = new.next();
                    }
                }
            }
        }
        let changes = start..self.result.changes.len();
        if !changes.is_empty() || base.is_some() {
            self.result.folders.push(TreeRecord {
                number,
                base: base.map_or(NONE, |(number, _)| number),
                changes,
            });
        }
    }

    /// Records an entry if it leads to a wanted blob, or may select a parser for its blob.
    fn add_change(&mut self, folder: u32, entry: &TreeEntry<'_>, is_removal: bool) {
        let is_tree = entry.kind == EntryKind::Tree;
        let is_blob = entry.kind == EntryKind::Blob;
        let is_document = !is_tree && self.is_document(entry.name);
        let wanted = match entry.kind {
            EntryKind::Tree => None,
            _ => self.wanted.number(entry.id),
        };
        let child = match wanted {
            Some(number) => Some(number),
            None if is_removal && is_blob && !is_document => return,
            // The commit of a submodule is in another repository, unless an object of this one is hidden there.
            None => self.find(folder, entry.id, is_removal || !is_tree && !is_blob),
        };
        let Some(child) = child else { return };
        if is_blob && wanted.is_none() && !is_document {
            return;
        }
        if !is_tree && !is_blob {
            self.result.submodules.push(child);
        }
        let name = self.name(entry.name);
        self.result.changes.push(TreeChange {
            name,
            child,
            is_removal,
        });
        if is_document && !is_removal {
            self.result.documents.push((child, name));
        }
    }

    fn is_document(&mut self, name: &[u8]) -> bool {
        if let Some(&known) = self.is_document.get(name) {
            return known;
        }
        let is_document = self.visitor.document_path(name).is_some();
        self.is_document.insert(name.into(), is_document);
        is_document
    }

    /// Returns the number of an entry's object. A missing object is recorded unless it is `optional`.
    fn find(&mut self, folder: u32, id: &[u8], optional: bool) -> Option<u32> {
        let id = ObjectId::try_from(id).ok()?;
        let number = self.store.find(&id);
        if number.is_none() && !optional {
            self.result.problems.missing.push((id, folder));
        }
        number
    }

    fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(&number) = self.known_names.get(name) {
            return number;
        }
        let number = self.names.number(name);
        self.known_names.insert(name.into(), number);
        number
    }
}
