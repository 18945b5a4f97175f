//! For 64-bit processors of the Arm family.

use std::arch::aarch64::*;

use super::{Passes, search};

/// See [`super::Search::places`].
#[target_feature(enable = "neon")]
pub(super) fn halves(
    passes: &Passes,
    bytes: &[u8],
    from: usize,
    until: usize,
    found: impl FnMut(usize),
) {
    let half = vdupq_n_u8(15);
    let fits = |here: &[u8; 19]| {
        let split = |offset: usize| {
            let places = load_16(here, offset);
            (vandq_u8(places, half), vshrq_n_u8::<4>(places))
        };
        let positions = [split(0), split(1), split(2), split(3)];
        let mut fits = vdupq_n_u8(0);
        for tables in passes.main.iter().chain(&passes.more) {
            let look = |position: usize| {
                let (low, high) = positions[position];
                vandq_u8(
                    vqtbl1q_u8(load_16(&tables[position], 0), low),
                    vqtbl1q_u8(load_16(&tables[position], 32), high),
                )
            };
            let first = vandq_u8(look(0), look(1));
            let last = vandq_u8(look(2), look(3));
            fits = vorrq_u8(fits, vandq_u8(first, last));
        }
        // Four bits for each place.
        let some = vreinterpretq_u16_u8(vtstq_u8(fits, fits));
        let four = vreinterpret_u64_u8(vshrn_n_u16::<4>(some));
        vget_lane_u64::<0>(four) & 0x1111_1111_1111_1111
    };
    search::<16, 19, 4>(bytes, from, until, fits, found);
}

/// The 16 bytes from `at` on.
#[target_feature(enable = "neon")]
#[inline]
fn load_16(bytes: &[u8], at: usize) -> uint8x16_t {
    let bytes: &[u8; 16] = bytes[at..].first_chunk().unwrap_or(&[0; 16]);
    // SAFETY: reads the 16 bytes it is given; they need not be aligned.
    #[allow(unsafe_code)]
    unsafe {
        vld1q_u8(bytes.as_ptr())
    }
}
