//! The second pass: looks at every folder, and keeps where the wanted blobs are.
//!
//! Of each folder only what it has other than the one it was made from is kept: in the order of the
//! deltas that is an entry or two.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;

use super::super::pack::damage::ObjectDamage;
use super::super::pack::object::{ObjectContent, ObjectVisitor, ScanState, StoredObject};
use super::super::pack::pack::NONE;
use super::super::pack::parse::{EntryKind, TreeEntries, TreeEntry, without_same};
use super::super::pack::store::ObjectStore;
use crate::source::Visitor;

/// Names, each under one number.
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

    /// All names, by number.
    pub(crate) fn into_list(self) -> Vec<Box<[u8]>> {
        let inner = self.0.into_inner();
        inner.unwrap_or_else(PoisonError::into_inner).names
    }
}

/// An entry that a folder has and its base has not, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TreeChange {
    /// The number of its name.
    pub(crate) name: u32,
    /// The number of what it names.
    pub(crate) child: u32,
    /// True if the base has it.
    pub(crate) is_removal: bool,
}

/// A folder.
#[derive(Clone, Debug)]
pub(crate) struct TreeRecord {
    /// Its number.
    pub(crate) number: u32,
    /// The number of the folder that the changes are against, or [`NONE`].
    pub(crate) base: u32,
    /// Where its changes are.
    pub(crate) changes: std::ops::Range<usize>,
}

/// What the second pass has seen.
#[derive(Default)]
pub(crate) struct TreePassResult {
    /// The folders that have a change, sorted by number once all is seen.
    pub(crate) folders: Vec<TreeRecord>,
    /// Their changes: subfolders and wanted blobs only. Sorted in each folder once all is seen.
    pub(crate) changes: Vec<TreeChange>,
    /// Blobs with a name that may be a document's, and that name.
    pub(crate) documents: Vec<(u32, u32)>,
    /// Objects that are not there: the id, and the folder that names it.
    pub(crate) missing: Vec<(ObjectId, u32)>,
    /// See `Seen::broken`.
    pub(crate) broken: Vec<(Option<usize>, u32, ObjectDamage)>,
    /// See `Seen::unsound`.
    pub(crate) unsound: Vec<(u32, ObjectDamage)>,
}

impl TreePassResult {
    /// Takes over what another thread has seen.
    pub(crate) fn append(&mut self, mut other: Self) {
        let shift = self.changes.len();
        self.folders
            .extend(other.folders.into_iter().map(|mut folder| {
                folder.changes = folder.changes.start + shift..folder.changes.end + shift;
                folder
            }));
        self.changes.append(&mut other.changes);
        self.documents.append(&mut other.documents);
        self.missing.append(&mut other.missing);
        self.broken.append(&mut other.broken);
        self.unsound.append(&mut other.unsound);
    }
}

impl TreePassResult {
    /// Sorts the changes of each folder.
    pub(crate) fn sort_changes(&mut self) {
        for folder in &self.folders {
            self.changes[folder.changes.clone()].sort_unstable();
        }
    }
}

/// The blobs that are looked for.
pub(crate) struct WantedBlobs {
    ids: HashMap<ObjectId, u32>,
    /// One bit for each pair of bytes that an id begins with.
    starts: Box<[u64]>,
}

impl WantedBlobs {
    /// Looks for these.
    pub(crate) fn new(numbers: impl IntoIterator<Item = u32>, store: &ObjectStore) -> Self {
        let ids: HashMap<_, _> = numbers
            .into_iter()
            .map(|number| (store.id(number), number))
            .collect();
        let mut starts = vec![0u64; 1024].into_boxed_slice();
        for id in ids.keys() {
            let (word, bit) = start_of(id.as_slice());
            starts[word] |= bit;
        }
        Self { ids, starts }
    }

    fn number(&self, id: &[u8]) -> Option<u32> {
        let (word, bit) = start_of(id);
        if self.starts[word] & bit == 0 {
            return None;
        }
        self.ids.get(&ObjectId::try_from(id).ok()?).copied()
    }
}

fn start_of(id: &[u8]) -> (usize, u64) {
    let first = id.first().copied().unwrap_or_default();
    let second = id.get(1).copied().unwrap_or_default();
    let start = usize::from(first) << 8 | usize::from(second);
    (start >> 6, 1 << (start & 63))
}

/// One thread of the second pass.
pub(crate) struct TreePass<'a> {
    pub(crate) store: &'a ObjectStore,
    pub(crate) wanted: &'a WantedBlobs,
    pub(crate) names: &'a NameTable,
    pub(crate) visitor: &'a dyn Visitor,
    /// The pack that is walked; none for loose objects.
    pub(crate) pack: Option<usize>,
    pub(crate) seen: TreePassResult,
    /// Whether a file of that name may be a document, for those that this thread has met.
    pub(crate) documents: HashMap<Box<[u8]>, bool>,
    /// Numbers of names that this thread has met.
    pub(crate) known: HashMap<Box<[u8]>, u32>,
}

