//! The first pass: looks at every blob, commit and tag, and keeps what holds something.

use std::io::Read;
use std::ops::{ControlFlow, Range};

use super::damage::Damage;
use super::entry::Kind;
use super::graph::Link;
use super::object::{Base, Content, Object, Visit};
use super::parse;
use super::store::{self, Store};
use crate::model::{BlobKind, Fingerprint, Hint};
use crate::source::Visitor;

/// The part of an object that content stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// A blob.
    Blob,
    /// What is written in a commit or tag.
    Message,
    /// The head of a commit or tag: names, addresses, signatures.
    Head,
}

/// What the first pass has seen.
#[derive(Default)]
pub(crate) struct Seen {
    /// What holds something, with what it holds: fingerprints under an empty path.
    pub(crate) found: Vec<(u32, Kind, Part, Vec<Fingerprint>)>,
    /// The commits.
    pub(crate) commits: Vec<Link>,
    /// Tags and what they point at.
    pub(crate) tags: Vec<(u32, u32)>,
    /// Objects that others name and that are not there: the id, and who names it.
    pub(crate) missing: Vec<(gix::ObjectId, u32)>,
    /// What could not be read: the pack, or none for a loose object, and the place there.
    pub(crate) broken: Vec<(Option<usize>, u32, Damage)>,
    /// What was found, by its number, and is not what it should be.
    pub(crate) unsound: Vec<(u32, Damage)>,
}

impl Seen {
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

/// One thread of the first pass.
pub(crate) struct Contents<'a> {
    pub(crate) store: &'a Store,
    /// Commits whose parents are left out of a shallow clone, sorted.
    pub(crate) shallow: &'a [gix::ObjectId],
    pub(crate) visitor: &'a mut dyn Visitor,
    /// The pack that is walked; none for loose objects.
    pub(crate) pack: Option<usize>,
    pub(crate) seen: Seen,
    pub(crate) changes: Vec<Range<usize>>,
}

impl Visit for Contents<'_> {
    fn object(&mut self, object: Object<'_>) -> ControlFlow<(), bool> {
        let number = match self.pack {
            Some(pack) => self.store.number_in(pack, object.place),
            None => self.store.number_of_loose(object.place as usize),
        };
        // Without a number it is in an earlier pack too, and looked at there.
        let Some(number) = number else {
            return ControlFlow::Continue(false);
        };
        let is_clean = self.take(number, object);
        self.visitor.proceed()?;
        ControlFlow::Continue(is_clean)
    }

    fn broken(&mut self, place: u32, damage: &Damage) {
        self.seen.broken.push((self.pack, place, damage.clone()));
    }
}

impl Contents<'_> {
    /// Looks at an object. True if it holds no keyword.
    pub(crate) fn take(&mut self, number: u32, object: Object<'_>) -> bool {
        let Object {
            kind,
            content,
            base,
            ..
        } = object;
        match content {
            Content::Bytes(bytes) => {
                match kind {
                    Kind::Commit => self.link(number, bytes),
                    Kind::Tag => self.point(number, bytes),
                    Kind::Blob | Kind::Tree => {}
                }
                if self.is_clean(bytes, base.as_ref()) {
                    self.visitor.count(bytes.len() as u64);
                    return true;
                }
                if kind == Kind::Blob {
                    self.probe(number, kind, Part::Blob, &mut &*bytes);
                } else {
                    let (head, message) = parse::split(bytes);
                    self.probe(number, kind, Part::Message, &mut &*message);
                    self.probe(number, kind, Part::Head, &mut &*head);
                }
            }
            Content::Stream(content) => {
                if let Err(error) = self.try_probe(number, kind, Part::Blob, content) {
                    self.seen.unsound.push((number, store::damage_of(&error)));
                }
            }
        }
        false
    }

    fn is_clean(&mut self, bytes: &[u8], base: Option<&Base<'_>>) -> bool {
        let Some(base) = base.filter(|base| base.mark) else {
            return self.visitor.is_clean(bytes, 0..bytes.len());
        };
        // The base holds nothing, so only what is near a change can.
        if base.delta.changes(&mut self.changes).is_err() {
            return false;
        }
        let reach = self.visitor.reach();
        let mut done = 0;
        let mut pending: Option<Range<usize>> = None;
        for change in &self.changes {
            // A value may have come to stand before a keyword.
            let end = bytes.len().min(change.end.saturating_add(reach));
            let near = change.start.saturating_sub(reach).max(done)..end;
            done = done.max(change.end);
            match &mut pending {
                Some(range) if near.start <= range.end => range.end = near.end.max(range.end),
                _ => {
                    if let Some(range) = pending.replace(near)
                        && !self.visitor.is_clean(bytes, range)
                    {
                        return false;
                    }
                }
            }
        }
        pending.is_none_or(|range| self.visitor.is_clean(bytes, range))
    }

    fn probe(&mut self, number: u32, kind: Kind, part: Part, content: &mut dyn Read) {
        // Bytes in memory are read without an error.
        let _ = self.try_probe(number, kind, part, content);
    }

    fn try_probe(
        &mut self,
        number: u32,
        kind: Kind,
        part: Part,
        content: &mut dyn Read,
    ) -> std::io::Result<()> {
        let hint = Hint {
            path: b"",
            kind: BlobKind::Content,
        };
        let found = self.visitor.probe(hint, content)?;
        if !found.is_empty() {
            self.seen.found.push((number, kind, part, found));
        }
        Ok(())
    }

    /// Keeps how a commit hangs together with others.
    fn link(&mut self, number: u32, bytes: &[u8]) {
        let Some(commit) = parse::commit(bytes) else {
            self.seen.unsound.push((number, Damage::Header));
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
        self.seen.commits.push(Link {
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
