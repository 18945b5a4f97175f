//! Goes through a pack in the order of its deltas, so that each object is made once, from a base
//! that is still at hand.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::damage::Damage;
use super::delta::Delta;
use super::entry::Kind;
use super::held::Held;
use super::inflate::{Exactly, InflateReader, Inflater};
use super::object::{Base, Content, Insight, Object, STREAMED, Visit};
use super::pack::{NONE, Pack};
use super::single::{self, is_large};
use super::store;

/// Longer chains of deltas than this are not followed: `pack.depth` is at most 4095.
pub(crate) const MAX_DEPTH: u32 = 4096;

/// However many threads there are, blobs of so many bytes are held in memory.
const MIN_LIMIT: usize = 2 * 1024 * 1024;

/// A walk through one pack, shared by all threads.
pub(crate) struct Walk<'a> {
    pub(super) pack: &'a Pack,
    pub(super) hash: gix::hash::Kind,
    /// The kinds of objects that are wanted; others are not even inflated.
    wanted: &'a [Kind],
    /// By rank, if not all objects are wanted: what is, or what that is made from.
    leads: Option<Vec<bool>>,
    next: AtomicUsize,
}

/// An object that others build on.
pub(super) struct Frame {
    pub(super) rank: u32,
    pub(super) bytes: Held,
    /// True while `bytes` was given up for want of room.
    pub(super) dropped: bool,
    /// What is to be made next.
    pub(super) child: u32,
    pub(super) depth: u32,
    /// What the visitor knows of it.
    pub(super) insight: Insight,
}

/// What one thread of a walk holds.
pub(crate) struct Walker {
    inflater: Inflater,
    pub(super) delta: Vec<u8>,
    pub(super) frames: Vec<Frame>,
    spare: Vec<Vec<u8>>,
    /// Bytes in `frames`.
    held: usize,
    /// How many bytes `frames` may hold.
    budget: usize,
    /// Larger blobs that others build on are kept in files. Half of the budget: a base, a delta
    /// and what they make may be there at once.
    pub(super) limit: usize,
}

impl Walker {
    /// A walker that keeps `budget` bytes of bases at hand.
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            inflater: Inflater::default(),
            delta: Vec::new(),
            frames: Vec::new(),
            spare: Vec::new(),
            held: 0,
            budget,
            limit: (budget / 2).max(MIN_LIMIT),
        }
    }

    fn buffer(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    fn recycle(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < 8 && buffer.capacity() <= STREAMED {
            self.spare.push(buffer);
        }
    }

    pub(super) fn push(&mut self, frame: Frame) {
        let is_file = frame.bytes.in_memory().is_none();
        self.held += frame.bytes.memory();
        self.frames.push(frame);
        let last = self.frames.len() - 1;
        if is_file {
            // A long chain of large objects must not fill the disk.
            for frame in &mut self.frames[..last] {
                if frame.bytes.in_memory().is_none() {
                    frame.bytes = Held::Memory(Vec::new());
                    frame.dropped = true;
                }
            }
        }
        for frame in &mut self.frames[..last] {
            if self.held <= self.budget {
                break;
            }
            if !frame.dropped && frame.bytes.in_memory().is_some() {
                self.held -= frame.bytes.memory();
                frame.bytes = Held::Memory(Vec::new());
                frame.dropped = true;
            }
        }
    }

    pub(super) fn pop(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.held -= frame.bytes.memory();
            if let Held::Memory(bytes) = frame.bytes {
                self.recycle(bytes);
            }
        }
    }
}

impl<'a> Walk<'a> {
    /// A walk through the objects of these kinds.
    pub(crate) fn new(pack: &'a Pack, hash: gix::hash::Kind, wanted: &'a [Kind]) -> Self {
        Self {
            pack,
            hash,
            wanted,
            leads: None,
            next: AtomicUsize::new(0),
        }
    }

