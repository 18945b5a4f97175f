//! Reads one object of a pack by itself.

use super::damage::Damage;
use super::delta::Delta;
use super::entry::{Entry, Kind, Stored};
use super::held::Held;
use super::inflate::{Exactly, InflateReader, Inflater};
use super::object::{Content, STREAMED};
use super::pack::Pack;
use super::patch::Patch;
use super::store;
use super::walk::MAX_DEPTH;

/// The objects of one pack, each of which has a place there.
pub(crate) trait Entries {
    /// What an object is known by.
    type Place: Copy;

    /// The head of an object and the compressed bytes behind it.
    ///
    /// # Errors
    /// If the head is broken or claims more than the bytes can hold.
    fn head(&self, place: Self::Place, hash: gix::hash::Kind) -> Result<(Entry, &[u8]), Damage>;

    /// The base of an object that is stored as a delta.
    fn base(&self, place: Self::Place, entry: &Entry) -> Option<Self::Place>;
}

impl Entries for Pack {
    type Place = u32;

    fn head(&self, rank: u32, hash: gix::hash::Kind) -> Result<(Entry, &[u8]), Damage> {
        Self::head(self, rank, hash)
    }

    fn base(&self, rank: u32, entry: &Entry) -> Option<u32> {
        Self::base(self, rank, entry)
    }
}

/// Lends one object of a pack to `take`. Of a blob of more than `limit` bytes only what it is made from is
/// kept, in files; the blob itself is streamed.
///
/// # Errors
/// As [`read`].
pub(crate) fn lend<P: Entries, T>(
    pack: &P,
    place: P::Place,
    hash: gix::hash::Kind,
    inflater: &mut Inflater,
    limit: usize,
    take: impl FnOnce(Kind, Content<'_>) -> T,
) -> Result<T, Damage> {
    let (entry, stored) = pack.head(place, hash)?;
    if let Stored::Whole(kind) = entry.stored {
        if is_large(kind, entry.size, limit) {
            let mut content = Exactly::new(InflateReader::new(stored), entry.size);
            return Ok(take(kind, Content::Stream(&mut content)));
        }
        store::room_for(entry.size)?;
        let mut bytes = Vec::new();
        inflater.whole(stored, entry.size, &mut bytes)?;
        return Ok(take(kind, Content::Bytes(&bytes)));
    }
    let base = pack.base(place, &entry).ok_or(Damage::NoBase)?;
    let (kind, base) = read(pack, base, hash, inflater, limit)?;
    let mut patch = Patch::inflated(stored, entry.size, &base)?;
    let size = patch.size();
    if is_large(kind, size, limit) {
        return Ok(take(kind, Content::Stream(&mut patch)));
    }
    store::room_for(size)?;
    Held::of(&mut patch, size, usize::MAX)?.lend(|content| take(kind, content))
}

/// Reads one object of a pack by itself. A blob of more than `limit` bytes, and each that it is
/// made from, is kept in a file.
///
/// # Errors
/// If it, or what it builds on, is broken, or no temporary file can be written.
pub(crate) fn read<P: Entries>(
    pack: &P,
    place: P::Place,
    hash: gix::hash::Kind,
    inflater: &mut Inflater,
    limit: usize,
) -> Result<(Kind, Held), Damage> {
    let mut chain = vec![place];
    let (kind, mut held) = loop {
        let place = chain.last().copied().unwrap_or(place);
        let (entry, stored) = pack.head(place, hash)?;
        if let Stored::Whole(kind) = entry.stored {
            chain.pop();
            if is_large(kind, entry.size, limit) {
                break (kind, Held::inflated(stored, entry.size, limit)?);
            }
            store::room_for(entry.size)?;
            let mut bytes = Vec::new();
            inflater.whole(stored, entry.size, &mut bytes)?;
            break (kind, Held::Memory(bytes));
        }
        if chain.len() > MAX_DEPTH as usize {
            return Err(Damage::Deep);
        }
        chain.push(pack.base(place, &entry).ok_or(Damage::NoBase)?);
    };
    let (mut delta, mut made) = (Vec::new(), Vec::new());
    while let Some(place) = chain.pop() {
        let (entry, stored) = pack.head(place, hash)?;
        if let Held::Memory(bytes) = &mut held
            && !is_large(kind, entry.size, limit)
        {
            store::room_for(entry.size)?;
            inflater.whole(stored, entry.size, &mut delta)?;
            let patch = Delta::new(bytes, &delta)?;
            if !is_large(kind, patch.size(), limit) {
                store::room_for(patch.size())?;
                if patch.size() > STREAMED as u64 {
                    patch.check()?;
                }
                made.clear();
                patch.apply(&mut made)?;
                std::mem::swap(bytes, &mut made);
                continue;
            }
        }
        // What is made of large objects needs the room.
        (delta, made) = (Vec::new(), Vec::new());
        let mut patch = Patch::inflated(stored, entry.size, &held)?;
        let size = patch.size();
        let next = Held::of(&mut patch, size, limit)?;
        drop(patch);
        held = next;
    }
    Ok((kind, held))
}

/// True for what is not held in memory. Commits, tags and folders always are: they are taken apart.
pub(crate) fn is_large(kind: Kind, size: u64, limit: usize) -> bool {
    kind == Kind::Blob && size > limit as u64
}
