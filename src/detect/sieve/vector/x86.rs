//! For processors of the x86-64 family.

use std::arch::x86_64::*;

use super::{Tables, block};

/// See [`super::Search::places`].
#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn sextets(
    passes: &[Tables],
    bytes: &[u8],
    from: usize,
    until: usize,
    mut found: impl FnMut(usize),
) {
    let mut at = from;
    while at < until {
        let mut padded = [0; 67];
        let here = block(bytes, at, &mut padded);
        let first = load_64(here, 0);
        let second = load_64(here, 1);
        let third = load_64(here, 2);
        let fourth = load_64(here, 3);
        let mut fits = _mm512_setzero_si512();
        for tables in passes {
            let look =
                |table: usize, places| _mm512_permutexvar_epi8(places, load_64(&tables[table], 0));
            let three = _mm512_and_si512(
                _mm512_and_si512(look(0, first), look(1, second)),
                look(2, third),
            );
            fits = _mm512_or_si512(fits, _mm512_and_si512(three, look(3, fourth)));
        }
        let mut places = _mm512_test_epi8_mask(fits, fits);
        if until - at < 64 {
            places &= (1 << (until - at)) - 1;
        }
        while places != 0 {
            found(at + places.trailing_zeros() as usize);
            places &= places - 1;
        }
        at += 64;
    }
}

/// See [`super::Search::places`].
#[target_feature(enable = "avx2,bmi1")]
pub(super) fn halves(
    passes: &[Tables],
    bytes: &[u8],
    from: usize,
    until: usize,
    mut found: impl FnMut(usize),
) {
    let half = _mm256_set1_epi8(15);
    let mut at = from;
    while at < until {
        let mut padded = [0; 35];
        let here = block(bytes, at, &mut padded);
        let split = |offset: usize| {
            let places = load_32(here, offset);
            let low = _mm256_and_si256(places, half);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(places), half);
            (low, high)
        };
        let positions = [split(0), split(1), split(2), split(3)];
        let mut fits = _mm256_setzero_si256();
        for tables in passes {
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
        let mut places = !(_mm256_movemask_epi8(none) as u32);
        if until - at < 32 {
            places &= (1 << (until - at)) - 1;
        }
        while places != 0 {
            found(at + places.trailing_zeros() as usize);
            places &= places - 1;
        }
        at += 32;
    }
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
