//! Decoded text with the span of each byte in the encoded text.

use std::ops::Range;

use crate::syntax::mapped::Mapped;

/// A text with one encoding undone.
#[derive(Debug, Default)]
pub(crate) struct DecodedText {
    /// The decoded bytes, and the encoded bytes that each was made of.
    pub(crate) text: Mapped,
    /// Possible ends of the encoded text, because the bytes behind only look like more of it: the offsets
    /// in `text` where the one would end, and the next would begin.
    seams: Vec<(usize, usize)>,
    /// True if the text continues beyond the decoded part.
    pub(crate) is_cut: bool,
}

impl DecodedText {
    /// An empty one with room for that many bytes.
    pub(crate) fn with_room(count: usize) -> Self {
        Self {
            text: Mapped::with_room(count),
            ..Self::default()
        }
    }

    /// The decoded bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.text.bytes()
    }

    /// Adds a byte made of the encoded bytes `from..to`.
    pub(crate) fn push(&mut self, byte: u8, from: usize, to: usize) {
        self.text.push(byte, from..to);
    }

    /// Notes a seam between the text that ends at `end` and one that begins at `begin`.
    pub(crate) fn add_seam(&mut self, end: usize, begin: usize) {
        self.seams.push((end, begin));
    }

    /// Returns the span of `range`, which is not empty, in the encoded text.
    pub(crate) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        self.text.locate(range.clone()).unwrap_or_default()
    }

    /// The last place after `noise` and up to `at` where the text may have begun.
    pub(crate) fn begin_between(&self, noise: usize, at: usize) -> Option<usize> {
        let mut begins = self.seams.iter().map(|&(_, begin)| begin);
        begins.rfind(|&begin| noise < begin && begin <= at)
    }

    /// The places from `at` on where the text may have ended, in order.
    pub(crate) fn ends_from(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.seams
            .iter()
            .map(|&(end, _)| end)
            .filter(move |&end| end >= at)
    }

    /// Forgets the first `count` bytes.
    pub(crate) fn drop_front(&mut self, count: usize) {
        self.text.drop_front(count);
        self.seams.retain(|&(end, _)| end >= count);
        for (end, begin) in &mut self.seams {
            *end -= count;
            *begin = begin.saturating_sub(count);
        }
    }
}
