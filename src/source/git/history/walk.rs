//! Goes through a pack in the order of its deltas, so that each object is made once, from a base
//! that is still at hand.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::damage::Damage;
use super::delta::Delta;
use super::entry::{Kind, Stored};
use super::inflate::{Exactly, InflateReader, Inflater};
use super::object::{Base, Content, Object, STREAMED, Visit};
use super::pack::{NONE, Pack};
use super::store;

/// Longer chains of deltas than this are not followed: `pack.depth` is at most 4095.
const MAX_DEPTH: u32 = 4096;

/// A walk through one pack, shared by all threads.
pub(crate) struct Walk<'a> {
    pack: &'a Pack,
    hash: gix::hash::Kind,
    /// The kinds of objects that are wanted; others are not even inflated.
    wanted: &'a [Kind],
    next: AtomicUsize,
}

/// An object that others build on.
struct Frame {
    rank: u32,
    bytes: Vec<u8>,
    /// True while `bytes` was given up for want of room.
    dropped: bool,
    /// What is to be made next.
    child: u32,
    depth: u32,
    /// What the visitor said of it.
    mark: bool,
}

/// What one thread of a walk holds.
pub(crate) struct Walker {
    inflater: Inflater,
    delta: Vec<u8>,
    frames: Vec<Frame>,
    spare: Vec<Vec<u8>>,
    /// Bytes in `frames`.
    held: usize,
    /// How many bytes `frames` may hold.
    budget: usize,
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

    fn push(&mut self, frame: Frame) {
        self.held += frame.bytes.len();
        self.frames.push(frame);
        let last = self.frames.len() - 1;
        for frame in &mut self.frames[..last] {
            if self.held <= self.budget {
                break;
            }
            if !frame.dropped {
                self.held -= frame.bytes.len();
                frame.bytes = Vec::new();
                frame.dropped = true;
            }
        }
    }

    fn pop(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.held -= frame.bytes.len();
            self.recycle(frame.bytes);
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
            next: AtomicUsize::new(0),
        }
    }

    /// Takes part in the walk until nothing is left. Each thread brings its own walker and visitor.
    pub(crate) fn run(&self, walker: &mut Walker, visit: &mut dyn Visit) -> ControlFlow<()> {
        loop {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&(root, kind)) = self.pack.roots().get(turn) else {
                return ControlFlow::Continue(());
            };
            if self.wanted.contains(&kind) {
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
            top.child = self.pack.next_sibling(child);
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
        let child = self.pack.first_child(rank);
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
        let mut bytes = walker.buffer();
        if let Err(damage) = store::room_for(entry.size)
            .and_then(|()| walker.inflater.whole(stored, entry.size, &mut bytes))
        {
            self.lost(rank, damage, visit);
            return ControlFlow::Continue(());
        }
        let mark = visit.object(Object {
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
                bytes,
                dropped: false,
                child,
                depth: 0,
                mark,
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
        let child = self.pack.first_child(rank);
        let mut delta_bytes = std::mem::take(&mut walker.delta);
        let made = self
            .pack
            .head(rank, self.hash)
            .and_then(|(entry, stored)| {
                store::room_for(entry.size)?;
                if depth > MAX_DEPTH {
                    return Err(Damage::Deep);
                }
                walker.inflater.whole(stored, entry.size, &mut delta_bytes)
            })
            .and_then(|()| Delta::new(&top.bytes, &delta_bytes));
        let delta = match made {
            Ok(delta) => delta,
            Err(damage) => {
                walker.delta = delta_bytes;
                self.lost(rank, damage, visit);
                return ControlFlow::Continue(());
            }
        };
        let base = Some(Base {
            place: self.pack.place(top.rank),
            bytes: &top.bytes,
            delta: &delta,
            mark: top.mark,
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
        let mark = visit.object(Object {
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
                bytes: out,
                dropped: false,
                child,
                depth,
                mark,
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
            let (_, bytes) = read(self.pack, top.rank, self.hash, &mut walker.inflater)?;
            walker.held += bytes.len();
            top.bytes = bytes;
            top.dropped = false;
        }
        Ok(())
    }

    /// Tells of an object that cannot be made, and of all that builds on it.
    fn lost(&self, rank: u32, damage: Damage, visit: &mut dyn Visit) {
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

/// Reads one object of a pack by itself.
///
/// # Errors
/// If it, or what it builds on, is broken.
pub(crate) fn read(
    pack: &Pack,
    rank: u32,
    hash: gix::hash::Kind,
    inflater: &mut Inflater,
) -> Result<(Kind, Vec<u8>), Damage> {
    let mut chain = vec![rank];
    let (kind, mut bytes) = loop {
        let rank = chain.last().copied().unwrap_or(rank);
        let (entry, stored) = pack.head(rank, hash)?;
        if let Stored::Whole(kind) = entry.stored {
            store::room_for(entry.size)?;
            let mut bytes = Vec::new();
            inflater.whole(stored, entry.size, &mut bytes)?;
            chain.pop();
            break (kind, bytes);
        }
        if chain.len() > MAX_DEPTH as usize {
            return Err(Damage::Deep);
        }
        chain.push(pack.base(rank, &entry).ok_or(Damage::NoBase)?);
    };
    let (mut delta, mut made) = (Vec::new(), Vec::new());
    while let Some(rank) = chain.pop() {
        let (entry, stored) = pack.head(rank, hash)?;
        store::room_for(entry.size)?;
        inflater.whole(stored, entry.size, &mut delta)?;
        let checked = Delta::new(&bytes, &delta)?;
        store::room_for(checked.size())?;
        made.clear();
        checked.apply(&mut made)?;
        std::mem::swap(&mut bytes, &mut made);
    }
    Ok((kind, bytes))
}
