//! Words that must occur near a value whose name alone is not specific enough.

use std::ops::Range;

/// Maximum distance of the words from the name or the value, in bytes.
const REACH: usize = 240;

/// Words of which one must occur near a value, case-insensitively. Without words the name is specific enough.
#[derive(Clone, Debug, Default)]
pub(super) struct Near(Vec<String>);

impl Near {
    pub(super) fn new(words: Vec<String>) -> Self {
        Self(words)
    }

    /// Returns true if a word occurs before the value, in its name, or behind it.
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

    /// Returns true if `text` contains one of the words, or if no word is required.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|word| {
                text.windows(word.len())
                    .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
            })
    }
}
