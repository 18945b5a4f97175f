//! Finds the bytes at which text may have to be removed.

use multisearch::{BLOCK, SimdLevel, find_bytes};

pub(super) const ESCAPE: u8 = 0x1b;

/// Number of blocks that are searched at once.
const BLOCKS: usize = 64;

/// Finds escape characters, carriage returns and the ends of lines.
pub(super) struct ControlBytes {
    level: SimdLevel,
    /// All bits set to find each end of a line; otherwise only the ends of empty lines are found.
    all_lines: u64,
    /// The positions of line feeds, carriage returns and escape characters in some blocks.
    blocks: [[u64; 3]; BLOCKS],
    /// The number of blocks that were examined.
    examined: usize,
    /// The positions in the last examined block that were not returned.
    bits: u64,
    /// 1 if the block ends with a line feed.
    ends_line: u64,
}

impl ControlBytes {
    /// Begins to search a text. With `all_lines` the end of each line is found, otherwise that of empty lines.
    pub(super) fn new(all_lines: bool) -> Self {
        Self {
            level: SimdLevel::best(),
            all_lines: if all_lines { u64::MAX } else { 0 },
            blocks: [[0; 3]; BLOCKS],
            examined: 0,
            bits: 0,
            ends_line: 0,
        }
    }

    /// Returns the first position from `at` on. The end of a line is always found at `at` itself.
    ///
    /// `at` must not decrease. Bytes before it may change between calls.
    pub(super) fn next(&mut self, text: &[u8], at: usize) -> Option<usize> {
        if *text.get(at)? == b'\n' {
            return Some(at);
        }
        loop {
            while self.bits != 0 {
                let position = (self.examined - 1) * BLOCK + self.bits.trailing_zeros() as usize;
                self.bits &= self.bits - 1;
                if position >= at {
                    return Some(position);
                }
            }
            let rest = text.get(self.examined * BLOCK..)?;
            if rest.is_empty() {
                return None;
            }
            let block = self.examined % BLOCKS;
            if block == 0 {
                find_bytes(rest, [b'\n', b'\r', ESCAPE], self.level, &mut self.blocks);
            }
            let [lines, returns, escapes] = self.blocks[block];
            let empty_lines = lines & (lines << 1 | self.ends_line | self.all_lines);
            self.bits = empty_lines | returns | escapes;
            self.ends_line = lines >> 63;
            self.examined += 1;
        }
    }
}
