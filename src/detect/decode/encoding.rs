//! The chain of encodings around a text, one in another.

use super::recoded::Recoding;

/// Maximum number of encodings, one inside the other, that are undone.
pub(crate) const MAX_DEPTH: usize = 3;

/// One encoding, seen from the place where a text begins in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encoding {
    /// Base64. The text begins at that byte of a group of three.
    Base64(usize),
    /// Two hexadecimal digits for each byte.
    Hex,
    /// ASCII in UTF-16.
    Utf16,
    /// UTF-8 that Git writes in another encoding. The text begins at that byte of a character.
    Recoded(Recoding, usize),
}

/// The encodings to undo at a position, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EncodingChain {
    steps: [Encoding; MAX_DEPTH],
    count: usize,
}

impl EncodingChain {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        steps: [Encoding::Hex; MAX_DEPTH],
        count: 0,
    };

    /// These within another; `None` for more than are undone.
    pub(crate) fn within(mut self, outer: Encoding) -> Option<Self> {
        if self.count == MAX_DEPTH {
            return None;
        }
        self.steps.copy_within(..MAX_DEPTH - 1, 1);
        self.steps[0] = outer;
        self.count += 1;
        Some(self)
    }

    /// The steps.
    pub(crate) fn as_slice(&self) -> &[Encoding] {
        &self.steps[..self.count]
    }
}
