//! Goes through a pack in delta order: each object is made once, while its base is still in memory.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::objs::Kind;

use super::buffer::{ObjectBuffer, is_large};
use super::damage::{ObjectDamage, check_size};
use super::delta::Delta;
use super::delta_stream::DeltaStream;
use super::forest::{NONE, PackForest};
use super::inflate::{InflateReader, Inflater};
use super::object::{
    DeltaBase, ObjectAddress, ObjectContent, ObjectVisitor, STREAM_THRESHOLD, ScanState,
    StoredObject,
};
use super::pack_file::{MAX_CHAIN, PackEntry};

/// Blobs up to this size are held in memory even if there are many threads.
const MIN_LIMIT: usize = 2 * 1024 * 1024;

/// Maximum number of buffers that a thread keeps for reuse.
const MAX_SPARE: usize = 8;

/// The traversal of one pack, shared by all threads.
pub(crate) struct PackTraversal<'a> {
    forest: &'a PackForest,
    /// The number of the pack.
    number: usize,
    /// The kinds of the objects to visit; others are not inflated.
    kinds: &'a [Kind],
    /// By rank, unless all objects are visited: true for those to visit and for their bases.
    chosen: Option<Vec<bool>>,
    next_root: AtomicUsize,
}

/// An object that others are made from.
struct Frame {
    rank: u32,
    /// `None` while it is dropped to save memory.
    buffer: Option<ObjectBuffer>,
    /// The object to make next.
    next_child: u32,
    /// Number of deltas that it is made from.
    depth: usize,
    state: ScanState,
}

/// The state of one thread.
pub(crate) struct TraversalState {
    inflater: Inflater,
    delta: Vec<u8>,
    frames: Vec<Frame>,
    spare: Vec<Vec<u8>>,
    /// Number of bytes of memory that the frames use.
    used: usize,
    /// Maximum number of bytes of memory that the frames may use.
    budget: usize,
    /// Larger blobs are kept in files. It is half of the budget, because a base, a delta and the result may be in
    /// memory at once.
    limit: usize,
}

/// The result for an entry: the object, unless it was streamed, and the visitor's result.
type Visited = (Option<ObjectBuffer>, ControlFlow<(), ScanState>);

impl TraversalState {
    /// Creates the state of a thread that keeps delta bases of up to `budget` bytes in memory.
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            inflater: Inflater::default(),
            delta: Vec::new(),
            frames: Vec::new(),
            spare: Vec::new(),
            used: 0,
            budget,
            limit: (budget / 2).max(MIN_LIMIT),
        }
    }

    fn spare_buffer(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    fn recycle(&mut self, buffer: Option<ObjectBuffer>) {
        if let Some(ObjectBuffer::Memory(bytes)) = buffer
            && self.spare.len() < MAX_SPARE
            && bytes.capacity() as u64 <= STREAM_THRESHOLD
        {
            self.spare.push(bytes);
        }
    }

    /// Adds a frame, and drops the buffers of the oldest frames that exceed the budget. Only the newest file is
    /// kept: a long chain of large objects must not fill the disk.
    fn push(&mut self, frame: Frame) {
        let is_file = |frame: &Frame| matches!(frame.buffer, Some(ObjectBuffer::File(..)));
        let drops_files = is_file(&frame);
        self.used += memory(&frame.buffer);
        for frame in &mut self.frames {
            let is_over = self.used > self.budget && memory(&frame.buffer) > 0;
            if is_over || drops_files && is_file(frame) {
                self.used -= memory(&frame.buffer);
                frame.buffer = None;
            }
        }
        self.frames.push(frame);
    }

    fn pop(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.used -= memory(&frame.buffer);
            self.recycle(frame.buffer);
        }
    }
}

fn memory(buffer: &Option<ObjectBuffer>) -> usize {
    buffer.as_ref().map_or(0, ObjectBuffer::memory)
}

