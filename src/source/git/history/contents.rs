//! The first pass: looks at every blob, commit and tag, and keeps what holds something.

use std::io::Read;
use std::ops::{ControlFlow, Range};

use super::damage::Damage;
use super::delta::Kept;
use super::entry::Kind;
use super::graph::Link;
use super::object::{Base, Content, Insight, Object, Visit};
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
    kept: Vec<Kept>,
}

impl Visit for Contents<'_> {
    fn object(&mut self, object: Object<'_>) -> ControlFlow<(), Insight> {
        let number = match self.pack {
            Some(pack) => self.store.number_in(pack, object.place),
            None => self.store.number_of_loose(object.place as usize),
        };
        // Without a number it is in an earlier pack too, and looked at there.
        let Some(number) = number else {
            return ControlFlow::Continue(Insight::None);
        };
        let insight = self.take(number, object);
        self.visitor.proceed()?;
        ControlFlow::Continue(insight)
    }

    fn broken(&mut self, place: u32, damage: &Damage) {
        self.seen.broken.push((self.pack, place, damage.clone()));
    }
}

impl<'a> Contents<'a> {
    /// For the objects of `store`; in a shallow clone, `shallow` names the commits it begins with.
    pub(crate) fn new(
        store: &'a Store,
        shallow: &'a [gix::ObjectId],
        visitor: &'a mut dyn Visitor,
    ) -> Self {
        Self {
            store,
            shallow,
            visitor,
            pack: None,
            seen: Seen::default(),
            kept: Vec::new(),
        }
    }

    /// Looks at an object.
    pub(crate) fn take(&mut self, number: u32, object: Object<'_>) -> Insight {
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
                let known = self.known(bytes, base.as_ref());
                if known != Insight::None {
                    self.visitor.count(bytes.len() as u64);
                    if let Insight::Held(Some(same)) = known {
                        let (_, _, part, found) = self.seen.found[same].clone();
                        self.seen.found.push((number, kind, part, found));
                    }
                    return known;
                }
                if kind == Kind::Blob {
                    return Insight::Held(self.probe(number, kind, Part::Blob, bytes));
                }
                let (head, message) = parse::split(bytes);
                self.probe(number, kind, Part::Message, message);
                self.probe(number, kind, Part::Head, head);
            }
            Content::Stream(content) => {
                if let Err(error) = self.try_probe(number, kind, Part::Blob, content) {
                    self.seen.unsound.push((number, store::damage_of(&error)));
                }
            }
        }
        Insight::None
    }

    /// What is known of an object before it is probed. It is that of its base, where no change comes near
    /// anything.
    fn known(&mut self, bytes: &[u8], base: Option<&Base<'_>>) -> Insight {
        let Some(base) = base.filter(|base| base.insight != Insight::None) else {
            return match self.visitor.is_clean(bytes, 0..bytes.len()) {
                true => Insight::Clean,
                false => Insight::None,
            };
        };
        let edge = match base.insight {
            Insight::Clean => self.visitor.reach()..self.visitor.reach(),
            _ => self.visitor.context(),
        };
        if base.delta.kept(&mut self.kept).is_err() {
            return Insight::None;
        }
        let lengths = (base.bytes.len(), bytes.len());
        for kept in &mut self.kept {
            kept.narrow(&edge, lengths);
        }
        let new = gaps(self.kept.iter().map(|kept| &kept.made), bytes.len());
        if !self.are_clean(bytes, new) {
            return Insight::None;
        }
        if base.insight != Insight::Clean {
            // What was taken away may have held something.
            self.kept.sort_unstable_by_key(|kept| kept.base.start);
            let gone = gaps(self.kept.iter().map(|kept| &kept.base), base.bytes.len());
            if !self.are_clean(base.bytes, gone) {
                return Insight::None;
            }
        }
        base.insight
    }

    fn are_clean(&self, bytes: &[u8], parts: Vec<Range<usize>>) -> bool {
        parts
            .into_iter()
            .all(|part| self.visitor.is_clean(bytes, part))
    }

    /// Looks into a part of an object. Gives the index of what it holds, if that is something.
    fn probe(&mut self, number: u32, kind: Kind, part: Part, mut bytes: &[u8]) -> Option<usize> {
        // Bytes in memory are read without an error.
        self.try_probe(number, kind, part, &mut bytes)
            .unwrap_or_default()
    }

    fn try_probe(
        &mut self,
        number: u32,
        kind: Kind,
        part: Part,
        content: &mut dyn Read,
    ) -> std::io::Result<Option<usize>> {
        let hint = Hint {
            path: b"",
            kind: BlobKind::Content,
        };
        let found = self.visitor.probe(hint, content)?;
        if found.is_empty() {
            return Ok(None);
        }
        self.seen.found.push((number, kind, part, found));
        Ok(Some(self.seen.found.len() - 1))
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

/// What lies between stretches of `length` bytes, in order. They are sorted and may overlap.
fn gaps<'k>(stretches: impl Iterator<Item = &'k Range<usize>>, length: usize) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut done = 0;
    for stretch in stretches.filter(|stretch| !stretch.is_empty()) {
        if done < stretch.start {
            gaps.push(done..stretch.start);
        }
        done = done.max(stretch.end);
    }
    if done < length {
        gaps.push(done..length);
    }
    gaps
}
