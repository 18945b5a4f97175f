//! The first pass: looks at every blob, commit and tag, and keeps what holds something.

use std::io::Read;
use std::ops::{ControlFlow, Range};

use super::damage::Damage;
use super::difference::Difference;
use super::entry::Kind;
use super::graph::Link;
use super::object::{Base, Content, Insight, Object, Visit};
use super::parse;
use super::store::{self, Store};
use crate::model::{CredentialId, Hint, ItemError};
use crate::source::{Probed, Visitor};

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
    pub(crate) found: Vec<(u32, Kind, Part, Vec<CredentialId>)>,
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

/// Reports an object that was not examined to its end.
pub(crate) fn report_unfinished(
    store: &Store,
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
pub(crate) struct Contents<'a> {
    pub(crate) store: &'a Store,
    /// Commits whose parents are left out of a shallow clone, sorted.
    pub(crate) shallow: &'a [gix::ObjectId],
    pub(crate) visitor: &'a mut dyn Visitor,
    /// The pack that is walked; none for loose objects.
    pub(crate) pack: Option<usize>,
    pub(crate) seen: Seen,
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
                return self.look(number, kind, bytes, base.as_ref());
            }
            Content::Stream(content) => {
                if let Err(error) = self.try_probe(number, kind, Part::Blob, content, None) {
                    self.seen.unsound.push((number, store::damage_of(&error)));
                }
            }
        }
        Insight::None
    }

    /// Looks at an object that is held in memory; what it took over from its base is not looked at again.
    fn look(&mut self, number: u32, kind: Kind, bytes: &[u8], base: Option<&Base<'_>>) -> Insight {
        // A message in another encoding is only seen once it is converted.
        let is_coded = kind != Kind::Blob && parse::encoding(bytes).is_some();
        let known = match base.filter(|base| base.insight != Insight::None) {
            _ if is_coded => None,
            Some(base) => self.changed(number, kind, bytes, base),
            None => {
                let is_clean = self.visitor.is_clean(bytes, 0..bytes.len());
                is_clean.then_some(Insight::Clean)
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
                .try_probe(number, kind, Part::Blob, &mut content, None)
                .unwrap_or(Insight::None);
        }
        let (head, message) = parse::split(bytes);
        let charset = parse::encoding(bytes);
        self.probe(number, kind, Part::Message, message, charset);
        self.probe(number, kind, Part::Head, head, None);
        Insight::None
    }

    /// Looks at where an object differs from its base, of which something is known. `None` if that does not
    /// tell enough.
    fn changed(
        &mut self,
        number: u32,
        kind: Kind,
        bytes: &[u8],
        base: &Base<'_>,
    ) -> Option<Insight> {
        let known = match base.insight {
            Insight::None => return None,
            Insight::Clean => {
                let difference = Difference::new(base, bytes.len(), &self.visitor.reach())?;
                if self.are_clean(bytes, &difference.new_parts()) {
                    return Some(Insight::Clean);
                }
                None
            }
            Insight::Held(known) => known,
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
        Some(Insight::Held(self.keep(number, kind, Part::Blob, found)))
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
        part: Part,
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
        part: Part,
        mut bytes: &[u8],
        charset: Option<&[u8]>,
    ) {
        let _ = self.try_probe(number, kind, part, &mut bytes, charset);
    }

    fn try_probe(
        &mut self,
        number: u32,
        kind: Kind,
        part: Part,
        content: &mut dyn Read,
        charset: Option<&[u8]>,
    ) -> std::io::Result<Insight> {
        let hint = Hint {
            charset,
            ..Hint::default()
        };
        let Probed { found, unfinished } = self.visitor.probe(hint, content)?;
        let held = self.keep(number, kind, part, found);
        if !unfinished.is_empty() {
            report_unfinished(self.store, number, &unfinished, self.visitor);
            // What was not seen may be in what builds on it.
            return Ok(Insight::None);
        }
        Ok(Insight::Held(held))
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
