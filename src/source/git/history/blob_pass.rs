//! The first pass: scans every blob, commit and tag, and records objects with findings.

use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

use gix::objs::Kind;

use super::super::pack::damage::ObjectDamage;
use super::super::pack::object::{
    DeltaBase, ObjectAddress, ObjectContent, ObjectVisitor, ScanState, StoredObject,
};
use super::super::pack::parse::{self, EncodedText};
use super::super::pack::store::ObjectStore;
use super::difference::Difference;
use super::graph::CommitNode;
use super::passes::Problems;
use crate::model::{CredentialId, Hint, ItemError};
use crate::source::{HistoryVisitor, Probed, lfs};

/// The part of an object that contains something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ObjectPart {
    /// A blob.
    Blob,
    /// The message of a commit or tag.
    Message,
    /// The header of a commit or tag: names, addresses, signatures.
    Header,
}

/// The findings of an object.
pub(crate) struct ObjectHit {
    /// The number of the object.
    pub(crate) number: u32,
    pub(crate) kind: Kind,
    pub(crate) part: ObjectPart,
    /// Fingerprints for an empty path.
    pub(crate) found: Vec<CredentialId>,
}

/// The result of the first pass.
#[derive(Default)]
pub(crate) struct BlobPassResult {
    /// Objects that contain something.
    pub(crate) hits: Vec<ObjectHit>,
    /// All commits.
    pub(crate) commits: Vec<CommitNode>,
    /// The numbers of tags and of the objects that they name.
    pub(crate) tags: Vec<(u32, u32)>,
    /// Git LFS pointers.
    pub(crate) pointers: Vec<u32>,
    /// Missing and damaged objects.
    pub(crate) problems: Problems,
}

impl BlobPassResult {
    /// Adds the results of another thread.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.hits.append(&mut other.hits);
        self.commits.append(&mut other.commits);
        self.tags.append(&mut other.tags);
        self.pointers.append(&mut other.pointers);
        self.problems.append(other.problems);
    }
}

/// Reports why an object was not examined to its end.
pub(crate) fn report_unfinished(
    store: &ObjectStore,
    number: u32,
    reasons: &[String],
    visitor: &mut dyn HistoryVisitor,
) {
    let id = store.id(number);
    for reason in reasons {
        visitor.error(ItemError {
            path: None,
            message: format!("object {id} {reason}"),
        });
    }
}

/// One thread of the first pass.
pub(crate) struct BlobPass<'a> {
    store: &'a ObjectStore,
    /// Sorted: the commits at which a shallow clone ends.
    shallow: &'a [gix::ObjectId],
    visitor: &'a mut dyn HistoryVisitor,
    pub(crate) result: BlobPassResult,
}

impl ObjectVisitor for BlobPass<'_> {
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState> {
        let StoredObject {
            address,
            kind,
            content,
            base,
        } = object;
        let invalid = &mut self.result.problems.invalid;
        // Only another copy of an object has no number.
        let number = self.store.number_at(address);
        let state = match (content, number) {
            (ObjectContent::Bytes(bytes), number) => {
                invalid.extend(self.store.mismatch(address, kind, bytes));
                let content = ObjectContent::Bytes(bytes);
                number.map(|number| self.scan(number, kind, content, base.as_ref()))
            }
            (ObjectContent::Stream(content, size), Some(number)) => {
                let mut content = self.store.verified(address, kind, size, content);
                let content = ObjectContent::Stream(&mut content, size);
                Some(self.scan(number, kind, content, base.as_ref()))
            }
            (ObjectContent::Stream(content, size), None) => {
                let mut content = self.store.verified(address, kind, size, content);
                if let Err(error) = io::copy(&mut content, &mut io::sink()) {
                    let number = self.store.find(&self.store.id_at(address));
                    invalid.extend(number.map(|number| (number, error.into())));
                }
                None
            }
        };
        let state = state.unwrap_or(ScanState::Unknown);
        self.visitor.proceed()?;
        ControlFlow::Continue(state)
    }

    fn damaged(&mut self, address: ObjectAddress, damage: &ObjectDamage) {
        let damaged = &mut self.result.problems.damaged;
        damaged.push((address, damage.clone()));
    }
}

impl<'a> BlobPass<'a> {
    /// Creates a thread of the pass through `store`.
    pub(crate) fn new(
        store: &'a ObjectStore,
        shallow: &'a [gix::ObjectId],
        visitor: &'a mut dyn HistoryVisitor,
    ) -> Self {
        Self {
            store,
            shallow,
            visitor,
            result: BlobPassResult::default(),
        }
    }

    /// Scans an object.
    pub(crate) fn scan(
        &mut self,
        number: u32,
        kind: Kind,
        content: ObjectContent<'_>,
        base: Option<&DeltaBase<'_>>,
    ) -> ScanState {
        match content {
            ObjectContent::Bytes(bytes) => {
                match kind {
                    Kind::Commit => self.add_commit(number, bytes),
                    Kind::Tag => self.add_tag(number, bytes),
                    Kind::Blob | Kind::Tree => {}
                }
                self.scan_bytes(number, kind, bytes, base)
            }
            ObjectContent::Stream(content, _) => {
                let probed = self.probe_blob(number, content);
                if let Err(error) = probed {
                    self.add_invalid(number, error.into());
                }
                ScanState::Unknown
            }
        }
    }

