//! A fan-out table: narrows the search for an id in a sorted list to a few candidates.

use std::ops::Range;

use gix::hash::oid;

/// Average number of ids in a bucket.
const IDS_PER_BUCKET: u32 = 2;

/// By the first bits of an id: how many ids are smaller. Ids are evenly distributed, so that buckets are small; in
/// an index that is made to deceive they may be large, which costs a binary search.
pub(crate) struct FanoutTable {
    /// The start of each bucket; one entry more than the number of buckets.
    starts: Vec<u32>,
    /// Number of bits of [`prefix`] that are ignored.
    shift: u32,
}

impl FanoutTable {
    /// Creates the table of `count` ids in ascending order.
    pub(crate) fn new<'i>(count: u32, id: impl Fn(u32) -> &'i oid) -> Self {
        let bits = (count / IDS_PER_BUCKET).max(1).ilog2().max(1);
        let shift = u64::BITS - bits;
        let mut starts = vec![0u32; (1 << bits) + 1];
        for position in 0..count {
            starts[(prefix(id(position)) >> shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        for count in &mut starts {
            sum += *count;
            *count = sum;
        }
        Self { starts, shift }
    }

    /// Returns the positions of the ids that begin like this one.
    pub(crate) fn bucket(&self, id: &oid) -> Range<u32> {
        let bucket = (prefix(id) >> self.shift) as usize;
        self.starts[bucket]..self.starts[bucket + 1]
    }
}

/// Returns the first bytes of an id as a number.
fn prefix(id: &oid) -> u64 {
    let bytes = id.as_bytes().first_chunk().copied();
    u64::from_be_bytes(bytes.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the position of an id among sorted ids.
    fn position(ids: &[gix::ObjectId], id: &oid) -> Option<u32> {
        let count = u32::try_from(ids.len()).unwrap();
        let fanout = FanoutTable::new(count, |position| &ids[position as usize]);
        let bucket = fanout.bucket(id);
        assert!(bucket.end <= count);
        bucket
            .into_iter()
            .find(|&position| ids[position as usize] == id)
    }

    #[test]
    fn finds_every_id_in_its_bucket() {
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
                    assert_eq!(position(&ids, id), Some(at));
                }
                assert_eq!(position(&ids, &id(count)), None);
            }
        }
    }
}
