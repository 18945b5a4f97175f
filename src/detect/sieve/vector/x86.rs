//! For processors of the x86-64 family.

use std::arch::x86_64::*;

use super::{Passes, Tables, search};

/// See [`super::Search::places`].
#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn sextets(
    passes: &Passes,
    bytes: &[u8],
    from: usize,
    until: usize,
    found: impl FnMut(usize),
) {
    let [first, second, third, fourth] = &passes.main;
    let (first, second) = (load_all(first), load_all(second));
    let (third, fourth) = (load_all(third), load_all(fourth));
    let fits = |here: &[u8; 67]| {
        let places = [
            load_64(here, 0),
            load_64(here, 1),
            load_64(here, 2),
            load_64(here, 3),
        ];
        let two = _mm512_or_si512(fit(&first, &places), fit(&second, &places));
        let others = _mm512_or_si512(fit(&third, &places), fit(&fourth, &places));
        let mut fits = _mm512_or_si512(two, others);
        for tables in &passes.more {
            fits = _mm512_or_si512(fits, fit(&load_all(tables), &places));
        }
        _mm512_test_epi8_mask(fits, fits)
    };
    search::<64, 67, 1>(bytes, from, until, fits, found);
}

/// The tables of one pass.
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

/// The buckets that 64 places fit.
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

/// See [`super::Search::places`].
#[target_feature(enable = "avx2,bmi1")]
pub(super) fn halves(
    passes: &Passes,
    bytes: &[u8],
    from: usize,
    until: usize,
    found: impl FnMut(usize),
) {
    let half = _mm256_set1_epi8(15);
    let fits = |here: &[u8; 35]| {
        let split = |offset: usize| {
            let places = load_32(here, offset);
            let low = _mm256_and_si256(places, half);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(places), half);
            (low, high)
        };
        let positions = [split(0), split(1), split(2), split(3)];
        let mut fits = _mm256_setzero_si256();
        for tables in passes.main.iter().chain(&passes.more) {
            let look = |position: usize| {
                let (low, high) = positions[position];
                _mm256_and_si256(
                    _mm256_shuffle_epi8(load_32(&tables[position], 0), low),
                    _mm256_shuffle_epi8(load_32(&tables[position], 32), high),
                )
            };
            let first = _mm256_and_si256(look(0), look(1));
            let last = _mm256_and_si256(look(2), look(3));
            fits = _mm256_or_si256(fits, _mm256_and_si256(first, last));
        }
        let none = _mm256_cmpeq_epi8(fits, _mm256_setzero_si256());
        u64::from(!(_mm256_movemask_epi8(none) as u32))
    };
    search::<32, 35, 1>(bytes, from, until, fits, found);
}

/// The 64 bytes from `at` on.
#[target_feature(enable = "avx512bw")]
#[inline]
fn load_64(bytes: &[u8], at: usize) -> __m512i {
    let bytes: &[u8; 64] = bytes[at..].first_chunk().unwrap_or(&[0; 64]);
    // SAFETY: reads the 64 bytes it is given; they need not be aligned.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_loadu_si512(bytes.as_ptr().cast())
    }
}

/// The 32 bytes from `at` on.
#[target_feature(enable = "avx2")]
#[inline]
fn load_32(bytes: &[u8], at: usize) -> __m256i {
    let bytes: &[u8; 32] = bytes[at..].first_chunk().unwrap_or(&[0; 32]);
    // SAFETY: reads the 32 bytes it is given; they need not be aligned.
    #[allow(unsafe_code)]
    unsafe {
        _mm256_loadu_si256(bytes.as_ptr().cast())
    }
}
