//! One pack: its bytes, its index, and which object builds on which.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gix::hash::{ObjectId, oid};
use gix::odb::pack::{data, index};

use super::damage::ObjectDamage;
use super::entry::{self, Entry, Kind, Stored};
use super::fanout::FanoutTable;
use super::inflate;
use crate::source::pool::on_each_thread;

/// No object.
pub(crate) const NONE: u32 = u32::MAX;

/// A thread of its own is worth its start for so many objects.
const LEAST_SHARE: usize = 8192;

/// What stands on its own in a part of a pack.
#[derive(Default)]
struct PartialForest {
    roots: Vec<(u32, Kind)>,
    broken: Vec<(u32, ObjectDamage)>,
    /// True if a delta names its base, instead of telling where it is.
    has_named: bool,
}

/// A pack and its index, mapped into memory, and the forest of its deltas. Objects are known by
/// their rank: their place in the order of the pack.
pub(crate) struct Pack {
    path: PathBuf,
    data: data::File,
    index: index::File,
    fanout: FanoutTable,
    /// By rank: where it begins, and its place in the index.
    places: Vec<(u64, u32)>,
    /// By rank: the first that builds on it.
    first_child: Vec<u32>,
    /// By rank: the next that builds on the same.
    next_sibling: Vec<u32>,
    /// What builds on nothing, by place.
    roots: Vec<(u32, Kind)>,
    /// What cannot be put in the forest.
    broken: Vec<(u32, ObjectDamage)>,
}

/// Maps the pack of an index, and the index.
///
/// # Errors
/// In words, if it cannot be opened or is no pack.
pub(crate) fn open_files(
    index_path: &Path,
    hash: gix::hash::Kind,
) -> Result<(data::File, index::File), String> {
    let tell = |error: gix::Error| error.to_string();
    let index = index::File::at(index_path, hash).map_err(tell)?;
    let data = data::File::at(index_path.with_extension("pack"), hash).map_err(tell)?;
    Ok((data, index))
}

impl Pack {
    /// Opens the pack of an index.
    ///
    /// # Errors
    /// In words, if it cannot be opened or is no pack.
    pub(crate) fn open(
        index_path: &Path,
        hash: gix::hash::Kind,
        threads: usize,
    ) -> Result<Self, String> {
        let path = index_path.with_extension("pack");
        let (data, index) = open_files(index_path, hash)?;
        let mut pack = Self {
            places: Vec::with_capacity(index.num_objects() as usize),
            fanout: FanoutTable::new(index.num_objects(), |place| index.oid_at_index(place)),
            path,
            data,
            index,
            first_child: Vec::new(),
            next_sibling: Vec::new(),
            roots: Vec::new(),
            broken: Vec::new(),
        };
        pack.build_forest(hash, threads);
        Ok(pack)
    }

    /// Reads the head of every object and links it to its base.
    fn build_forest(&mut self, hash: gix::hash::Kind, threads: usize) {
        let count = self.index.num_objects();
        self.places
            .extend((0..count).map(|place| (self.index.pack_offset_at_index(place), place)));
        self.places.sort_unstable();
        self.first_child = vec![NONE; count as usize];
        self.next_sibling = vec![NONE; count as usize];
        let mut bases = vec![NONE; count as usize];
        let share = bases.len().div_ceil(threads.max(1)).max(LEAST_SHARE);
        let this = &*self;
        let workers = bases.len().div_ceil(share);
        let shares = Mutex::new((0..).step_by(share).zip(bases.chunks_mut(share)));
        let next = || shares.lock().unwrap_or_else(PoisonError::into_inner).next();
        let run = || -> Vec<(u32, PartialForest)> {
            std::iter::from_fn(next)
                .map(|(first, bases)| (first, this.bases(first, bases, hash)))
                .collect()
        };
        let mut parts: Vec<(u32, PartialForest)> = on_each_thread(workers, &run)
            .into_iter()
            .flatten()
            .collect();
        parts.sort_unstable_by_key(|(first, _)| *first);
        // From the end, so that children come in the order of the pack.
        for (rank, base) in (0..count).zip(bases).rev() {
            if base != NONE {
                self.next_sibling[rank as usize] = self.first_child[base as usize];
                self.first_child[base as usize] = rank;
            }
        }
        let has_named = parts.iter().any(|(_, part)| part.has_named);
        for (_, part) in parts {
            self.roots.extend(part.roots);
            self.broken.extend(part.broken);
        }
        if has_named {
            self.find_cycles();
        }
    }

    /// Reads the heads of the objects from rank `first` on, and says for each what it builds on.
    fn bases(&self, first: u32, bases: &mut [u32], hash: gix::hash::Kind) -> PartialForest {
        let mut part = PartialForest::default();
        for (rank, place) in (first..).zip(bases) {
            let base = match self.head(rank, hash) {
                Ok((entry, _)) => match entry.stored {
                    Stored::Whole(kind) => {
                        part.roots.push((rank, kind));
                        continue;
                    }
                    Stored::Before(0) => None,
                    Stored::Before(_) => self.base(rank, &entry),
                    Stored::Named(_) => {
                        part.has_named = true;
                        self.base(rank, &entry)
                    }
                },
                Err(damage) => {
                    part.broken.push((rank, damage));
                    continue;
                }
            };
            match base {
                Some(base) => *place = base,
                None => part.broken.push((rank, ObjectDamage::NoBase)),
            }
        }
        part
    }

