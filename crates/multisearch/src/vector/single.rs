//! The positions of single bytes, as bit sets.

use crate::level::SimdLevel;

/// Number of bytes to a bit set.
pub const BLOCK: usize = 64;

/// Finds some bytes in a text. `positions[i]` receives the bit sets of the block `i`, of [`BLOCK`] bytes: one for each
/// of `needles`, whose lowest bit is the first position. Blocks without a place in `positions` are not searched.
///
/// Use it where positions are many: unlike a search for the next one, it costs the same for any number of them.
///
/// ```
/// let mut positions = [[0; 2]];
/// multisearch::find_bytes(b"a,b;c,", [b',', b';'], multisearch::SimdLevel::best(), &mut positions);
/// assert_eq!(positions, [[0b100010, 0b1000]]);
/// ```
pub fn find_bytes<const N: usize>(
    text: &[u8],
    needles: [u8; N],
    level: SimdLevel,
    positions: &mut [[u64; N]],
) {
    let (blocks, rest) = text.as_chunks();
    let (whole, last) = positions.split_at_mut(blocks.len().min(positions.len()));
    find_in_blocks(blocks, needles, level, whole);
    if let Some(last) = last.first_mut().filter(|_| !rest.is_empty()) {
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        let sets = needles.map(|needle| positions_in(&block, needle));
        *last = sets.map(|set| set & !(u64::MAX << rest.len()));
    }
}

fn find_in_blocks<const N: usize>(
    blocks: &[[u8; BLOCK]],
    needles: [u8; N],
    level: SimdLevel,
    positions: &mut [[u64; N]],
) {
    #[cfg(target_arch = "x86_64")]
    if matches!(level, SimdLevel::Avx512 | SimdLevel::Avx2) && level.is_available() {
        // SAFETY: the processor has the instructions of the level.
        #[allow(unsafe_code)]
        unsafe {
            if level == SimdLevel::Avx512 {
                super::x86::find_bytes_512(blocks, needles, positions);
            } else {
                super::x86::find_bytes_256(blocks, needles, positions);
            }
        }
        return;
    }
    let _ = level;
    for (block, positions) in blocks.iter().zip(positions) {
        *positions = needles.map(|needle| positions_in(block, needle));
    }
}

/// Returns the positions of a byte in a block. Without branches, so that it is vectorized.
fn positions_in(block: &[u8; BLOCK], needle: u8) -> u64 {
    let flags = block.map(|byte| u8::from(byte == needle));
    let (words, _) = flags.as_chunks();
    words.iter().rev().fold(0, |bits, word| {
        // Collects the lowest bits of the eight bytes in the highest byte.
        let word = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080);
        bits << 8 | word >> 56
    })
}
