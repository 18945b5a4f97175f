//! The few bytes by which a text is literal, and which of them stand at a place.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};

/// What a line of the plan cannot hold as it is.
const HIDDEN: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// Three or four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Fragment {
    bytes: [u8; Fragment::MAX],
    len: usize,
}

impl Fragment {
    /// The fewest and the most bytes.
    pub(super) const MIN: usize = 3;
    pub(super) const MAX: usize = 4;

    /// The first `len` bytes of `text`; `None` if it has fewer or they are no fragment.
    pub(super) fn exactly(text: &[u8], len: usize) -> Option<Self> {
        let text = text
            .get(..len)
            .filter(|_| (Self::MIN..=Self::MAX).contains(&len))?;
        let mut bytes = [0; Self::MAX];
        bytes[..len].copy_from_slice(text);
        Some(Self { bytes, len })
    }

    /// Reads what [`Fragment`] writes; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes: Vec<u8> = percent_decode_str(text).collect();
        Self::exactly(&bytes, bytes.len())
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        percent_encode(self.bytes(), HIDDEN).fmt(f)
    }
}

/// Tells which of many fragments stand at a place, with one look for each of the two lengths.
#[derive(Debug)]
pub(super) struct FragmentTable {
    short: Table,
    long: Table,
}

impl FragmentTable {
    /// For the fragments with their index in `fragments`.
    pub(super) fn new(fragments: &[Fragment]) -> Self {
        let table = |len: usize| {
            Table::new(
                fragments
                    .iter()
                    .zip(0u16..)
                    .filter(|(fragment, _)| fragment.len == len)
                    .map(|(fragment, index)| (u32::from_le_bytes(fragment.bytes), index))
                    .collect(),
            )
        };
        Self {
            short: table(Fragment::MIN),
            long: table(Fragment::MAX),
        }
    }

    /// Calls `found` with the index of every fragment that `bytes` begin with.
    #[inline(always)]
    pub(super) fn at(&self, bytes: &[u8], mut found: impl FnMut(u16)) {
        let key = match *bytes {
            [a, b, c, d, ..] => {
                let key = u32::from_le_bytes([a, b, c, d]);
                if let Some(index) = self.long.get(key) {
                    found(index);
                }
                key
            }
            [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
            _ => return,
        };
        if let Some(index) = self.short.get(key & 0x00ff_ffff) {
            found(index);
        }
    }
}

/// A hash table of a size fixed by its content.
#[derive(Debug)]
struct Table {
    /// The keys, each at the place its hash names or, if that is taken, in the next free one.
    slots: Vec<(u32, u16)>,
    shift: u32,
}

impl Table {
    /// What stands in a free slot.
    const FREE: u16 = u16::MAX;

    fn new(keys: Vec<(u32, u16)>) -> Self {
        // Eight slots a key: most places that are looked up hold none, and should meet a free slot.
        let bits = (keys.len().max(1) * 8).next_power_of_two().ilog2();
        let mut table = Self {
            slots: vec![(0, Self::FREE); 1 << bits],
            shift: u32::BITS - bits,
        };
        for (key, index) in keys {
            let slot = table.slot(key);
            table.slots[slot] = (key, index);
        }
        table
    }

    #[inline]
    fn get(&self, key: u32) -> Option<u16> {
        let (_, index) = self.slots[self.slot(key)];
        (index != Self::FREE).then_some(index)
    }

    /// Where the key is, or would be.
    #[inline]
    fn slot(&self, key: u32) -> usize {
        let mut slot = (key.wrapping_mul(0x9e37_79b1) >> self.shift) as usize;
        loop {
            let (known, index) = self.slots[slot];
            if known == key || index == Self::FREE {
                return slot;
            }
            slot = (slot + 1) % self.slots.len();
        }
    }
}