impl<'a> PackTraversal<'a> {
    /// Creates the traversal of the objects of these kinds in the pack with this number.
    pub(crate) fn new(forest: &'a PackForest, number: usize, kinds: &'a [Kind]) -> Self {
        Self {
            forest,
            number,
            kinds,
            chosen: None,
            next_root: AtomicUsize::new(0),
        }
    }

    /// Restricts the traversal to the objects at these positions and to their delta bases.
    pub(crate) fn only(mut self, positions: impl Iterator<Item = u32>) -> Self {
        self.chosen = Some(self.forest.with_delta_bases(positions));
        self
    }

    /// Takes part in the traversal until no object is left. Each thread has its own state and visitor.
    pub(crate) fn run(
        &self,
        state: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> ControlFlow<()> {
        loop {
            let turn = self.next_root.fetch_add(1, Ordering::Relaxed);
            let Some(&(root, kind)) = self.forest.roots().get(turn) else {
                return ControlFlow::Continue(());
            };
            if !self.kinds.contains(&kind) || !self.is_chosen(root) {
                continue;
            }
            while !state.frames.is_empty() {
                state.pop();
            }
            self.visit(root, kind, state, visitor)?;
            while let Some(top) = state.frames.last_mut() {
                let child = top.next_child;
                if child == NONE {
                    state.pop();
                    continue;
                }
                top.next_child = self.first_chosen(self.forest.next_sibling(child));
                self.visit(child, kind, state, visitor)?;
            }
        }
    }

    /// Makes an object, as a whole or from the last frame, and visits it. If others are made from it, it becomes
    /// a frame.
    fn visit(
        &self,
        rank: u32,
        kind: Kind,
        state: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> ControlFlow<()> {
        let next_child = self.first_chosen(self.forest.first_child(rank));
        let depth = state.frames.last().map_or(0, |top| top.depth + 1);
        let is_leaf = next_child == NONE;
        let visited = self.restore(state).and_then(|()| {
            if depth > MAX_CHAIN {
                return Err(ObjectDamage::Deep);
            }
            let entry = self.forest.entry(rank)?;
            if !self.forest.is_as_indexed(rank) {
                visitor.damaged(self.address(rank), &ObjectDamage::Checksum);
            }
            match state.frames.last() {
                None => self.visit_whole(rank, kind, &entry, is_leaf, state, visitor),
                Some(_) => self.visit_delta(rank, kind, &entry, is_leaf, state, visitor),
            }
        });
        let (buffer, flow) = match visited {
            Ok(visited) => visited,
            Err(damage) => {
                self.report_damaged(rank, &damage, visitor);
                return ControlFlow::Continue(());
            }
        };
        let scan_state = flow?;
        if is_leaf {
            state.recycle(buffer);
            return ControlFlow::Continue(());
        }
        if state
            .frames
            .last()
            .is_some_and(|top| top.next_child == NONE)
        {
            // This was the last object to be made from that frame.
            state.pop();
        }
        state.push(Frame {
            rank,
            buffer,
            next_child,
            depth,
            state: scan_state,
        });
        ControlFlow::Continue(())
    }

    fn visit_whole(
        &self,
        rank: u32,
        kind: Kind,
        entry: &PackEntry<'_>,
        is_leaf: bool,
        state: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> Result<Visited, ObjectDamage> {
        if kind == Kind::Blob && is_leaf && entry.size > STREAM_THRESHOLD {
            let mut content = InflateReader::new(entry.stored).exactly(entry.size);
            let content = ObjectContent::Stream(&mut content, entry.size);
            return Ok((None, visitor.object(self.object(rank, kind, content, None))));
        }
        let spare = state.spare_buffer();
        let limit = if is_leaf { usize::MAX } else { state.limit };
        let inflater = &mut state.inflater;
        let buffer = ObjectBuffer::inflate(kind, entry.stored, entry.size, limit, inflater, spare)?;
        let flow = buffer.lend(|content| visitor.object(self.object(rank, kind, content, None)))?;
        Ok((Some(buffer), flow))
    }

    fn visit_delta(
        &self,
        rank: u32,
        kind: Kind,
        entry: &PackEntry<'_>,
        is_leaf: bool,
        state: &mut TraversalState,
        visitor: &mut dyn ObjectVisitor,
    ) -> Result<Visited, ObjectDamage> {
        let limit = state.limit;
        let mut result = state.spare_buffer();
        let TraversalState {
            inflater,
            delta: delta_bytes,
            frames,
            ..
        } = state;
        let Some((top, base)) = frames
            .last()
            .and_then(|top| Some((top, top.buffer.as_ref()?)))
        else {
            return Err(ObjectDamage::NoBase);
        };
        if let ObjectBuffer::Memory(base) = base
            && !is_large(kind, entry.size, limit)
        {
            check_size(entry.size)?;
            inflater.inflate(entry.stored, entry.size, delta_bytes)?;
            let delta = Delta::new(base, delta_bytes)?;
            let base = Some(DeltaBase {
                address: self.address(top.rank),
                bytes: base,
                delta: &delta,
                state: top.state,
            });
            if kind == Kind::Blob && is_leaf && delta.size() > STREAM_THRESHOLD {
                delta.check()?;
                let content = ObjectContent::Stream(&mut DeltaStream::of(&delta), delta.size());
                return Ok((None, visitor.object(self.object(rank, kind, content, base))));
            }
            if is_leaf || !is_large(kind, delta.size(), limit) {
                check_size(delta.size())?;
                delta.apply(&mut result)?;
                let content = ObjectContent::Bytes(&result);
                let flow = visitor.object(self.object(rank, kind, content, base));
                return Ok((Some(ObjectBuffer::Memory(result)), flow));
            }
        }
        // Large objects need the memory of both buffers.
        drop(result);
        *delta_bytes = Vec::new();
        let mut content = DeltaStream::inflated(entry.stored, entry.size, base)?;
        let size = content.size();
        if is_leaf && size > STREAM_THRESHOLD {
            let content = ObjectContent::Stream(&mut content, size);
            return Ok((None, visitor.object(self.object(rank, kind, content, None))));
        }
        let buffer = ObjectBuffer::read(&mut content, size, limit)?;
        let flow = buffer.lend(|content| visitor.object(self.object(rank, kind, content, None)))?;
        Ok((Some(buffer), flow))
    }

    fn object<'o>(
        &self,
        rank: u32,
        kind: Kind,
        content: ObjectContent<'o>,
        base: Option<DeltaBase<'o>>,
    ) -> StoredObject<'o> {
        StoredObject {
            address: self.address(rank),
            kind,
            content,
            base,
        }
    }

    /// Makes the object of the last frame again if its buffer was dropped.
    fn restore(&self, state: &mut TraversalState) -> Result<(), ObjectDamage> {
        if let Some(top) = state.frames.last_mut()
            && top.buffer.is_none()
        {
            let offset = self.forest.offset(top.rank);
            let file = self.forest.file();
            let (_, buffer) = file.read(offset, &mut state.inflater, state.limit)?;
            state.used += buffer.memory();
            top.buffer = Some(buffer);
        }
        Ok(())
    }

    /// Reports an object that cannot be made, and all objects that are made from it.
    fn report_damaged(&self, rank: u32, damage: &ObjectDamage, visitor: &mut dyn ObjectVisitor) {
        visitor.damaged(self.address(rank), damage);
        self.forest.for_each_orphan(rank, |position, damage| {
            visitor.damaged(ObjectAddress::packed(self.number, position), &damage);
        });
    }

    fn address(&self, rank: u32) -> ObjectAddress {
        ObjectAddress::packed(self.number, self.forest.position(rank))
    }

    /// Returns the first of an object and its next siblings that is part of the traversal.
    fn first_chosen(&self, mut rank: u32) -> u32 {
        while rank != NONE && !self.is_chosen(rank) {
            rank = self.forest.next_sibling(rank);
        }
        rank
    }

    fn is_chosen(&self, rank: u32) -> bool {
        let chosen = self.chosen.as_ref();
        chosen.is_none_or(|chosen| chosen[rank as usize])
    }
}