    /// Scans an object in memory, and only its differences if its base was scanned.
    fn scan_bytes(
        &mut self,
        number: u32,
        kind: Kind,
        mut bytes: &[u8],
        base: Option<&DeltaBase<'_>>,
    ) -> ScanState {
        if kind == Kind::Blob && lfs::is_lfs_pointer(bytes) {
            self.result.pointers.push(number);
        }
        if kind == Kind::Blob && self.visitor.is_archive(bytes) {
            // Reading from memory does not fail.
            let _ = self.probe_blob(number, &mut bytes);
            return ScanState::Unknown;
        }
        let charset = match kind {
            Kind::Blob => None,
            _ => parse::encoding(bytes),
        };
        let known = match base.filter(|base| base.state != ScanState::Unknown) {
            // A message in another encoding must be decoded.
            _ if charset.is_some() => None,
            Some(base) => self.scan_difference(number, kind, bytes, base),
            None => {
                let is_clean = self.visitor.is_clean(bytes, 0..bytes.len());
                is_clean.then_some(ScanState::Clean)
            }
        };
        if let Some(known) = known {
            self.visitor.count(1, bytes.len() as u64);
            return known;
        }
        // Reading from memory does not fail.
        if kind == Kind::Blob {
            return self
                .probe_blob(number, &mut bytes)
                .unwrap_or(ScanState::Unknown);
        }
        for (part, text) in [
            (ObjectPart::Message, parse::message(bytes)),
            (ObjectPart::Header, parse::header(bytes)),
        ] {
            let EncodedText { mut bytes, charset } = text;
            let hint = Hint {
                charset,
                ..Hint::default()
            };
            let _ = self.probe(number, kind, part, hint, &mut bytes);
        }
        ScanState::Unknown
    }

    /// Scans where an object differs from its base. `None` if the whole object must be scanned.
    fn scan_difference(
        &mut self,
        number: u32,
        kind: Kind,
        bytes: &[u8],
        base: &DeltaBase<'_>,
    ) -> Option<ScanState> {
        let inherited = match base.state {
            ScanState::Unknown => return None,
            ScanState::Clean => {
                let difference = Difference::new(base, bytes.len(), &self.visitor.reach())?;
                if self.are_clean(bytes, &difference.new_parts()) {
                    return Some(ScanState::Clean);
                }
                None
            }
            ScanState::Scanned(hit) => hit,
        };
        if kind != Kind::Blob {
            return None;
        }
        let difference = Difference::new(base, bytes.len(), &self.visitor.context())?;
        let mut found = self.visitor.probe_parts(bytes, &difference.new_parts())?;
        if let Some(hit) = inherited {
            // A removed part may have contained some of it.
            if !self.are_clean(base.bytes, &difference.removed_parts()) {
                return None;
            }
            found.extend(self.result.hits[hit].found.iter().cloned());
            found.sort_unstable();
            found.dedup();
        }
        let hit = self.add_hit(number, kind, ObjectPart::Blob, found);
        Some(ScanState::Scanned(hit))
    }

    fn are_clean(&self, bytes: &[u8], parts: &[Range<usize>]) -> bool {
        parts
            .iter()
            .all(|part| self.visitor.is_clean(bytes, part.clone()))
    }

    /// Records the findings of a part of an object, if any; returns its index.
    fn add_hit(
        &mut self,
        number: u32,
        kind: Kind,
        part: ObjectPart,
        found: Vec<CredentialId>,
    ) -> Option<usize> {
        if found.is_empty() {
            return None;
        }
        self.result.hits.push(ObjectHit {
            number,
            kind,
            part,
            found,
        });
        Some(self.result.hits.len() - 1)
    }

    /// Scans a blob from its start to its end.
    fn probe_blob(&mut self, number: u32, content: &mut dyn Read) -> io::Result<ScanState> {
        let hint = Hint::default();
        self.probe(number, Kind::Blob, ObjectPart::Blob, hint, content)
    }

    /// Scans a part of an object from its start to its end.
    fn probe(
        &mut self,
        number: u32,
        kind: Kind,
        part: ObjectPart,
        hint: Hint<'_>,
        content: &mut dyn Read,
    ) -> io::Result<ScanState> {
        let Probed { found, unfinished } = self.visitor.probe(hint, content)?;
        let hit = self.add_hit(number, kind, part, found);
        if !unfinished.is_empty() {
            report_unfinished(self.store, number, &unfinished, self.visitor);
            // Objects that are made from this one must be scanned as a whole.
            return Ok(ScanState::Unknown);
        }
        Ok(ScanState::Scanned(hit))
    }

    fn add_commit(&mut self, number: u32, bytes: &[u8]) {
        let Some(commit) = parse::commit(bytes) else {
            return self.add_invalid(number, ObjectDamage::Header);
        };
        let is_end = self.shallow.binary_search(&self.store.id(number)).is_ok();
        let parents = if is_end { Vec::new() } else { commit.parents };
        let node = CommitNode {
            number,
            tree: self.number_of(number, commit.tree),
            time: commit.time,
            parents: parents
                .into_iter()
                .filter_map(|parent| self.number_of(number, parent))
                .collect(),
        };
        self.result.commits.push(node);
    }

    fn add_tag(&mut self, number: u32, bytes: &[u8]) {
        if let Some(target) = parse::tag_target(bytes)
            && let Some(target) = self.number_of(number, target)
        {
            self.result.tags.push((number, target));
        }
    }

    fn add_invalid(&mut self, number: u32, damage: ObjectDamage) {
        self.result.problems.invalid.push((number, damage));
    }

    /// Returns the number of an object that another one names, and records it if it is missing.
    fn number_of(&mut self, named_by: u32, id: gix::ObjectId) -> Option<u32> {
        let number = self.store.find(&id);
        if number.is_none() {
            self.result.problems.missing.push((id, named_by));
        }
        number
    }
}
