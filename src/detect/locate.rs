//! Lines and columns, counted only for findings.

use std::ops::Range;

use crate::model::Position;

/// Counts lines and columns of a blob that is seen window by window.
///
/// Holds the position of one place, the checkpoint, which only moves forward.
#[derive(Debug)]
pub(super) struct Locator {
    offset: u64,
    position: Position,
}

impl Locator {
    /// At the first byte.
    pub(super) fn new() -> Self {
        Self {
            offset: 0,
            position: Position { line: 1, column: 1 },
        }
    }

    /// Moves the checkpoint to absolute offset `to`. `window` holds the bytes from `base`; nothing
    /// happens if the checkpoint is there or beyond.
    pub(super) fn advance(&mut self, window: &[u8], base: u64, to: u64) {
        if to > self.offset {
            self.position = self.position_of(window, base, to);
            self.offset = to;
        }
    }

    /// The position of absolute offset `at`, which must not lie before the checkpoint.
    pub(super) fn position_of(&self, window: &[u8], base: u64, at: u64) -> Position {
        let passed = &window[index(self.offset, base)..index(at, base)];
        let mut position = self.position;
        if let Some(last) = memchr::memrchr(b'\n', passed) {
            position.line += memchr::memchr_iter(b'\n', &passed[..=last]).count() as u64;
            position.column = 1 + characters(&passed[last + 1..]);
        } else {
            position.column += characters(passed);
        }
        position
    }
}

/// Bytes between two checkpoints of a [`LineIndex`].
const BLOCK: usize = 4096;

/// Counts lines and columns of a text that is in memory, at any offset: each call reads at most
/// one block, in any order of offsets.
#[derive(Debug)]
pub(super) struct LineIndex<'b> {
    bytes: &'b [u8],
    /// The positions of the blocks' first bytes, as far as they were needed.
    blocks: Vec<Position>,
}

impl<'b> LineIndex<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        let start = Position { line: 1, column: 1 };
        Self {
            bytes,
            blocks: vec![start],
        }
    }

    /// The position of the byte at `at`.
    pub(super) fn position_of(&mut self, at: usize) -> Position {
        let at = at.min(self.bytes.len());
        while self.blocks.len() <= at / BLOCK {
            let next = self.position_in(self.blocks.len() - 1, self.blocks.len() * BLOCK);
            self.blocks.push(next);
        }
        self.position_in(at / BLOCK, at)
    }

    fn position_in(&self, block: usize, at: usize) -> Position {
        let checkpoint = Locator {
            offset: (block * BLOCK) as u64,
            position: self.blocks[block],
        };
        checkpoint.position_of(self.bytes, 0, at as u64)
    }
}

/// Returns the position of the absolute offset `at` in a window that begins at `base`.
fn index(at: u64, base: u64) -> usize {
    usize::try_from(at.saturating_sub(base)).unwrap_or(usize::MAX)
}

/// Characters of UTF-8 text; in other text, bytes that do not continue a character.
fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| (byte as i8) >= -0x40).count() as u64
}

/// The bytes of the line that holds `span`, at most `reach` bytes on each side of it, line end
/// excluded.
pub(super) fn line_around(bytes: &[u8], span: &Range<usize>, reach: usize) -> Range<usize> {
    let from = span.start.saturating_sub(reach);
    let start = memchr::memrchr(b'\n', &bytes[from..span.start]).map_or(from, |i| from + i + 1);
    let until = bytes.len().min(span.end.saturating_add(reach));
    let end = memchr::memchr(b'\n', &bytes[span.end..until]).map_or(until, |i| span.end + i);
    let end = if end > span.end && bytes[end - 1] == b'\r' {
        end - 1
    } else {
        end
    };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The obvious count, from the start of the text.
    fn naive(text: &[u8], at: usize) -> Position {
        let before = &text[..at];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u64;
        let start = before
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |i| i + 1);
        let column = 1 + before[start..]
            .iter()
            .filter(|&&b| b & 0xc0 != 0x80)
            .count() as u64;
        Position { line, column }
    }

    proptest::proptest! {
        #[test]
        fn equals_a_naive_count(text in "[a\n\r\u{e4}\u{1f600}]{0,80}", cuts in proptest::collection::vec(0usize..400, 0..6)) {
            let text = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(text.len())).collect();
            cuts.sort_unstable();
            let mut locator = Locator::new();
            for cut in cuts {
                proptest::prop_assert_eq!(locator.position_of(text, 0, cut as u64), naive(text, cut));
                locator.advance(text, 0, cut as u64);
            }
        }
    }

    #[test]
    fn an_index_answers_in_any_order() {
        let text = "a\u{e4}b\n".repeat(5000);
        let text = text.as_bytes();
        let mut index = LineIndex::new(text);
        for at in [19_999, 3, 4095, 4096, 4097, 12_345, 0, text.len()] {
            assert_eq!(index.position_of(at), naive(text, at), "{at}");
        }
    }

    #[test]
    fn a_line_ends_before_its_line_end() {
        let text = b"one\r\ntwo SECRET three\r\nfour";
        let span = 9..15;
        assert_eq!(&text[line_around(text, &span, 100)], b"two SECRET three");
        assert_eq!(&text[line_around(text, &span, 2)], b"o SECRET t");
    }
}
