//! A rule's regular expression: compiled when first needed, run only near a keyword.

use std::ops::Range;

/// A rule's regular expression.
#[derive(Debug)]
pub struct Pattern {
    _source: String,
}

/// Where the parts of a match stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternMatch {
    /// All of it.
    pub whole: Range<usize>,
    /// The group `secret`, or all of it.
    pub secret: Range<usize>,
    /// The group `body`, or the secret.
    pub body: Range<usize>,
    /// The group `user`.
    pub user: Option<Range<usize>>,
    /// The group `host`.
    pub host: Option<Range<usize>>,
}

impl Pattern {
    /// How many bytes behind the start of its keyword a match may end. What would be longer is no
    /// match. Bounds the time a hit costs, and lets a blob be scanned in windows.
    pub const REACH: usize = 16 * 1024;

    /// How many bytes before its keyword a match may begin, at most.
    pub const MAX_BEHIND: usize = 256;

    /// The first match that covers the keyword hit `hit`.
    ///
    /// Looks at `bytes[hit.start - behind .. hit.start + REACH]` and nothing else, so the answer
    /// is the same in any window that holds these bytes. A match that touches a cut end (one that
    /// is not the end of `bytes`) is none.
    pub fn find(&self, _bytes: &[u8], _hit: Range<usize>) -> Option<PatternMatch> {
        None
    }
}
