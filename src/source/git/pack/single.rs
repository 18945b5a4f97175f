//! Reads one object of a pack by itself.

use super::buffer::ObjectBuffer;
use super::damage::ObjectDamage;
use super::delta::Delta;
use super::delta_stream::DeltaStream;
use super::entry::{Entry, Kind, Stored};
use super::inflate::{Exactly, InflateReader, Inflater};
use super::object::{ObjectContent, STREAM_THRESHOLD};
use super::pack::Pack;
use super::store;
use super::traversal::MAX_DEPTH;

/// The objects of one pack, each of which has a place there.
pub(crate) trait Entries {
    /// What an object is known by.
    type Place: Copy;

    /// The head of an object and the compressed bytes behind it.
    ///
    /// # Errors
    /// If the head is broken or claims more than the bytes can hold.
    fn head(
        &self,
        place: Self::Place,
        hash: gix::hash::Kind,
    ) -> Result<(Entry, &[u8]), ObjectDamage>;

    /// The base of an object that is stored as a delta.
    fn base(&self, place: Self::Place, entry: &Entry) -> Option<Self::Place>;
}

impl Entries for Pack {
    type Place = u32;

    fn head(&self, rank: u32, hash: gix::hash::Kind) -> Result<(Entry, &[u8]), ObjectDamage> {
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
    take: impl FnOnce(Kind, ObjectContent<'_>) -> T,
) -> Result<T, ObjectDamage> {
    let (entry, stored) = pack.head(place, hash)?;
    if let Stored::Whole(kind) = entry.stored {
        if is_large(kind, entry.size, limit) {
            let mut content = Exactly::new(InflateReader::new(stored), entry.size);
            return Ok(take(kind, ObjectContent::Stream(&mut content)));
        }
        store::room_for(entry.size)?;
        let mut bytes = Vec::new();
        inflater.whole(stored, entry.size, &mut bytes)?;
        return Ok(take(kind, ObjectContent::Bytes(&bytes)));
    }
    let base = pack.base(place, &entry).ok_or(ObjectDamage::NoBase)?;
    let (kind, base) = read(pack, base, hash, inflater, limit)?;
    let mut delta = DeltaStream::inflated(stored, entry.size, &base)?;
    let size = delta.size();
    if is_large(kind, size, limit) {
        return Ok(take(kind, ObjectContent::Stream(&mut delta)));
    }
    store::room_for(size)?;
    ObjectBuffer::of(&mut delta, size, usize::MAX)?.lend(|content| take(kind, content))
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
) -> Result<(Kind, ObjectBuffer), ObjectDamage> {
    let mut chain = vec![place];
    let (kind, mut held) = loop {
        let place = chain.last().copied().unwrap_or(place);
        let (entry, stored) = pack.head(place, hash)?;
        if let Stored::Whole(kind) = entry.stored {
            chain.pop();
            if is_large(kind, entry.size, limit) {
                break (kind, ObjectBuffer::inflated(stored, entry.size, limit)?);
            }
            store::room_for(entry.size)?;
            let mut bytes = Vec::new();
            inflater.whole(stored, entry.size, &mut bytes)?;
            break (kind, ObjectBuffer::Memory(bytes));
        }
        if chain.len() > MAX_DEPTH as usize {
            return Err(ObjectDamage::Deep);
        }
        chain.push(pack.base(place, &entry).ok_or(ObjectDamage::NoBase)?);
    };
    let (mut delta, mut made) = (Vec::new(), Vec::new());
    while let Some(place) = chain.pop() {
        let (entry, stored) = pack.head(place, hash)?;
        if let ObjectBuffer::Memory(bytes) = &mut held
            && !is_large(kind, entry.size, limit)
        {
            store::room_for(entry.size)?;
            inflater.whole(stored, entry.size, &mut delta)?;
            let delta = Delta::new(bytes, &delta)?;
            if !is_large(kind, delta.size(), limit) {
                store::room_for(delta.size())?;
                if delta.size() > STREAM_THRESHOLD as u64 {
                    delta.check()?;
                }
                made.clear();
                delta.apply(&mut made)?;
                std::mem::swap(bytes, &mut made);
                continue;
            }
        }
        // What is made of large objects needs the room.
        (delta, made) = (Vec::new(), Vec::new());
        let mut delta = DeltaStream::inflated(stored, entry.size, &held)?;
        let size = delta.size();
        let next = ObjectBuffer::of(&mut delta, size, limit)?;
        drop(delta);
        held = next;
    }
    Ok((kind, held))
}

/// True for what is not held in memory. Commits, tags and folders always are: they are taken apart.
pub(crate) fn is_large(kind: Kind, size: u64, limit: usize) -> bool {
    kind == Kind::Blob && size > limit as u64
}
