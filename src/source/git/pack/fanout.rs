//! Finds an id among sorted ones without going through half of a large table.

use std::ops::Range;

use gix::hash::oid;

/// How many ids share a start, on the average.
const SHARE: u32 = 2;

/// How many of the ids come before those that begin with the same bits. Ids are evenly spread, so that few
/// are left to be looked at; where they are not, as in an index made up to deceive, it takes a search.
pub(crate) struct FanoutTable {
    /// One more than there are starts.
    before: Vec<u32>,
    /// How many bits of [`start`] are left out.
    shift: u32,
}

impl FanoutTable {
    /// Of `count` ids in ascending order.
    pub(crate) fn new<'i>(count: u32, id: impl Fn(u32) -> &'i oid) -> Self {
        let bits = (count / SHARE).max(1).ilog2();
        let shift = u64::BITS - bits.max(1);
        let mut before = vec![0u32; (1 << bits.max(1)) + 1];
        for place in 0..count {
            before[(start(id(place)) >> shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        for count in &mut before {
            sum += *count;
            *count = sum;
        }
        Self { before, shift }
    }

    /// The places of the ids that begin like this one.
    pub(crate) fn bucket(&self, id: &oid) -> Range<u32> {
        let start = (start(id) >> self.shift) as usize;
        self.before[start]..self.before[start + 1]
    }
}

/// The first bytes of an id, as a number.
fn start(id: &oid) -> u64 {
    let bytes = id.as_bytes().first_chunk().copied();
    u64::from_be_bytes(bytes.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where `id` is among sorted ids.
    fn place(ids: &[gix::ObjectId], id: &oid) -> Option<u32> {
        let count = u32::try_from(ids.len()).unwrap();
        let fanout = FanoutTable::new(count, |place| &ids[place as usize]);
        let bucket = fanout.bucket(id);
        assert!(bucket.end <= count);
        bucket.into_iter().find(|&place| ids[place as usize] == id)
    }

    #[test]
    fn every_id_is_near_its_place() {
        for count in [0u32, 1, 2, 15, 16, 17, 1000] {
            for spread in [0x9e37_79b9_7f4a_7c15u64, 1, 1 << 63] {
                let id = |number: u32| {
                    let mut bytes = [0; 20];
                    let start = u64::from(number).wrapping_mul(spread);
                    bytes[..8].copy_from_slice(&start.to_be_bytes());
                    bytes[16..].copy_from_slice(&number.to_be_bytes());
                    gix::ObjectId::from(bytes)
                };
                let mut ids: Vec<_> = (0..count).map(id).collect();
                ids.sort_unstable();
                for (at, id) in (0..).zip(&ids) {
                    assert_eq!(place(&ids, id), Some(at));
                }
                assert_eq!(place(&ids, &id(count)), None);
            }
        }
    }
}
