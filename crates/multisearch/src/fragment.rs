//! The few bytes by which a literal is searched, and which of them are at a position.

/// Three or four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fragment {
    bytes: [u8; Fragment::MAX],
    len: u8,
}

impl Fragment {
    /// The lengths of the shortest and the longest fragment.
    pub(crate) const MIN: usize = 3;
    pub(crate) const MAX: usize = 4;

    /// Returns the first `len` bytes of `text` if it has so many.
    pub(crate) fn exactly(text: &[u8], len: usize) -> Option<Self> {
        let text = text.get(..len)?;
        let mut bytes = [0; Self::MAX];
        bytes.get_mut(..len)?.copy_from_slice(text);
        Some(Self {
            bytes,
            len: len as u8,
        })
    }

    /// Returns a number by which fragments can be sorted.
    pub(crate) fn key(&self) -> u64 {
        u64::from(u32::from_be_bytes(self.bytes)) << 8 | u64::from(self.len)
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Looks up the fragments at a position, with one probe for each of the two lengths.
#[derive(Debug)]
pub(crate) struct FragmentTable {
    /// The beginnings of three bytes that occur: most lookups are for absent fragments and end here.
    starts: StartFilter,
    short: HashedKeys,
    long: HashedKeys,
}

impl FragmentTable {
    /// Maximum number of fragments that can be numbered.
    pub(crate) const MAX_FRAGMENTS: usize = HashedKeys::FREE as usize;

    /// The bits of three bytes.
    const SHORT: u32 = 0x00ff_ffff;

    /// Builds the table of `fragments`, which results refer to by index.
    pub(crate) fn new(fragments: &[Fragment]) -> Self {
        let table = |len: usize| {
            let numbered = fragments.iter().zip(0u16..);
            let own = numbered.filter(|(fragment, _)| usize::from(fragment.len) == len);
            HashedKeys::new(
                own.map(|(fragment, index)| (u32::from_le_bytes(fragment.bytes), index))
                    .collect(),
            )
        };
        Self {
            starts: StartFilter::new(fragments),
            short: table(Fragment::MIN),
            long: table(Fragment::MAX),
        }
    }

    /// Returns false if no fragment begins at `at`. Most candidates end here. A position at the end is not examined.
    #[inline(always)]
    pub(crate) fn may_match(&self, bytes: &[u8], at: usize) -> bool {
        let here = bytes.get(at..at.wrapping_add(Fragment::MAX));
        let key = here.and_then(|here| here.first_chunk());
        key.is_none_or(|key| self.starts.contains(u32::from_le_bytes(*key) & Self::SHORT))
    }

    /// Calls `found` with the index of each fragment that `bytes` begin with.
    pub(crate) fn matches(&self, bytes: &[u8], mut found: impl FnMut(u16)) {
        let Some(key) = Self::key(bytes) else { return };
        if bytes.len() >= Fragment::MAX
            && let Some(index) = self.long.get(key)
        {
            found(index);
        }
        if let Some(index) = self.short.get(key & Self::SHORT) {
            found(index);
        }
    }

    /// Returns the first four bytes, or three and a zero.
    #[inline(always)]
    fn key(bytes: &[u8]) -> Option<u32> {
        match (bytes.first_chunk(), bytes) {
            (Some(long), _) => Some(u32::from_le_bytes(*long)),
            (None, &[a, b, c]) => Some(u32::from_le_bytes([a, b, c, 0])),
            _ => None,
        }
    }
}

/// A set of the first three bytes of fragments, with a few others that share their hash. It is small enough to stay
/// in the processor's first cache.
#[derive(Debug)]
struct StartFilter(Box<[u64; 1 << (StartFilter::BITS - 6)]>);

impl StartFilter {
    /// The binary logarithm of the number of bits.
    const BITS: u32 = 16;

    fn new(fragments: &[Fragment]) -> Self {
        let mut filter = Self(Box::new([0; 1 << (Self::BITS - 6)]));
        for fragment in fragments {
            let start = u32::from_le_bytes(fragment.bytes) & FragmentTable::SHORT;
            let (word, bit) = Self::place(start);
            filter.0[word] |= bit;
        }
        filter
    }

    #[inline]
    fn contains(&self, start: u32) -> bool {
        let (word, bit) = Self::place(start);
        self.0[word] & bit != 0
    }

    /// The word and the bit of a start.
    #[inline]
    fn place(start: u32) -> (usize, u64) {
        let hash = start.wrapping_mul(0x9e37_79b1) >> (u32::BITS - Self::BITS);
        ((hash >> 6) as usize, 1 << (hash & 63))
    }
}

/// A hash table with open addressing that never grows.
#[derive(Debug)]
struct HashedKeys {
    slots: Vec<(u32, u16)>,
    shift: u32,
}

impl HashedKeys {
    /// The value of a free slot.
    const FREE: u16 = u16::MAX;

    fn new(keys: Vec<(u32, u16)>) -> Self {
        // Eight slots a key: most lookups are for absent keys and should end at a free slot.
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

    /// The slot of the key, or the free one where it would be.
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
