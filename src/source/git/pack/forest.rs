//! One pack as a forest: which object is the delta base of which.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use gix::hash::oid;
use gix::objs::Kind;
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::damage::ObjectDamage;
use super::fanout::FanoutTable;
use super::pack_file::{PackEntry, PackFile};
use crate::source::pool;

/// The rank of a missing object.
pub(crate) const NONE: u32 = u32::MAX;

/// The smallest number of objects that is worth a thread of its own.
const MIN_CHUNK: usize = 8192;

/// A pack, and the forest of its deltas. Objects are identified by their rank: their place in the order of
/// offsets. The position of an object is its place in the index, which is in the order of ids.
pub(crate) struct PackForest {
    path: PathBuf,
    file: PackFile,
    fanout: FanoutTable,
    /// By rank: the offset and the position.
    locations: Vec<(u64, u32)>,
    /// By rank: the first object with this delta base.
    first_child: Vec<u32>,
    /// By rank: the next object with the same delta base.
    next_sibling: Vec<u32>,
    /// Objects that are stored as a whole, by rank.
    roots: Vec<(u32, Kind)>,
    /// Objects that are not in the forest.
    broken: Vec<(u32, ObjectDamage)>,
}

/// The part of a forest that one thread has read.
#[derive(Default)]
struct PartialForest {
    roots: Vec<(u32, Kind)>,
    broken: Vec<(u32, ObjectDamage)>,
    /// True if a delta names its base by id; only such deltas can build a cycle.
    has_ref_delta: bool,
}

impl PackForest {
    /// Opens the pack of an index and reads the header of every object, on as many threads.
    ///
    /// # Errors
    /// In words, if a file cannot be opened or is invalid.
    pub(crate) fn open(
        index_path: &Path,
        hash: gix::hash::Kind,
        threads: usize,
    ) -> Result<Self, String> {
        let file = PackFile::open(index_path, hash)?;
        let index = &file.index;
        let count = index.num_objects();
        let mut locations: Vec<(u64, u32)> = (0..count)
            .map(|position| (index.pack_offset_at_index(position), position))
            .collect();
        locations.sort_unstable();
        let mut forest = Self {
            path: index_path.with_extension("pack"),
            fanout: FanoutTable::new(count, |position| index.oid_at_index(position)),
            file,
            locations,
            first_child: vec![NONE; count as usize],
            next_sibling: vec![NONE; count as usize],
            roots: Vec::new(),
            broken: Vec::new(),
        };
        forest.link(threads);
        Ok(forest)
    }

    /// Links every object to its delta base.
    fn link(&mut self, threads: usize) {
        let mut bases = vec![NONE; self.locations.len()];
        let chunk = bases.len().div_ceil(threads.max(1)).max(MIN_CHUNK);
        let pool = pool::start(bases.len().div_ceil(chunk));
        let find = |(index, bases): (usize, &mut [u32])| self.find_bases(index * chunk, bases);
        let parts: Vec<PartialForest> = match pool {
            Some(pool) => pool.install(|| {
                let chunks = bases.par_chunks_mut(chunk).enumerate();
                chunks.map(find).collect()
            }),
            None => bases.chunks_mut(chunk).enumerate().map(find).collect(),
        };
        // In reverse, so that children are in the order of the pack.
        for (rank, base) in (0..self.len()).zip(bases).rev() {
            if base != NONE {
                self.next_sibling[rank as usize] = self.first_child[base as usize];
                self.first_child[base as usize] = rank;
            }
        }
        let has_ref_delta = parts.iter().any(|part| part.has_ref_delta);
        for part in parts {
            self.roots.extend(part.roots);
            self.broken.extend(part.broken);
        }
        if has_ref_delta {
            self.find_cycles();
        }
    }

    /// Sets the delta base of each object from rank `first` on.
    fn find_bases(&self, first: usize, bases: &mut [u32]) -> PartialForest {
        let mut part = PartialForest::default();
        for (rank, base) in (first as u32..).zip(bases) {
            match self.entry(rank) {
                Ok(entry) => {
                    if let Some(kind) = entry.header.as_kind() {
                        part.roots.push((rank, kind));
                        continue;
                    }
                    let is_named = matches!(
                        entry.header,
                        gix::odb::pack::data::entry::Header::RefDelta { .. }
                    );
                    part.has_ref_delta |= is_named;
                    match self.base(rank, &entry) {
                        Some(found) => *base = found,
                        None => part.broken.push((rank, ObjectDamage::NoBase)),
                    }
                }
                Err(damage) => part.broken.push((rank, damage)),
            }
        }
        part
    }

    /// Records the objects that hang on no root: their deltas are based on each other.
    fn find_cycles(&mut self) {
        let mut reached = vec![false; self.locations.len()];
        let starts = self.roots.iter().map(|&(rank, _)| rank);
        for rank in starts.chain(self.broken.iter().map(|&(rank, _)| rank)) {
            reached[rank as usize] = true;
            self.for_each_descendant(rank, |below| reached[below as usize] = true);
        }
        let lost = (0..self.len()).filter(|&rank| !reached[rank as usize]);
        self.broken
            .extend(lost.map(|rank| (rank, ObjectDamage::Cycle)));
    }