    /// Only deltas that name their base can go in a circle; such objects hang on no root.
    fn find_cycles(&mut self) {
        let mut reached = vec![false; self.places.len()];
        let starts = self.roots.iter().map(|&(rank, _)| rank);
        for rank in starts.chain(self.broken.iter().map(|&(rank, _)| rank)) {
            reached[rank as usize] = true;
            self.descendants(rank, |below| reached[below as usize] = true);
        }
        let lost = (0..self.len()).filter(|&rank| !reached[rank as usize]);
        self.broken
            .extend(lost.map(|rank| (rank, ObjectDamage::Cycle)));
    }

    /// Calls `each` for all that build on an object.
    pub(crate) fn descendants(&self, rank: u32, mut each: impl FnMut(u32)) {
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

    /// By rank: true for the objects at `places` of the index, and for all that these are made from.
    pub(crate) fn with_delta_bases(
        &self,
        places: impl Iterator<Item = u32>,
        hash: gix::hash::Kind,
    ) -> Vec<bool> {
        let mut leads = vec![false; self.places.len()];
        for place in places {
            let mut next = self.rank_of_place(place);
            while let Some(rank) = next
                && !std::mem::replace(&mut leads[rank as usize], true)
            {
                let entry = self.head(rank, hash).ok().map(|(entry, _)| entry);
                next = entry.and_then(|entry| self.base(rank, &entry));
            }
        }
        leads
    }

    /// How many objects it has.
    pub(crate) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What builds on nothing, in the order of the pack.
    pub(crate) fn roots(&self) -> &[(u32, Kind)] {
        &self.roots
    }

    /// What cannot be read at all, with all that builds on it.
    pub(crate) fn broken(&self) -> &[(u32, ObjectDamage)] {
        &self.broken
    }

    /// The first that builds on an object, or [`NONE`].
    pub(crate) fn first_child(&self, rank: u32) -> u32 {
        self.first_child[rank as usize]
    }

    /// The next that builds on the same, or [`NONE`].
    pub(crate) fn next_sibling(&self, rank: u32) -> u32 {
        self.next_sibling[rank as usize]
    }

    /// The place of an object in the index, which is in the order of ids.
    pub(crate) fn place(&self, rank: u32) -> u32 {
        self.places[rank as usize].1
    }

    /// The id at a place of the index.
    pub(crate) fn id_at(&self, place: u32) -> &oid {
        self.index.oid_at_index(place)
    }

    /// The place of an id in the index.
    pub(crate) fn find(&self, id: &oid) -> Option<u32> {
        let bucket = self.fanout.bucket(id);
        let (mut first, mut end) = (bucket.start, bucket.end);
        while first < end {
            let middle = first + (end - first) / 2;
            match self.id_at(middle).cmp(id) {
                Ordering::Less => first = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => end = middle,
            }
        }
        None
    }

    /// The rank of what has this place in the index.
    pub(crate) fn rank_of_place(&self, place: u32) -> Option<u32> {
        let key = (self.index.pack_offset_at_index(place), place);
        let rank = self.places.binary_search(&key).ok()?;
        u32::try_from(rank).ok()
    }

    fn rank_of(&self, id: &ObjectId) -> Option<u32> {
        self.rank_of_place(self.find(id)?)
    }

    fn rank_at(&self, offset: u64) -> Option<u32> {
        let rank = self.places.partition_point(|&(other, _)| other < offset);
        let found = self.places.get(rank).is_some_and(|&(at, _)| at == offset);
        found
            .then_some(rank)
            .and_then(|rank| u32::try_from(rank).ok())
    }

    /// The head of an object and the compressed bytes behind it.
    ///
    /// # Errors
    /// If the head is broken or claims more than the bytes can hold.
    pub(crate) fn head(
        &self,
        rank: u32,
        hash: gix::hash::Kind,
    ) -> Result<(Entry, &[u8]), ObjectDamage> {
        let bytes = self.stored(rank).ok_or(ObjectDamage::Short)?;
        let entry = entry::parse(bytes, hash)?;
        let stored = bytes.get(entry.head..).ok_or(ObjectDamage::Short)?;
        inflate::check_claim(stored.len() as u64, entry.size)?;
        Ok((entry, stored))
    }

    /// The base of an object that is stored as a delta.
    pub(crate) fn base(&self, rank: u32, entry: &Entry) -> Option<u32> {
        match &entry.stored {
            Stored::Whole(_) => None,
            Stored::Named(id) => self.rank_of(id),
            Stored::Before(distance) => {
                let offset = self.places[rank as usize].0.checked_sub(*distance)?;
                self.rank_at(offset)
            }
        }
    }

    /// False if the index holds another checksum of what is stored.
    pub(crate) fn is_as_indexed(&self, rank: u32) -> bool {
        match (
            self.index.crc32_at_index(self.place(rank)),
            self.stored(rank),
        ) {
            (Some(sum), Some(bytes)) => crc32fast::hash(bytes) == sum,
            _ => true,
        }
    }

    /// All that is stored of an object.
    fn stored(&self, rank: u32) -> Option<&[u8]> {
        let start = self.places[rank as usize].0;
        let end = match self.places.get(rank as usize + 1) {
            Some(&(next, _)) => next,
            None => self.data.pack_end() as u64,
        };
        let fits = start < end && end <= self.data.pack_end() as u64;
        self.data.entry_slice(start..end).filter(|_| fits)
    }
}
