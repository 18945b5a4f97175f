//! The search with AVX-512 and with AVX2.

use std::arch::x86_64::*;

use super::{Candidate, CandidateBlocks, Passes, Tables, blocks, search};
use crate::byte_runs::ByteRuns;
use crate::signature::{BASE64, SPARSE};

/// Implements [`super::VectorSearch::scan`].
#[target_feature(enable = "avx512bw,avx512vbmi,bmi1,popcnt")]
pub(super) fn search_sextets(
    passes: &Passes,
    bytes: &[u8],
    from: usize,
    until: usize,
    may_match: impl Fn(usize) -> bool,
    found: impl FnMut(Candidate, usize),
) {
    let record = |bytes: &[u8], at: usize, candidates: &mut CandidateBlocks| {
        record_512(passes, bytes, at, candidates)
    };
    search::<64, 67, 1>(bytes, from, until, record, may_match, found);
}

/// Records the candidates in `bytes`, which begin at `at`. Makes no calls, so that the tables stay in registers.
#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline(never)]
fn record_512(passes: &Passes, bytes: &[u8], at: usize, candidates: &mut CandidateBlocks) {
    let main = passes.main.each_ref().map(|tables| load_all(tables));
    let [low, middle, high] = &passes.signatures;
    let (low, middle, high) = (load_64(low, 0), load_64(middle, 0), load_64(high, 0));
    let is_sparse = _mm512_set1_epi8(SPARSE as i8);
    let none = _mm512_setzero_si512();
    for (at, here) in blocks::<64, 67>(bytes, at) {
        let places = [
            load_64(here, 0),
            load_64(here, 1),
            load_64(here, 2),
            load_64(here, 3),
        ];
        let mut fragments = none;
        for tables in &main {
            fragments = _mm512_or_si512(fragments, fit(tables, &places));
        }
        for tables in &passes.more {
            fragments = _mm512_or_si512(fragments, fit(&load_all(tables), &places));
        }
        let once = _mm512_and_si512(
            _mm512_and_si512(
                _mm512_permutexvar_epi8(places[0], low),
                _mm512_permutexvar_epi8(places[1], middle),
            ),
            _mm512_permutexvar_epi8(places[2], high),
        );
        let near = _mm512_and_si512(
            _mm512_alignr_epi32::<1>(none, once),
            _mm512_alignr_epi32::<2>(none, once),
        );
        let near = _mm512_or_si512(is_sparse, near);
        let far = _mm512_alignr_epi32::<3>(none, once);
        let repeated = _mm512_and_si512(_mm512_and_si512(once, far), near);
        let all = _mm512_or_si512(fragments, repeated);
        candidates.record(
            at,
            _mm512_test_epi8_mask(fragments, fragments),
            _mm512_test_epi8_mask(repeated, repeated),
            _mm512_test_epi32_mask(all, all) != 0,
        );
    }
}

/// Loads the tables of one pass.
#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
fn load_all(tables: &Tables) -> [__m512i; 4] {
    let [first, second, third, fourth] = tables;
    [
        load_64(first, 0),
        load_64(second, 0),
        load_64(third, 0),
        load_64(fourth, 0),
    ]
}

/// Returns the buckets that 64 positions pass.
#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
fn fit(tables: &[__m512i; 4], places: &[__m512i; 4]) -> __m512i {
    let first = _mm512_permutexvar_epi8(places[0], tables[0]);
    let second = _mm512_permutexvar_epi8(places[1], tables[1]);
    let third = _mm512_permutexvar_epi8(places[2], tables[2]);
    let fourth = _mm512_permutexvar_epi8(places[3], tables[3]);
    let three = _mm512_and_si512(_mm512_and_si512(first, second), third);
    _mm512_and_si512(three, fourth)
}

/// Implements [`super::VectorSearch::scan`].
#[target_feature(enable = "avx2,bmi1,popcnt")]
pub(super) fn search_nibbles(
    passes: &Passes,
    bytes: &[u8],
    from: usize,
    until: usize,
    may_match: impl Fn(usize) -> bool,
    found: impl FnMut(Candidate, usize),
) {
    let record = |bytes: &[u8], at: usize, candidates: &mut CandidateBlocks| {
        record_256(passes, bytes, at, candidates)
    };
    search::<32, 35, 1>(bytes, from, until, record, may_match, found);
}