    /// Calls `each` for all objects that are made from this one.
    pub(crate) fn for_each_descendant(&self, rank: u32, mut each: impl FnMut(u32)) {
        let mut stack = vec![self.first_child(rank)];
        while let Some(rank) = stack.pop() {
            if rank == NONE {
                continue;
            }
            each(rank);
            stack.push(self.next_sibling(rank));
            stack.push(self.first_child(rank));
        }
    }

    /// Returns by rank: true for the objects at these positions and for all that they are made from.
    pub(crate) fn with_delta_bases(&self, positions: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut chosen = vec![false; self.locations.len()];
        for position in positions {
            let mut next = self.rank_of(position);
            while let Some(rank) = next
                && !std::mem::replace(&mut chosen[rank as usize], true)
            {
                let entry = self.entry(rank).ok();
                next = entry.and_then(|entry| self.base(rank, &entry));
            }
        }
        chosen
    }

    /// Returns the number of objects.
    pub(crate) fn len(&self) -> u32 {
        self.file.index.num_objects()
    }

    /// Returns the path of the pack.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the pack and its index.
    pub(crate) fn file(&self) -> &PackFile {
        &self.file
    }

    /// Returns the objects that are stored as a whole, in the order of the pack.
    pub(crate) fn roots(&self) -> &[(u32, Kind)] {
        &self.roots
    }

    /// Calls `each` with the position of every object that cannot be made because of its header or its base.
    pub(crate) fn for_each_broken(&self, mut each: impl FnMut(u32, ObjectDamage)) {
        for (rank, damage) in &self.broken {
            each(self.position(*rank), damage.clone());
            // All objects of a cycle are in the list.
            if *damage != ObjectDamage::Cycle {
                self.for_each_orphan(*rank, &mut each);
            }
        }
    }

    /// Calls `each` with the position of every object that cannot be made because this one cannot.
    pub(crate) fn for_each_orphan(&self, rank: u32, mut each: impl FnMut(u32, ObjectDamage)) {
        let damage = ObjectDamage::Base(self.id_at(self.position(rank)).to_string());
        self.for_each_descendant(rank, |rank| each(self.position(rank), damage.clone()));
    }

    /// Returns the first object with this delta base, or [`NONE`].
    pub(crate) fn first_child(&self, rank: u32) -> u32 {
        self.first_child[rank as usize]
    }

    /// Returns the next object with the same delta base, or [`NONE`].
    pub(crate) fn next_sibling(&self, rank: u32) -> u32 {
        self.next_sibling[rank as usize]
    }

    /// Returns the offset of an object.
    pub(crate) fn offset(&self, rank: u32) -> u64 {
        self.locations[rank as usize].0
    }

    /// Returns the position of an object.
    pub(crate) fn position(&self, rank: u32) -> u32 {
        self.locations[rank as usize].1
    }

    /// Returns the offset of the object at a position.
    pub(crate) fn offset_at(&self, position: u32) -> u64 {
        self.file.index.pack_offset_at_index(position)
    }

    /// Returns the id at a position.
    pub(crate) fn id_at(&self, position: u32) -> &oid {
        self.file.index.oid_at_index(position)
    }

    /// Returns the position of an id.
    pub(crate) fn find(&self, id: &oid) -> Option<u32> {
        let mut range = self.fanout.bucket(id);
        while range.start < range.end {
            let middle = range.start + (range.end - range.start) / 2;
            match self.id_at(middle).cmp(id) {
                Ordering::Less => range.start = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => range.end = middle,
            }
        }
        None
    }

    fn rank_of(&self, position: u32) -> Option<u32> {
        let location = (self.offset_at(position), position);
        let rank = self.locations.binary_search(&location).ok()?;
        u32::try_from(rank).ok()
    }

    /// Reads the header of an object.
    ///
    /// # Errors
    /// If the header is invalid or claims more than the stored bytes can inflate to.
    pub(crate) fn entry(&self, rank: u32) -> Result<PackEntry<'_>, ObjectDamage> {
        self.file.entry(self.offset(rank), self.end(rank))
    }

    fn base(&self, rank: u32, entry: &PackEntry<'_>) -> Option<u32> {
        let offset = self.file.base_offset(self.offset(rank), &entry.header)?;
        let base = self.locations.partition_point(|&(other, _)| other < offset);
        let is_found = self
            .locations
            .get(base)
            .is_some_and(|&(at, _)| at == offset);
        is_found.then_some(base as u32)
    }

    /// Returns true unless the stored bytes differ from the checksum in the index.
    pub(crate) fn is_as_indexed(&self, rank: u32) -> bool {
        let checksum = self.file.index.crc32_at_index(self.position(rank));
        let bytes = self.file.bytes(self.offset(rank)..self.end(rank));
        match (checksum, bytes) {
            (Some(checksum), Some(bytes)) => crc32fast::hash(bytes) == checksum,
            _ => true,
        }
    }

    /// Returns where the stored bytes of an object end: where the next one begins.
    fn end(&self, rank: u32) -> u64 {
        let next = self.locations.get(rank as usize + 1);
        next.map_or(self.file.end(), |&(offset, _)| offset)
    }
}
