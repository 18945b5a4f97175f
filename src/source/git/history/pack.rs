//! One pack: its bytes, its index, and which object builds on which.

use std::path::{Path, PathBuf};

use gix::hash::{ObjectId, oid};
use gix::odb::pack::{data, index};

use super::damage::Damage;
use super::entry::{self, Entry, Kind, Stored};
use super::inflate;

/// No object.
pub(crate) const NONE: u32 = u32::MAX;

/// A pack and its index, mapped into memory, and the forest of its deltas. Objects are known by
/// their rank: their place in the order of the pack.
pub(crate) struct Pack {
    path: PathBuf,
    data: data::File,
    index: index::File,
    /// By rank: where it begins, and its place in the index.
    places: Vec<(u64, u32)>,
    /// By rank: the first that builds on it.
    first_child: Vec<u32>,
    /// By rank: the next that builds on the same.
    next_sibling: Vec<u32>,
    /// What builds on nothing, by place.
    roots: Vec<(u32, Kind)>,
    /// What cannot be put in the forest.
    broken: Vec<(u32, Damage)>,
}

impl Pack {
    /// Opens the pack of an index.
    ///
    /// # Errors
    /// In words, if it cannot be opened or is no pack.
    pub(crate) fn open(index_path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        let tell = |error: gix::Error| error.to_string();
        let path = index_path.with_extension("pack");
        let index = index::File::at(index_path, hash).map_err(tell)?;
        let data = data::File::at(&path, hash).map_err(tell)?;
        let mut pack = Self {
            places: Vec::with_capacity(index.num_objects() as usize),
            path,
            data,
            index,
            first_child: Vec::new(),
            next_sibling: Vec::new(),
            roots: Vec::new(),
            broken: Vec::new(),
        };
        pack.plant(hash);
        Ok(pack)
    }

    /// Reads the head of every object and links it to its base.
    fn plant(&mut self, hash: gix::hash::Kind) {
        let count = self.index.num_objects();
        self.places
            .extend((0..count).map(|place| (self.index.pack_offset_at_index(place), place)));
        self.places.sort_unstable();
        self.first_child = vec![NONE; count as usize];
        self.next_sibling = vec![NONE; count as usize];
        let mut has_named = false;
        // From the end, so that children come in the order of the pack.
        for rank in (0..count).rev() {
            let base = match self.head(rank, hash) {
                Ok((entry, _)) => match entry.stored {
                    Stored::Whole(kind) => {
                        self.roots.push((rank, kind));
                        continue;
                    }
                    Stored::Named(id) => {
                        has_named = true;
                        self.rank_of(&id)
                    }
                    Stored::Before(distance) => self.places[rank as usize]
                        .0
                        .checked_sub(distance)
                        .filter(|_| distance > 0)
                        .and_then(|offset| self.rank_at(offset)),
                },
                Err(damage) => {
                    self.broken.push((rank, damage));
                    continue;
                }
            };
            let Some(base) = base else {
                self.broken.push((rank, Damage::NoBase));
                continue;
            };
            self.next_sibling[rank as usize] = self.first_child[base as usize];
            self.first_child[base as usize] = rank;
        }
        self.roots.reverse();
        if has_named {
            self.find_circles();
        }
    }

    /// Only deltas that name their base can go in a circle; such objects hang on no root.
    fn find_circles(&mut self) {
        let mut reached = vec![false; self.places.len()];
        let starts = self.roots.iter().map(|&(rank, _)| rank);
        for rank in starts.chain(self.broken.iter().map(|&(rank, _)| rank)) {
            reached[rank as usize] = true;
            self.descendants(rank, |below| reached[below as usize] = true);
        }
        let lost = (0..self.len()).filter(|&rank| !reached[rank as usize]);
        self.broken.extend(lost.map(|rank| (rank, Damage::Cycle)));
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
    pub(crate) fn broken(&self) -> &[(u32, Damage)] {
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
        self.index.lookup(id)
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
    pub(crate) fn head(&self, rank: u32, hash: gix::hash::Kind) -> Result<(Entry, &[u8]), Damage> {
        let bytes = self.stored(rank).ok_or(Damage::Short)?;
        let entry = entry::parse(bytes, hash)?;
        let stored = bytes.get(entry.head..).ok_or(Damage::Short)?;
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
