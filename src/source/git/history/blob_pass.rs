//! The first pass: looks at every blob, commit and tag, and keeps what holds something.

use std::io::Read;
use std::ops::{ControlFlow, Range};

use super::super::pack::damage::ObjectDamage;
use super::super::pack::entry::Kind;
use super::super::pack::object::{
    DeltaBase, ObjectContent, ObjectVisitor, ScanState, StoredObject,
};
use super::super::pack::parse;
use super::super::pack::store::{self, ObjectStore};
use super::difference::Difference;
use super::graph::CommitNode;
use crate::model::{CredentialId, Hint, ItemError};
use crate::source::{Probed, Visitor};

/// The part of an object that content stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ObjectPart {
    /// A blob.
    Blob,
    /// What is written in a commit or tag.
    Message,
    /// The head of a commit or tag: names, addresses, signatures.
    Head,
}

/// What the first pass has seen.
#[derive(Default)]
pub(crate) struct BlobPassResult {
    /// What holds something, with what it holds: fingerprints under an empty path.
    pub(crate) found: Vec<(u32, Kind, ObjectPart, Vec<CredentialId>)>,
    /// The commits.
    pub(crate) commits: Vec<CommitNode>,
    /// Tags and what they point at.
    pub(crate) tags: Vec<(u32, u32)>,
    /// Objects that others name and that are not there: the id, and who names it.
    pub(crate) missing: Vec<(gix::ObjectId, u32)>,
    /// What could not be read: the pack, or none for a loose object, and the place there.
    pub(crate) broken: Vec<(Option<usize>, u32, ObjectDamage)>,
    /// What was found, by its number, and is not what it should be.
    pub(crate) unsound: Vec<(u32, ObjectDamage)>,
}

impl BlobPassResult {
    /// Takes over what another thread has seen.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.found.append(&mut other.found);
        self.commits.append(&mut other.commits);
        self.tags.append(&mut other.tags);
        self.missing.append(&mut other.missing);
        self.broken.append(&mut other.broken);
        self.unsound.append(&mut other.unsound);
    }
}

/// Reports an object that was not examined to its end.
pub(crate) fn report_unfinished(
    store: &ObjectStore,
    number: u32,
    reasons: &[String],
    visitor: &mut dyn Visitor,
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
    pub(crate) store: &'a ObjectStore,
    /// Commits whose parents are left out of a shallow clone, sorted.
    pub(crate) shallow: &'a [gix::ObjectId],
    pub(crate) visitor: &'a mut dyn Visitor,
    /// The pack that is walked; none for loose objects.
    pub(crate) pack: Option<usize>,
    pub(crate) seen: BlobPassResult,
}

impl ObjectVisitor for BlobPass<'_> {
    fn object(&mut self, object: StoredObject<'_>) -> ControlFlow<(), ScanState> {
        let number = match self.pack {
            Some(pack) => self.store.number_in(pack, object.place),
            None => self.store.number_of_loose(object.place as usize),
        };
        // Without a number it is in an earlier pack too, and looked at there.
        let Some(number) = number else {
            return ControlFlow::Continue(ScanState::Unknown);
        };
        let state = self.take(number, object);
        self.visitor.proceed()?;
        ControlFlow::Continue(state)
    }

    fn broken(&mut self, place: u32, damage: &ObjectDamage) {
        self.seen.broken.push((self.pack, place, damage.clone()));
    }
}

impl<'a> BlobPass<'a> {
    /// For the objects of `store`; in a shallow clone, `shallow` names the commits it begins with.
    pub(crate) fn new(
        store: &'a ObjectStore,
        shallow: &'a [gix::ObjectId],
        visitor: &'a mut dyn Visitor,
    ) -> Self {
        Self {
            store,
            shallow,
            visitor,
            pack: None,
            seen: BlobPassResult::default(),
        }
    }

    /// Looks at an object.
    pub(crate) fn take(&mut self, number: u32, object: StoredObject<'_>) -> ScanState {
        let StoredObject {
            kind,
            content,
            base,
            ..
        } = object;
        match content {
            ObjectContent::Bytes(bytes) => {
                match kind {
                    Kind::Commit => self.link(number, bytes),
                    Kind::Tag => self.point(number, bytes),
                    Kind::Blob | Kind::Tree => {}
                }
                return self.look(number, kind, bytes, base.as_ref());
            }
            ObjectContent::Stream(content) => {
                if let Err(error) = self.try_probe(number, kind, ObjectPart::Blob, content, None) {
                    self.seen.unsound.push((number, store::damage_of(&error)));
                }
            }
        }
        ScanState::Unknown
    }