/// Records the candidates in `bytes`, which begin at `at`.
#[target_feature(enable = "avx2,bmi1")]
#[inline(never)]
fn record_256(passes: &Passes, bytes: &[u8], at: usize, candidates: &mut CandidateBlocks) {
    let low_bits = _mm256_set1_epi8(15);
    let is_sparse = _mm256_set1_epi8(SPARSE as i8);
    let is_none = |vector: __m256i| _mm256_cmpeq_epi8(vector, _mm256_setzero_si256());
    let mask = |vector: __m256i| u64::from(!(_mm256_movemask_epi8(is_none(vector)) as u32));
    for (at, here) in blocks::<32, 35>(bytes, at) {
        let split = |offset: usize| {
            let bytes = load_32(here, offset);
            let low = _mm256_and_si256(bytes, low_bits);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low_bits);
            (low, high)
        };
        let positions = [split(0), split(1), split(2), split(3)];
        let lookup = |tables: &[[u8; 64]], position: usize| {
            let (low, high) = positions[position];
            _mm256_and_si256(
                _mm256_shuffle_epi8(load_32(&tables[position], 0), low),
                _mm256_shuffle_epi8(load_32(&tables[position], 32), high),
            )
        };
        let three = |tables: &[[u8; 64]]| {
            let two = _mm256_and_si256(lookup(tables, 0), lookup(tables, 1));
            _mm256_and_si256(two, lookup(tables, 2))
        };
        let fit = |tables: &Tables| _mm256_and_si256(three(tables), lookup(tables, 3));
        let [first, second, third, fourth] = &passes.main;
        let two = _mm256_or_si256(fit(first), fit(second));
        let mut fragments = _mm256_or_si256(two, _mm256_or_si256(fit(third), fit(fourth)));
        for tables in &passes.more {
            fragments = _mm256_or_si256(fragments, fit(tables));
        }
        // A different bit may be in common at each offset.
        let misses = |position: usize| is_none(lookup(&passes.base64, position));
        let misses = _mm256_or_si256(misses(0), misses(1));
        let base64 = _mm256_andnot_si256(misses, _mm256_set1_epi8(1 << BASE64));
        let once = _mm256_or_si256(three(&passes.signatures), base64);
        // The upper half, moved down.
        let above = _mm256_permute2x128_si256::<0x81>(once, once);
        let near = _mm256_and_si256(
            _mm256_alignr_epi8::<4>(above, once),
            _mm256_alignr_epi8::<8>(above, once),
        );
        let near = _mm256_or_si256(is_sparse, near);
        let far = _mm256_alignr_epi8::<12>(above, once);
        let repeated = _mm256_and_si256(_mm256_and_si256(once, far), near);
        let (fragments, repeated) = (mask(fragments), mask(repeated));
        candidates.record(at, fragments, repeated, fragments | repeated != 0);
    }
}

/// Implements [`crate::ByteSet::runs`] for the set whose table is `high_bits`.
#[target_feature(enable = "avx2,bmi1")]
pub(crate) fn runs_256(high_bits: u128, text: &[u8], length: usize) -> ByteRuns {
    ByteRuns::new(text, length, |part| members_256(high_bits, part))
}

/// Returns the positions of the members of the set in `text`.
#[target_feature(enable = "avx2")]
#[inline]
fn members_256(high_bits: u128, text: &[u8; 64]) -> u64 {
    let twice =
        |low: u64, high: u64| _mm256_setr_epi64x(low as i64, high as i64, low as i64, high as i64);
    let sets = twice(high_bits as u64, (high_bits >> 64) as u64);
    // None for the values of bytes that are not ASCII.
    let bits = twice(0x8040_2010_0804_0201, 0);
    let others = |offset: usize| {
        let bytes = load_32(text, offset);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15));
        let low = _mm256_and_si256(bytes, _mm256_set1_epi8(15));
        let set = _mm256_shuffle_epi8(sets, low);
        let common = _mm256_and_si256(set, _mm256_shuffle_epi8(bits, high));
        let is_other = _mm256_cmpeq_epi8(common, _mm256_setzero_si256());
        u64::from(_mm256_movemask_epi8(is_other) as u32)
    };
    !(others(0) | others(32) << 32)
}

/// Implements [`super::single::find_bytes`].
#[target_feature(enable = "avx512bw")]
pub(super) fn find_bytes_512<const N: usize>(
    blocks: &[[u8; 64]],
    needles: [u8; N],
    positions: &mut [[u64; N]],
) {
    let needles = needles.map(|needle| _mm512_set1_epi8(needle as i8));
    for (block, positions) in blocks.iter().zip(positions) {
        let bytes = load_64(block, 0);
        *positions = needles.map(|needle| _mm512_cmpeq_epi8_mask(bytes, needle));
    }
}

/// Implements [`super::single::find_bytes`].
#[target_feature(enable = "avx2")]
pub(super) fn find_bytes_256<const N: usize>(
    blocks: &[[u8; 64]],
    needles: [u8; N],
    positions: &mut [[u64; N]],
) {
    let needles = needles.map(|needle| _mm256_set1_epi8(needle as i8));
    let find = |bytes: __m256i, needle: __m256i| {
        u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, needle)) as u32)
    };
    for (block, positions) in blocks.iter().zip(positions) {
        let (low, high) = (load_32(block, 0), load_32(block, 32));
        *positions = needles.map(|needle| find(low, needle) | find(high, needle) << 32);
    }
}

/// Loads the 64 bytes from `at` on.
#[target_feature(enable = "avx512bw")]
#[inline]
fn load_64(bytes: &[u8], at: usize) -> __m512i {
    let bytes: &[u8; 64] = bytes[at..].first_chunk().unwrap_or(&[0; 64]);
    // SAFETY: reads exactly the 64 bytes of the array; unaligned loads are allowed.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_loadu_si512(bytes.as_ptr().cast())
    }
}

/// Loads the 32 bytes from `at` on.
#[target_feature(enable = "avx2")]
#[inline]
fn load_32(bytes: &[u8], at: usize) -> __m256i {
    let bytes: &[u8; 32] = bytes[at..].first_chunk().unwrap_or(&[0; 32]);
    // SAFETY: reads exactly the 32 bytes of the array; unaligned loads are allowed.
    #[allow(unsafe_code)]
    unsafe {
        _mm256_loadu_si256(bytes.as_ptr().cast())
    }
}