    /// The same, but through the objects at these places of the index alone, and those they are made from.
    pub(crate) fn only(mut self, places: impl Iterator<Item = u32>) -> Self {
        self.leads = Some(self.pack.leading_to(places, self.hash));
        self
    }

    /// The first that builds on an object and is to be made, or [`NONE`].
    pub(super) fn first_child(&self, rank: u32) -> u32 {
        self.wanted_from(self.pack.first_child(rank))
    }

    /// The first of an object and its next siblings that is to be made.
    fn wanted_from(&self, mut rank: u32) -> u32 {
        while rank != NONE && !self.leads_to(rank) {
            rank = self.pack.next_sibling(rank);
        }
        rank
    }

    fn leads_to(&self, rank: u32) -> bool {
        let leads = self.leads.as_ref();
        leads.is_none_or(|leads| leads[rank as usize])
    }

    /// Takes part in the walk until nothing is left. Each thread brings its own walker and visitor.
    pub(crate) fn run(&self, walker: &mut Walker, visit: &mut dyn Visit) -> ControlFlow<()> {
        loop {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&(root, kind)) = self.pack.roots().get(turn) else {
                return ControlFlow::Continue(());
            };
            if self.wanted.contains(&kind) && self.leads_to(root) {
                walker.frames.clear();
                walker.held = 0;
                self.family(root, kind, walker, visit)?;
            }
        }
    }

    /// An object and all that builds on it.
    fn family(
        &self,
        root: u32,
        kind: Kind,
        walker: &mut Walker,
        visit: &mut dyn Visit,
    ) -> ControlFlow<()> {
        self.root(root, kind, walker, visit)?;
        while let Some(top) = walker.frames.last_mut() {
            let child = top.child;
            if child == NONE {
                walker.pop();
                continue;
            }
            top.child = self.wanted_from(self.pack.next_sibling(child));
            self.child(child, kind, walker, visit)?;
        }
        ControlFlow::Continue(())
    }

    fn root(
        &self,
        rank: u32,
        kind: Kind,
        walker: &mut Walker,
        visit: &mut dyn Visit,
    ) -> ControlFlow<()> {
        let (entry, stored) = match self.pack.head(rank, self.hash) {
            Ok(found) => found,
            Err(damage) => {
                self.lost(rank, damage, visit);
                return ControlFlow::Continue(());
            }
        };
        self.check(rank, visit);
        let child = self.first_child(rank);
        let place = self.pack.place(rank);
        if kind == Kind::Blob && child == NONE && entry.size > STREAMED as u64 {
            let mut content = Exactly::new(InflateReader::new(stored), entry.size);
            return visit
                .object(Object {
                    place,
                    kind,
                    content: Content::Stream(&mut content),
                    base: None,
                })
                .map_continue(drop);
        }
        if child != NONE && is_large(kind, entry.size, walker.limit) {
            let made = Held::inflated(stored, entry.size, walker.limit);
            return self.large(rank, 0, made, walker, visit);
        }
        let mut bytes = walker.buffer();
        if let Err(damage) = store::room_for(entry.size)
            .and_then(|()| walker.inflater.whole(stored, entry.size, &mut bytes))
        {
            self.lost(rank, damage, visit);
            return ControlFlow::Continue(());
        }
        let insight = visit.object(Object {
            place,
            kind,
            content: Content::Bytes(&bytes),
            base: None,
        })?;
        if child == NONE {
            walker.recycle(bytes);
        } else {
            walker.push(Frame {
                rank,
                bytes: Held::Memory(bytes),
                dropped: false,
                child,
                depth: 0,
                insight,
            });
        }
        ControlFlow::Continue(())
    }

    /// Makes what builds on the last frame.
    fn child(
        &self,
        rank: u32,
        kind: Kind,
        walker: &mut Walker,
        visit: &mut dyn Visit,
    ) -> ControlFlow<()> {
        if let Err(damage) = self.restore(walker) {
            self.lost(rank, damage, visit);
            return ControlFlow::Continue(());
        }
        self.check(rank, visit);
        let mut out = walker.buffer();
        let Some(top) = walker.frames.last() else {
            return ControlFlow::Continue(());
        };
        let depth = top.depth + 1;
        let child = self.first_child(rank);
        let limit = walker.limit;
        let mut delta_bytes = std::mem::take(&mut walker.delta);
        let made = self.pack.head(rank, self.hash).and_then(|(entry, stored)| {
            if depth > MAX_DEPTH {
                return Err(Damage::Deep);
            }
            let Some(base) = top.bytes.in_memory() else {
                return Ok(None);
            };
            if is_large(kind, entry.size, limit) {
                return Ok(None);
            }
            store::room_for(entry.size)?;
            walker
                .inflater
                .whole(stored, entry.size, &mut delta_bytes)?;
            let delta = Delta::new(base, &delta_bytes)?;
            if delta.size() > STREAMED as u64 {
                delta.check()?;
            }
            let is_large = child != NONE && is_large(kind, delta.size(), limit);
            Ok((!is_large).then_some((base, delta)))
        });
        let (base_bytes, delta) = match made {
            Ok(Some(made)) => made,
            Ok(None) => {
                walker.delta = delta_bytes;
                walker.recycle(out);
                return self.large_child(rank, kind, walker, visit);
            }
            Err(damage) => {
                walker.delta = delta_bytes;
                self.lost(rank, damage, visit);
                return ControlFlow::Continue(());
            }
        };
        let base = Some(Base {
            place: self.pack.place(top.rank),
            bytes: base_bytes,
            delta: &delta,
            insight: top.insight,
        });
        let mut reader;
        let content = if kind == Kind::Blob && child == NONE && delta.size() > STREAMED as u64 {
            reader = delta.reader();
            Content::Stream(&mut reader)
        } else {
            match store::room_for(delta.size()).and_then(|()| delta.apply(&mut out)) {
                Ok(()) => Content::Bytes(&out),
                Err(damage) => {
                    self.lost(rank, damage, visit);
                    walker.delta = delta_bytes;
                    return ControlFlow::Continue(());
                }
            }
        };
        let insight = visit.object(Object {
            place: self.pack.place(rank),
            kind,
            content,
            base,
        })?;
        let was_last = top.child == NONE;
        walker.delta = delta_bytes;
        if child == NONE {
            walker.recycle(out);
        } else {
            if was_last {
                walker.pop();
            }
            walker.push(Frame {
                rank,
                bytes: Held::Memory(out),
                dropped: false,
                child,
                depth,
                insight,
            });
        }
        ControlFlow::Continue(())
    }

    /// Makes the bytes of the last frame again if they were given up.
    fn restore(&self, walker: &mut Walker) -> Result<(), Damage> {
        let Some(top) = walker.frames.last_mut() else {
            return Ok(());
        };
        if top.dropped {
            let inflater = &mut walker.inflater;
            let (_, bytes) = single::read(self.pack, top.rank, self.hash, inflater, walker.limit)?;
            walker.held += bytes.memory();
            top.bytes = bytes;
            top.dropped = false;
        }
        Ok(())
    }

    /// Tells of an object that cannot be made, and of all that builds on it.
    pub(super) fn lost(&self, rank: u32, damage: Damage, visit: &mut dyn Visit) {
        let id = self.pack.id_at(self.pack.place(rank)).to_string();
        visit.broken(self.pack.place(rank), &damage);
        let below = Damage::Base(id);
        self.pack.descendants(rank, |rank| {
            visit.broken(self.pack.place(rank), &below);
        });
    }

    fn check(&self, rank: u32, visit: &mut dyn Visit) {
        if !self.pack.is_as_indexed(rank) {
            visit.broken(self.pack.place(rank), &Damage::Checksum);
        }
    }
}