    /// Looks at an object that is held in memory; what it took over from its base is not looked at again.
    fn look(
        &mut self,
        number: u32,
        kind: Kind,
        bytes: &[u8],
        base: Option<&DeltaBase<'_>>,
    ) -> ScanState {
        // A message in another encoding is only seen once it is converted.
        let is_coded = kind != Kind::Blob && parse::encoding(bytes).is_some();
        let known = match base.filter(|base| base.state != ScanState::Unknown) {
            _ if is_coded => None,
            Some(base) => self.changed(number, kind, bytes, base),
            None => {
                let is_clean = self.visitor.is_clean(bytes, 0..bytes.len());
                is_clean.then_some(ScanState::Clean)
            }
        };
        if let Some(known) = known {
            self.visitor.count(bytes.len() as u64);
            return known;
        }
        if kind == Kind::Blob {
            // Bytes in memory are read without an error.
            let mut content = bytes;
            return self
                .try_probe(number, kind, ObjectPart::Blob, &mut content, None)
                .unwrap_or(ScanState::Unknown);
        }
        let (head, message) = parse::split(bytes);
        let charset = parse::encoding(bytes);
        self.probe(number, kind, ObjectPart::Message, message, charset);
        self.probe(number, kind, ObjectPart::Head, head, None);
        ScanState::Unknown
    }

    /// Looks at where an object differs from its base, of which something is known. `None` if that does not
    /// tell enough.
    fn changed(
        &mut self,
        number: u32,
        kind: Kind,
        bytes: &[u8],
        base: &DeltaBase<'_>,
    ) -> Option<ScanState> {
        let known = match base.state {
            ScanState::Unknown => return None,
            ScanState::Clean => {
                let difference = Difference::new(base, bytes.len(), &self.visitor.reach())?;
                if self.are_clean(bytes, &difference.new_parts()) {
                    return Some(ScanState::Clean);
                }
                None
            }
            ScanState::Holds(known) => known,
        };
        if kind != Kind::Blob {
            return None;
        }
        let difference = Difference::new(base, bytes.len(), &self.visitor.context())?;
        let mut found = self.visitor.probe_parts(bytes, &difference.new_parts())?;
        if let Some(known) = known {
            // What was taken away may have held some of it.
            if !self.are_clean(base.bytes, &difference.gone_parts()) {
                return None;
            }
            found.extend(self.seen.found[known].3.iter().cloned());
            found.sort_unstable();
            found.dedup();
        }
        Some(ScanState::Holds(self.keep(
            number,
            kind,
            ObjectPart::Blob,
            found,
        )))
    }

    fn are_clean(&self, bytes: &[u8], parts: &[Range<usize>]) -> bool {
        parts
            .iter()
            .all(|part| self.visitor.is_clean(bytes, part.clone()))
    }

    /// Keeps what was found in a part of an object. Gives its index, if it is something.
    fn keep(
        &mut self,
        number: u32,
        kind: Kind,
        part: ObjectPart,
        found: Vec<CredentialId>,
    ) -> Option<usize> {
        if found.is_empty() {
            return None;
        }
        self.seen.found.push((number, kind, part, found));
        Some(self.seen.found.len() - 1)
    }

    /// Looks into a part of an object that is held in memory.
    fn probe(
        &mut self,
        number: u32,
        kind: Kind,
        part: ObjectPart,
        mut bytes: &[u8],
        charset: Option<&[u8]>,
    ) {
        let _ = self.try_probe(number, kind, part, &mut bytes, charset);
    }

    fn try_probe(
        &mut self,
        number: u32,
        kind: Kind,
        part: ObjectPart,
        content: &mut dyn Read,
        charset: Option<&[u8]>,
    ) -> std::io::Result<ScanState> {
        let hint = Hint {
            charset,
            ..Hint::default()
        };
        let Probed { found, unfinished } = self.visitor.probe(hint, content)?;
        let held = self.keep(number, kind, part, found);
        if !unfinished.is_empty() {
            report_unfinished(self.store, number, &unfinished, self.visitor);
            // What was not seen may be in what builds on it.
            return Ok(ScanState::Unknown);
        }
        Ok(ScanState::Holds(held))
    }

    /// Keeps how a commit hangs together with others.
    fn link(&mut self, number: u32, bytes: &[u8]) {
        let Some(commit) = parse::commit(bytes) else {
            self.seen.unsound.push((number, ObjectDamage::Header));
            return;
        };
        let tree = self.number_of(number, commit.tree);
        let id = self.store.id(number);
        let parents = if self.shallow.binary_search(&id).is_ok() {
            Vec::new()
        } else {
            let parents = commit.parents.into_iter();
            parents
                .filter_map(|parent| self.number_of(number, parent))
                .collect()
        };
        self.seen.commits.push(CommitNode {
            number,
            tree,
            time: commit.time,
            parents,
        });
    }

    fn point(&mut self, number: u32, bytes: &[u8]) {
        if let Some(target) = parse::tag_target(bytes)
            && let Some(target) = self.number_of(number, target)
        {
            self.seen.tags.push((number, target));
        }
    }

    fn number_of(&mut self, by: u32, id: gix::ObjectId) -> Option<u32> {
        let number = self.store.find(&id);
        if number.is_none() {
            self.seen.missing.push((id, by));
        }
        number
    }
}
