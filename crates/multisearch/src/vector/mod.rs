//! The vector instructions of the search: all buckets of all passes over a block of bytes at once.
//!
//! A place fits a bucket if each of its bytes is of a class that stands at that position in one of the
//! bucket's fragments. A table gives, for each class, the buckets it fits, one bit each; looking the bytes
//! of a block up and joining what the positions give takes a few instructions for 32 or 64 places.
//!
//! The signatures of encoded text are literal alike, one bit each, and each must stand several times in a block.
//!
//! Places that fit are candidates without a branch, block by block, and looked at some blocks later: a branch
//! for each that ordinary text takes now and then costs more than the search.

#[cfg(target_arch = "aarch64")]
mod arm;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::buckets;
use super::fragment::Fragment;
use super::level::SimdLevel;
use super::signature;

/// Buckets of one pass: the bits of a byte.
pub(super) const BUCKETS: usize = 8;

/// How the instructions at hand tell bytes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Classes {
    /// By the low six bits (AVX-512 VBMI).
    Sextet,
    /// By the low and the high half, each for itself (AVX2, NEON).
    Nibbles,
}

impl Classes {
    /// The classes that the instructions of a level tell apart; `None` for the level without vector
    /// instructions.
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

/// For each of the four positions, which buckets each class fits. For halves, the low ones stand twice
/// in the first 32 bytes, the high ones twice in the others: an instruction looks up 16 at a time.
type Tables = [[u8; 64]; Fragment::MAX];

/// See [`Tables`]: those of the signatures.
type SignatureTables = [[u8; 64]; signature::LEN];

/// How many passes are kept in registers: those of the rules that come with the program.
pub(super) const REGISTER_PASSES: usize = 3;

/// FragmentTable spread over buckets, ready to be literal.
#[derive(Debug)]
pub(super) struct VectorSearch {
    classes: Classes,
    passes: Passes,
}

/// The tables of all passes. Where there are fewer, nothing fits the rest of `main`.
#[derive(Debug)]
struct Passes {
    main: [Tables; REGISTER_PASSES],
    more: Vec<Tables>,
    /// Which signatures each class fits, laid out as [`Tables`].
    signatures: SignatureTables,
    /// For halves: which high halves go with a low one in base64, and the bit of each high half.
    base64: SignatureTables,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Candidate {
    /// Perhaps a fragment.
    Fragment,
    /// Perhaps encoded text.
    Signature,
}

impl VectorSearch {
    /// For the buckets of `fragments`; `None` if this processor does not have the vector instructions of `level`.
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
            classes,
            passes: Passes {
                main,
                more,
                signatures: signatures(classes),
                base64: base64(),
            },
        })
    }

    /// Calls `found` with every place in `bytes[from..until]` that fits a bucket, in order, and with places
    /// where signatures of encoded text stand several times: of a row of [`signature::RUN_LEN`] bytes at least one.
    #[inline]
    pub(super) fn scan(
        &self,
        bytes: &[u8],
        from: usize,
        until: usize,
        found: impl FnMut(Candidate, usize),
    ) {
        let until = until.min(bytes.len());
        // SAFETY: `new` returned this value only because the processor has the instructions of the level, and
        // on this architecture there is one level for each kind of classes.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        unsafe {
            match self.classes {
                Classes::Sextet => x86::search_sextets(&self.passes, bytes, from, until, found),
                Classes::Nibbles => x86::search_nibbles(&self.passes, bytes, from, until, found),
            }
        }
        // SAFETY: `new` returned this value only because the processor has NEON, the one level here.
        #[cfg(target_arch = "aarch64")]
        #[allow(unsafe_code)]
        unsafe {
            arm::search_nibbles(&self.passes, bytes, from, until, found);
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let _ = (from, until, found);
    }
}

/// Lets a byte, or any where there is none, into the buckets of `bits` in the table of its position.
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

/// The tables of the signatures, but for base64 where it is no product of halves.
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

