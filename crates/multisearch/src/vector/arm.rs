//! The search with NEON.

use std::arch::aarch64::*;

use super::{Candidate, CandidateBlocks, Passes, Tables, blocks, search};
use crate::signature::{BASE64, SPARSE};

/// Implements [`super::VectorSearch::scan`].
#[target_feature(enable = "neon")]
pub(super) fn search_nibbles(
    passes: &Passes,
    bytes: &[u8],
    from: usize,
    until: usize,
    may_match: impl Fn(usize) -> bool,
    found: impl FnMut(Candidate, usize),
) {
    let record = |bytes: &[u8], at: usize, candidates: &mut CandidateBlocks| {
        record_128(passes, bytes, at, candidates)
    };
    search::<16, 19, 4>(bytes, from, until, record, may_match, found);
}

/// Records the candidates in `bytes`, which begin at `at`.
#[target_feature(enable = "neon")]
#[inline(never)]
fn record_128(passes: &Passes, bytes: &[u8], at: usize, candidates: &mut CandidateBlocks) {
    let none = vdupq_n_u8(0);
    let low_bits = vdupq_n_u8(15);
    let is_sparse = vdupq_n_u8(SPARSE);
    // Four bits for each position.
    let mask = |vector: uint8x16_t| {
        let some = vreinterpretq_u16_u8(vtstq_u8(vector, vector));
        let four = vreinterpret_u64_u8(vshrn_n_u16::<4>(some));
        vget_lane_u64::<0>(four) & 0x1111_1111_1111_1111
    };
    for (at, here) in blocks::<16, 19>(bytes, at) {
        let split = |offset: usize| {
            let bytes = load_16(here, offset);
            (vandq_u8(bytes, low_bits), vshrq_n_u8::<4>(bytes))
        };
        let positions = [split(0), split(1), split(2), split(3)];
        let lookup = |tables: &[[u8; 64]], position: usize| {
            let (low, high) = positions[position];
            vandq_u8(
                vqtbl1q_u8(load_16(&tables[position], 0), low),
                vqtbl1q_u8(load_16(&tables[position], 32), high),
            )
        };
        let three = |tables: &[[u8; 64]]| {
            let two = vandq_u8(lookup(tables, 0), lookup(tables, 1));
            vandq_u8(two, lookup(tables, 2))
        };
        let fit = |tables: &Tables| vandq_u8(three(tables), lookup(tables, 3));
        let mut fragments = none;
        for tables in passes.main.iter().chain(&passes.more) {
            fragments = vorrq_u8(fragments, fit(tables));
        }
        // A different bit may be in common at each offset.
        let has = |position: usize| {
            let common = lookup(&passes.base64, position);
            vtstq_u8(common, common)
        };
        let base64 = vandq_u8(has(0), has(1));
        let once = vorrq_u8(
            three(&passes.signatures),
            vandq_u8(base64, vdupq_n_u8(1 << BASE64)),
        );
        let near = vandq_u8(vextq_u8::<4>(once, none), vextq_u8::<8>(once, none));
        let near = vorrq_u8(is_sparse, near);
        let far = vextq_u8::<12>(once, none);
        let (fragments, repeated) = (mask(fragments), mask(vandq_u8(vandq_u8(once, far), near)));
        candidates.record(at, fragments, repeated, fragments | repeated != 0);
    }
}

/// Loads the 16 bytes from `at` on.
#[target_feature(enable = "neon")]
#[inline]
fn load_16(bytes: &[u8], at: usize) -> uint8x16_t {
    let bytes: &[u8; 16] = bytes[at..].first_chunk().unwrap_or(&[0; 16]);
    // SAFETY: reads exactly the 16 bytes of the array; unaligned loads are allowed.
    #[allow(unsafe_code)]
    unsafe {
        vld1q_u8(bytes.as_ptr())
    }
}
