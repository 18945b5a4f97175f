//! The vector search: tests a block of positions against all buckets of all passes.
//!
//! A position passes a bucket if each of its bytes belongs to a class that occurs at that offset in one of the
//! bucket's fragments. A table maps each class to a bit set of buckets; looking up the bytes of a block and
//! combining the four offsets takes a few instructions for 16 to 64 positions. Signatures of encoded text are
//! tested in the same way, one bit each, and must recur in the block.
//!
//! Candidates are recorded without a branch and reported some blocks later: in ordinary text a branch for
//! each candidate is mispredicted often enough to cost more than the search.

#[cfg(target_arch = "aarch64")]
mod arm;
mod single;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
pub(super) use x86::runs_256;

use super::buckets;
use super::fragment::Fragment;
use super::level::SimdLevel;
use super::signature;

pub use single::{BLOCK, find_bytes};

/// Buckets of one pass: the bits of a byte.
pub(super) const BUCKETS: usize = 8;

/// The method by which the table lookups of an instruction set classify bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Classes {
    /// By the low six bits (AVX-512 VBMI).
    Sextet,
    /// By the low and the high four bits separately (AVX2, NEON).
    Nibbles,
}

impl Classes {
    /// Returns the classes of a level; `None` for the level without vector instructions.
    pub(super) fn of(level: SimdLevel) -> Option<Self> {
        match level {
            SimdLevel::Avx512 => Some(Self::Sextet),
            SimdLevel::Avx2 | SimdLevel::Neon => Some(Self::Nibbles),
            SimdLevel::None => None,
        }
    }

    /// The class of a byte by its low bits.
    pub(super) fn low(self, byte: u8) -> usize {
        match self {
            Self::Sextet => usize::from(byte & 63),
            Self::Nibbles => usize::from(byte & 15),
        }
    }

    /// The class of a byte by its high bits.
    pub(super) fn high(self, byte: u8) -> usize {
        match self {
            Self::Sextet => 0,
            Self::Nibbles => usize::from(byte >> 4),
        }
    }
}

/// For each offset in a fragment, the bit set of buckets of each class. For nibbles, the low ones are in the first
/// 32 bytes and the high ones in the others, each twice, because an instruction looks up 16 at a time.
type Tables = [[u8; 64]; Fragment::MAX];

/// The same for signatures.
type SignatureTables = [[u8; 64]; signature::LEN];

/// The same for the first offsets of the signature of base64. That it recurs is enough of a filter with two of them.
type Base64Tables = [[u8; 64]; 2];

/// Maximum number of passes that are kept in registers.
pub(super) const REGISTER_PASSES: usize = 4;

/// Fragments compiled to lookup tables.
#[derive(Debug)]
pub(super) struct VectorSearch {
    /// The only architecture with several kinds of classes.
    #[cfg(target_arch = "x86_64")]
    classes: Classes,
    passes: Passes,
}

/// The tables of all passes. Unused tables of `main` are zero.
#[derive(Debug)]
struct Passes {
    main: [Tables; REGISTER_PASSES],
    more: Vec<Tables>,
    /// The bit set of signatures of each class.
    signatures: SignatureTables,
    /// For nibbles: the high ones that occur with each low one in base64, and the bit of each high one.
    base64: Base64Tables,
}

/// The kind of a candidate position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Candidate {
    /// It passes a bucket.
    Fragment,
    /// It has a signature that recurs.
    Signature,
}

impl VectorSearch {
    /// Compiles `fragments`; `None` if the processor does not have the instructions of `level`, or it has none.
    pub(super) fn new(level: SimdLevel, fragments: &[Fragment]) -> Option<Self> {
        let classes = Classes::of(level).filter(|_| level.is_available())?;
        let tables = |buckets: &[Vec<Fragment>; BUCKETS]| {
            let mut tables = [[0; 64]; Fragment::MAX];
            for (bucket, fragments) in buckets.iter().enumerate() {
                for fragment in fragments {
                    for (at, table) in tables.iter_mut().enumerate() {
                        admit(classes, table, 1 << bucket, fragment.bytes().get(at));
                    }
                }
            }
            tables
        };
        let passes = buckets::assign(fragments, classes);
        let mut all = passes.iter().map(tables);
        let main = std::array::from_fn(|_| all.next().unwrap_or([[0; 64]; Fragment::MAX]));
        let more = all.collect();
        Some(Self {
            #[cfg(target_arch = "x86_64")]
            classes,
            passes: Passes {
                main,
                more,
                signatures: signatures(classes),
                base64: base64(),
            },
        })
    }

