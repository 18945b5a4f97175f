//! Reads one object of a pack by itself.

use super::damage::Damage;
use super::delta::Delta;
use super::entry::{Kind, Stored};
use super::held::Held;
use super::inflate::Inflater;
use super::object::STREAMED;
use super::pack::Pack;
use super::patch::Patch;
use super::store;
use super::walk::MAX_DEPTH;

/// Reads one object of a pack by itself. A blob of more than `limit` bytes, and each that it is
/// made from, is kept in a file.
///
/// # Errors
/// If it, or what it builds on, is broken, or no temporary file can be written.
pub(crate) fn read(
    pack: &Pack,
    rank: u32,
    hash: gix::hash::Kind,
    inflater: &mut Inflater,
    limit: usize,
) -> Result<(Kind, Held), Damage> {
    let mut chain = vec![rank];
    let (kind, mut held) = loop {
        let rank = chain.last().copied().unwrap_or(rank);
        let (entry, stored) = pack.head(rank, hash)?;
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
        chain.push(pack.base(rank, &entry).ok_or(Damage::NoBase)?);
    };
    let (mut delta, mut made) = (Vec::new(), Vec::new());
    while let Some(rank) = chain.pop() {
        let (entry, stored) = pack.head(rank, hash)?;
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
