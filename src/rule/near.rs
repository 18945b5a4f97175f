//! Words that must stand near a value because its name alone says too little.

use std::ops::Range;

/// How far before the name and behind the value the words may stand, in bytes.
const REACH: usize = 240;

/// Words of which one must stand near a value, in any case; none if the name says enough.
#[derive(Clone, Debug, Default)]
pub(super) struct Near(Vec<String>);

impl Near {
    pub(super) fn new(words: Vec<String>) -> Self {
        Self(words)
    }

    /// Returns true if a word stands before the value, in its name, or behind it.
    pub(super) fn is_met(&self, bytes: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let start = name.start.min(value.start);
        let end = name.end.max(value.end);
        let before = &bytes[start.saturating_sub(REACH)..value.start];
        let behind = &bytes[value.end..bytes.len().min(end + REACH)];
        self.is_in(before) || self.is_in(behind)
    }

    /// Returns true if one of the words stands in `text`, or if there are none.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|word| {
                text.windows(word.len())
                    .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
            })
    }
}
