//! Goes through a pack in the order of its deltas, so that each object is made once, from a base
//! that is still at hand.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::buffer::ObjectBuffer;
use super::damage::ObjectDamage;
use super::delta::Delta;
use super::entry::Kind;
use super::inflate::{Exactly, InflateReader, Inflater};
use super::object::{
    DeltaBase, ObjectContent, ObjectVisitor, STREAM_THRESHOLD, ScanState, StoredObject,
};
use super::pack::{NONE, Pack};
use super::single::{self, is_large};
use super::store;

/// Longer chains of deltas than this are not followed: `pack.depth` is at most 4095.
pub(crate) const MAX_DEPTH: u32 = 4096;

/// However many threads there are, blobs of so many bytes are held in memory.
const MIN_LIMIT: usize = 2 * 1024 * 1024;

/// A walk through one pack, shared by all threads.
pub(crate) struct PackTraversal<'a> {
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
    pub(super) bytes: ObjectBuffer,
    /// True while `bytes` was given up for want of room.
    pub(super) dropped: bool,
    /// What is to be made next.
    pub(super) child: u32,
    pub(super) depth: u32,
    /// What the visitor knows of it.
    pub(super) state: ScanState,
}

/// What one thread of a walk holds.
pub(crate) struct TraversalState {
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

impl TraversalState {
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

    fn take_buffer(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    fn recycle(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < 8 && buffer.capacity() <= STREAM_THRESHOLD {
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
                    frame.bytes = ObjectBuffer::Memory(Vec::new());
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
                frame.bytes = ObjectBuffer::Memory(Vec::new());
                frame.dropped = true;
            }
        }
    }

    pub(super) fn pop(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.held -= frame.bytes.memory();
            if let ObjectBuffer::Memory(bytes) = frame.bytes {
                self.recycle(bytes);
            }
        }
    }
}

impl<'a> PackTraversal<'a> {
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
        self.leads = Some(self.pack.with_delta_bases(places, self.hash));
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
    pub(crate) fn run(
        &self,
        walker: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> ControlFlow<()> {
        loop {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&(root, kind)) = self.pack.roots().get(turn) else {
                return ControlFlow::Continue(());
            };
            if self.wanted.contains(&kind) && self.leads_to(root) {
                walker.frames.clear();
                walker.held = 0;
                self.family(root, kind, walker, visitor)?;
            }
        }
    }

    /// An object and all that builds on it.
    fn family(
        &self,
        root: u32,
        kind: Kind,
        walker: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> ControlFlow<()> {
        self.root(root, kind, walker, visitor)?;
        while let Some(top) = walker.frames.last_mut() {
            let child = top.child;
            if child == NONE {
                walker.pop();
                continue;
            }
            top.child = self.wanted_from(self.pack.next_sibling(child));
            self.child(child, kind, walker, visitor)?;
        }
        ControlFlow::Continue(())
    }

    fn root(
        &self,
        rank: u32,
        kind: Kind,
        walker: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> ControlFlow<()> {
        let (entry, stored) = match self.pack.head(rank, self.hash) {
            Ok(found) => found,
            Err(damage) => {
                self.lost(rank, damage, visitor);
                return ControlFlow::Continue(());
            }
        };
        self.check(rank, visitor);
        let child = self.first_child(rank);
        let place = self.pack.place(rank);
        if kind == Kind::Blob && child == NONE && entry.size > STREAM_THRESHOLD as u64 {
            let mut content = Exactly::new(InflateReader::new(stored), entry.size);
            return visitor
                .object(StoredObject {
                    place,
                    kind,
                    content: ObjectContent::Stream(&mut content),
                    base: None,
                })
                .map_continue(drop);
        }
        if child != NONE && is_large(kind, entry.size, walker.limit) {
            let made = ObjectBuffer::inflated(stored, entry.size, walker.limit);
            return self.large(rank, 0, made, walker, visitor);
        }
        let mut bytes = walker.take_buffer();
        if let Err(damage) = store::room_for(entry.size)
            .and_then(|()| walker.inflater.whole(stored, entry.size, &mut bytes))
        {
            self.lost(rank, damage, visitor);
            return ControlFlow::Continue(());
        }
        let state = visitor.object(StoredObject {
            place,
            kind,
            content: ObjectContent::Bytes(&bytes),
            base: None,
        })?;
        if child == NONE {
            walker.recycle(bytes);
        } else {
            walker.push(Frame {
                rank,
                bytes: ObjectBuffer::Memory(bytes),
                dropped: false,
                child,
                depth: 0,
                state,
            });
        }
        ControlFlow::Continue(())
    }

    /// Makes what builds on the last frame.
    fn child(
        &self,
        rank: u32,
        kind: Kind,
        walker: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> ControlFlow<()> {
        if let Err(damage) = self.restore(walker) {
            self.lost(rank, damage, visitor);
            return ControlFlow::Continue(());
        }
        self.check(rank, visitor);
        let mut out = walker.take_buffer();
        let Some(top) = walker.frames.last() else {
            return ControlFlow::Continue(());
        };
        let depth = top.depth + 1;
        let child = self.first_child(rank);
        let limit = walker.limit;
        let mut delta_bytes = std::mem::take(&mut walker.delta);
        let made = self.pack.head(rank, self.hash).and_then(|(entry, stored)| {
            if depth > MAX_DEPTH {
                return Err(ObjectDamage::Deep);
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
            if delta.size() > STREAM_THRESHOLD as u64 {
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
                return self.large_child(rank, kind, walker, visitor);
            }
            Err(damage) => {
                walker.delta = delta_bytes;
                self.lost(rank, damage, visitor);
                return ControlFlow::Continue(());
            }
        };
        let base = Some(DeltaBase {
            place: self.pack.place(top.rank),
            bytes: base_bytes,
            delta: &delta,
            state: top.state,
        });
        let mut reader;
        let content =
            if kind == Kind::Blob && child == NONE && delta.size() > STREAM_THRESHOLD as u64 {
                reader = delta.reader();
                ObjectContent::Stream(&mut reader)
            } else {
                match store::room_for(delta.size()).and_then(|()| delta.apply(&mut out)) {
                    Ok(()) => ObjectContent::Bytes(&out),
                    Err(damage) => {
                        self.lost(rank, damage, visitor);
                        walker.delta = delta_bytes;
                        return ControlFlow::Continue(());
                    }
                }
            };
        let state = visitor.object(StoredObject {
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
                bytes: ObjectBuffer::Memory(out),
                dropped: false,
                child,
                depth,
                state,
            });
        }
        ControlFlow::Continue(())
    }

    /// Makes the bytes of the last frame again if they were given up.
    fn restore(&self, walker: &mut TraversalState) -> Result<(), ObjectDamage> {
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
    pub(super) fn lost(&self, rank: u32, damage: ObjectDamage, visitor: &mut dyn ObjectVisitor) {
        let id = self.pack.id_at(self.pack.place(rank)).to_string();
        visitor.broken(self.pack.place(rank), &damage);
        let below = ObjectDamage::Base(id);
        self.pack.descendants(rank, |rank| {
            visitor.broken(self.pack.place(rank), &below);
        });
    }

    fn check(&self, rank: u32, visitor: &mut dyn ObjectVisitor) {
        if !self.pack.is_as_indexed(rank) {
            visitor.broken(self.pack.place(rank), &ObjectDamage::Checksum);
        }
    }
}