    /// Calls `found` with each position in `bytes[from..until]` that passes a bucket and at which `may_match` returns
    /// true, and with at least one position of each run of [`signature::RUN_LEN`] bytes in
    /// which a signature recurs; each kind in order.
    #[inline]
    pub(super) fn scan(
        &self,
        bytes: &[u8],
        from: usize,
        until: usize,
        may_match: impl Fn(usize) -> bool,
        found: impl FnMut(Candidate, usize),
    ) {
        let until = until.min(bytes.len());
        // SAFETY: `new` checked that the processor has the instructions of the level, and on this architecture
        // each kind of classes belongs to one level.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        unsafe {
            match self.classes {
                Classes::Sextet => {
                    x86::search_sextets(&self.passes, bytes, from, until, may_match, found)
                }
                Classes::Nibbles => {
                    x86::search_nibbles(&self.passes, bytes, from, until, may_match, found)
                }
            }
        }
        // SAFETY: `new` checked that the processor has NEON, the only vector level on this architecture.
        #[cfg(target_arch = "aarch64")]
        #[allow(unsafe_code)]
        unsafe {
            arm::search_nibbles(&self.passes, bytes, from, until, may_match, found);
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let _ = (from, until, may_match, found);
    }
}

/// Adds a byte, or every byte for `None`, to the buckets `bits` in the table of its offset.
fn admit(classes: Classes, table: &mut [u8; 64], bits: u8, byte: Option<&u8>) {
    match (byte, classes) {
        (None, _) => table.iter_mut().for_each(|entry| *entry |= bits),
        (Some(&byte), Classes::Sextet) => table[classes.low(byte)] |= bits,
        (Some(&byte), Classes::Nibbles) => {
            for twice in [0, 16] {
                table[twice + classes.low(byte)] |= bits;
                table[32 + twice + classes.high(byte)] |= bits;
            }
        }
    }
}

/// Compiles the signatures, except base64 for nibbles, because its bytes are not a product of nibbles.
fn signatures(classes: Classes) -> SignatureTables {
    let mut tables = [[0; 64]; signature::LEN];
    for (bit, signature) in signature::SIGNATURES.iter().enumerate() {
        if classes == Classes::Nibbles && bit == signature::BASE64 {
            continue;
        }
        for (table, bytes) in tables.iter_mut().zip(signature) {
            for byte in *bytes {
                admit(classes, table, 1 << bit, Some(byte));
            }
        }
    }
    tables
}

/// Compiles the signature of base64 for nibbles: a byte belongs to it if the entries of its two nibbles have a bit in
/// common.
fn base64() -> Base64Tables {
    let mut tables = [[0; 64]; 2];
    for (table, bytes) in tables
        .iter_mut()
        .zip(&signature::SIGNATURES[signature::BASE64])
    {
        for byte in *bytes {
            admit(Classes::Nibbles, table, 1 << (byte >> 4), Some(byte));
        }
    }
    tables
}

/// Number of blocks that are searched before their candidates are reported: enough that loading the tables costs little.
const BLOCKS: usize = 128;

/// Maximum number of positions in a block.
const MAX_WIDTH: usize = 64;

/// Blocks with candidates. The bit sets have the first position in the lowest bit.
struct CandidateBlocks {
    count: usize,
    /// The offsets of the blocks.
    at: [usize; BLOCKS],
    /// The positions that pass a bucket.
    fragments: [u64; BLOCKS],
    /// The positions whose signature recurs.
    signatures: [u64; BLOCKS],
}

impl CandidateBlocks {
    /// Records a block if it `has_candidates`.
    #[inline(always)]
    fn record(&mut self, at: usize, fragments: u64, signatures: u64, has_candidates: bool) {
        // Unconditional stores cost less than a branch.
        let index = self.count % BLOCKS;
        self.at[index] = at;
        self.fragments[index] = fragments;
        self.signatures[index] = signatures;
        self.count += usize::from(has_candidates);
    }
}

/// Positions of candidates, relative to the first block of those that are searched together.
struct Positions {
    count: usize,
    all: [u16; Positions::MANY + MAX_WIDTH + Positions::AT_ONCE],
}