/// For each low half the high ones that make a byte of base64 with it, and the bit of each high half: at a
/// place of which the two have a bit in common stands such a byte.
fn base64() -> SignatureTables {
    let mut tables = [[0; 64]; signature::LEN];
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

/// How many blocks are searched before what fits in them is looked at.
const BLOCKS: usize = 64;

/// Blocks in which something fits. What fits is told by numbers with a bit for each place, the first lowest.
struct CandidateBlocks {
    count: usize,
    /// Where they begin.
    at: [usize; BLOCKS],
    /// Places that fit a bucket.
    fragments: [u64; BLOCKS],
    /// Places in a row of a signature of encoded text.
    rows: [u64; BLOCKS],
}

impl CandidateBlocks {
    /// Notes a block, if `fits`.
    #[inline(always)]
    fn record(&mut self, at: usize, fragments: u64, rows: u64, fits: bool) {
        // Written in any case: that costs less than a branch.
        let index = self.count % BLOCKS;
        self.at[index] = at;
        self.fragments[index] = fragments;
        self.rows[index] = rows;
        self.count += usize::from(fits);
    }
}

/// Calls `found` with every place in `bytes[from..until]` that fits, in order. `record` searches at most
/// [`BLOCKS`] blocks of `PLACES` places in its bytes, which begin at the given offset; each block takes `READ` bytes.
/// The bits of places are `BITS` apart.
#[inline(always)]
fn search<const PLACES: usize, const READ: usize, const BITS: usize>(
    bytes: &[u8],
    from: usize,
    until: usize,
    record: impl Fn(&[u8], usize, &mut CandidateBlocks),
    mut found: impl FnMut(Candidate, usize),
) {
    let mut candidates = CandidateBlocks {
        count: 0,
        at: [0; BLOCKS],
        fragments: [0; BLOCKS],
        rows: [0; BLOCKS],
    };
    let mut look = |candidates: &mut CandidateBlocks| {
        for index in 0..candidates.count.min(BLOCKS) {
            let at = candidates.at[index];
            each::<BITS>(candidates.fragments[index], |place| {
                found(Candidate::Fragment, at + place)
            });
            each::<BITS>(candidates.rows[index], |place| {
                found(Candidate::Signature, at + place)
            });
        }
        candidates.count = 0;
    };
    let mut at = from;
    // Blocks that need nothing from behind the end.
    let mut whole = until
        .min(bytes.len().saturating_sub(READ - PLACES))
        .saturating_sub(from)
        / PLACES;
    while whole > 0 {
        let blocks = whole.min(BLOCKS);
        record(
            &bytes[at..at + blocks * PLACES + READ - PLACES],
            at,
            &mut candidates,
        );
        look(&mut candidates);
        at += blocks * PLACES;
        whole -= blocks;
    }
    while at < until {
        let mut padded = [0; READ];
        let rest = &bytes[at..];
        let rest = &rest[..rest.len().min(READ)];
        padded[..rest.len()].copy_from_slice(rest);
        record(&padded, at, &mut candidates);
        if until - at < PLACES {
            let left = (1 << (BITS * (until - at))) - 1;
            candidates.fragments[0] &= left;
            candidates.rows[0] &= left;
        }
        look(&mut candidates);
        at += PLACES;
    }
}

/// Calls `found` with each place of which the bit is set.
#[inline(always)]
fn each<const BITS: usize>(mut places: u64, mut found: impl FnMut(usize)) {
    while places != 0 {
        found(places.trailing_zeros() as usize / BITS);
        places &= places - 1;
    }
}

/// The blocks of `bytes`, which begin at `at`, each with its offset.
#[inline(always)]
fn blocks<const PLACES: usize, const READ: usize>(
    bytes: &[u8],
    at: usize,
) -> impl Iterator<Item = (usize, &[u8; READ])> {
    let blocks = bytes.windows(READ).step_by(PLACES);
    (at..)
        .step_by(PLACES)
        .zip(blocks.map(|block| block.first_chunk().unwrap_or(&[0; READ])))
}