impl ObjectVisitor for TreePass<'_> {
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState> {
        let number = match self.pack {
            Some(pack) => self.store.number_in(pack, object.place),
            None => self.store.number_of_loose(object.place as usize),
        };
        if let (Some(number), ObjectContent::Bytes(bytes)) = (number, object.content) {
            // A base that has its number from another pack may build on this very folder there.
            let base = object.base.and_then(|base| {
                let number = self.store.number_in(self.pack?, base.place)?;
                Some((number, base.bytes))
            });
            self.take(number, bytes, base);
        }
        self.visitor.proceed()?;
        ControlFlow::Continue(ScanState::Unknown)
    }

    fn broken(&mut self, place: u32, damage: &ObjectDamage) {
        self.seen.broken.push((self.pack, place, damage.clone()));
    }
}

impl TreePass<'_> {
    /// Looks at a folder.
    pub(crate) fn take(&mut self, number: u32, bytes: &[u8], base: Option<(u32, &[u8])>) {
        let hash = self.store.hash();
        let start = self.seen.changes.len();
        let (old, new) = without_same(base.map_or(&[][..], |(_, bytes)| bytes), bytes, hash);
        let mut old = TreeEntries::new(old, hash);
        let mut new = TreeEntries::new(new, hash);
        let (mut before, mut after) = (old.next(), new.next());
        loop {
            match (before, after) {
                (None, None) => break,
                // What is wrong with the base was told with the base.
                (Some(Err(())), _) => before = old.next(),
                (_, Some(Err(()))) => {
                    self.seen.unsound.push((number, ObjectDamage::Entries));
                    after = new.next();
                }
                (Some(Ok(entry)), None) => {
                    self.change(number, &entry, true);
                    before = old.next();
                }
                (None, Some(Ok(entry))) => {
                    self.change(number, &entry, false);
                    after = new.next();
                }
                (Some(Ok(a)), Some(Ok(b))) => {
                    let order = compare(&a, &b);
                    let is_same = order.is_eq() && a == b;
                    if order.is_le() && !is_same {
                        self.change(number, &a, true);
                    }
                    if order.is_ge() && !is_same {
                        self.change(number, &b, false);
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
        let changes = start..self.seen.changes.len();
        if !changes.is_empty() || base.is_some() {
            self.seen.folders.push(TreeRecord {
                number,
                base: base.map_or(NONE, |(number, _)| number),
                changes,
            });
        }
    }

    fn change(&mut self, by: u32, entry: &TreeEntry<'_>, is_removal: bool) {
        let wanted = match entry.kind {
            EntryKind::Tree => None,
            EntryKind::Blob | EntryKind::Submodule => self.wanted.number(entry.id),
        };
        let is_document = entry.kind != EntryKind::Tree && self.is_document(entry.name);
        let child = match wanted {
            Some(number) => Some(number),
            None if is_removal && entry.kind == EntryKind::Blob && !is_document => return,
            // A submodule is in another repository, unless somebody hides an object of this one in it.
            None if entry.kind == EntryKind::Submodule => self.find(by, entry.id, true),
            None => self.find(by, entry.id, is_removal),
        };
        let Some(child) = child else {
            return;
        };
        if entry.kind == EntryKind::Blob && wanted.is_none() && !is_document {
            return;
        }
        let name = self.name(entry.name);
        self.seen.changes.push(TreeChange {
            name,
            child,
            is_removal,
        });
        if is_document && !is_removal {
            self.seen.documents.push((child, name));
        }
    }

    fn is_document(&mut self, name: &[u8]) -> bool {
        if let Some(&known) = self.documents.get(name) {
            return known;
        }
        let is_document = self.visitor.document_path(name).is_some();
        self.documents.insert(name.into(), is_document);
        is_document
    }

    fn find(&mut self, by: u32, id: &[u8], is_removal: bool) -> Option<u32> {
        let id = ObjectId::try_from(id).ok()?;
        let number = self.store.find(&id);
        if number.is_none() && !is_removal {
            self.seen.missing.push((id, by));
        }
        number
    }

    fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(&number) = self.known.get(name) {
            return number;
        }
        let number = self.names.number(name);
        self.known.insert(name.into(), number);
        number
    }
}

/// Git's order of entries: as if the name of a folder ended in `/`.
fn compare(a: &TreeEntry<'_>, b: &TreeEntry<'_>) -> Ordering {
    let end = |entry: &TreeEntry<'_>| match entry.kind {
        EntryKind::Tree => Some(b'/'),
        _ => None,
    };
    let shared = a.name.len().min(b.name.len());
    a.name[..shared].cmp(&b.name[..shared]).then_with(|| {
        let next = |entry: &TreeEntry<'_>| entry.name.get(shared).copied().or(end(entry));
        next(a).cmp(&next(b)).then(a.name.len().cmp(&b.name.len()))
    })
}