impl Positions {
    /// Number of positions that are stored without a branch: few blocks have more.
    const AT_ONCE: usize = 4;

    /// Number of positions from which on they are reported.
    const MANY: usize = 128;

    /// Adds the positions of the bits of a block at `at`. They are `BITS` apart.
    #[inline(always)]
    fn add<const BITS: usize>(&mut self, at: usize, mut bits: u64) {
        let end = self.count + bits.count_ones() as usize;
        let mut from = self.count;
        loop {
            for position in &mut self.all[from..][..Self::AT_ONCE] {
                *position = (at + bits.trailing_zeros() as usize / BITS) as u16;
                bits &= bits.wrapping_sub(1);
            }
            from += Self::AT_ONCE;
            if from >= end {
                break;
            }
        }
        self.count = end;
    }

    /// Removes all positions and calls `found` with those that are `wanted`, in order.
    #[inline(always)]
    fn drain(&mut self, wanted: impl Fn(usize) -> bool, mut found: impl FnMut(usize)) {
        let mut kept = 0;
        for index in 0..self.count {
            let position = self.all[index];
            self.all[kept] = position;
            kept += usize::from(wanted(usize::from(position)));
        }
        for position in &self.all[..kept] {
            found(usize::from(*position));
        }
        self.count = 0;
    }
}

/// Calls `found` with each candidate in `bytes[from..until]` that passes `may_match` if it is a fragment; see
/// [`VectorSearch::scan`]. `record` searches at most [`BLOCKS`] blocks in its bytes, which begin at the given offset.
/// A block is `WIDTH` positions, for which `READ` bytes are read; their bits are `BITS` apart.
#[inline(always)]
fn search<const WIDTH: usize, const READ: usize, const BITS: usize>(
    bytes: &[u8],
    from: usize,
    until: usize,
    record: impl Fn(&[u8], usize, &mut CandidateBlocks),
    may_match: impl Fn(usize) -> bool,
    mut found: impl FnMut(Candidate, usize),
) {
    let mut candidates = CandidateBlocks {
        count: 0,
        at: [0; BLOCKS],
        fragments: [0; BLOCKS],
        signatures: [0; BLOCKS],
    };
    let mut positions = Positions {
        count: 0,
        all: [0; _],
    };
    let mut start = from;
    // Blocks that can be read whole.
    let mut whole = until
        .min(bytes.len().saturating_sub(READ - WIDTH))
        .saturating_sub(from)
        / WIDTH;
    while start < until {
        let blocks = whole.min(BLOCKS);
        if blocks > 0 {
            let part = &bytes[start..start + blocks * WIDTH + READ - WIDTH];
            record(part, start, &mut candidates);
        } else {
            let mut padded = [0; READ];
            let rest = &bytes[start..];
            let rest = &rest[..rest.len().min(READ)];
            padded[..rest.len()].copy_from_slice(rest);
            record(&padded, start, &mut candidates);
            if until - start < WIDTH {
                let left = (1 << (BITS * (until - start))) - 1;
                candidates.fragments[0] &= left;
                candidates.signatures[0] &= left;
            }
        }
        let count = candidates.count.min(BLOCKS);
        for index in 0..count {
            positions.add::<BITS>(candidates.at[index] - start, candidates.fragments[index]);
            if positions.count >= Positions::MANY || index + 1 == count {
                let is_wanted = |position: usize| may_match(start + position);
                positions.drain(is_wanted, |position| {
                    found(Candidate::Fragment, start + position)
                });
            }
        }
        for (at, bits) in candidates.at.iter().zip(candidates.signatures).take(count) {
            let mut bits = bits;
            while bits != 0 {
                found(
                    Candidate::Signature,
                    at + bits.trailing_zeros() as usize / BITS,
                );
                bits &= bits - 1;
            }
        }
        candidates.count = 0;
        start += blocks.max(1) * WIDTH;
        whole -= blocks;
    }
}

/// Returns the blocks of `bytes`, which begin at `at`, each with its offset.
#[inline(always)]
fn blocks<const WIDTH: usize, const READ: usize>(
    bytes: &[u8],
    at: usize,
) -> impl Iterator<Item = (usize, &[u8; READ])> {
    let blocks = bytes.windows(READ).step_by(WIDTH);
    (at..)
        .step_by(WIDTH)
        .zip(blocks.map(|block| block.first_chunk().unwrap_or(&[0; READ])))
}
