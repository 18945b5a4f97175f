//! Computes the parts of an object that differ from its delta base.

use std::ops::Range;

use super::super::pack::delta::CopySpan;
use super::super::pack::object::DeltaBase;

/// The common parts of an object and its delta base, at some distance from all differences.
pub(crate) struct Difference {
    common: Vec<CopySpan>,
    /// The lengths of the base and of the object.
    lengths: (usize, usize),
}

impl Difference {
    /// Compares an object of `length` bytes with its base. Bytes less than `edge.start` after a difference or less
    /// than `edge.end` before one count as different. `None` if the delta is damaged.
    pub(crate) fn new(base: &DeltaBase<'_>, length: usize, edge: &Range<usize>) -> Option<Self> {
        let mut common = base.delta.copy_spans().ok()?;
        let lengths = (base.bytes.len(), length);
        for span in &mut common {
            span.narrow(edge, lengths);
        }
        Some(Self { common, lengths })
    }

    /// Returns where the object differs: ranges in order, which do not overlap.
    pub(crate) fn new_parts(&self) -> Vec<Range<usize>> {
        gaps(self.common.iter().map(|span| &span.result), self.lengths.1)
    }

    /// Returns where the base differs: ranges in order, which do not overlap.
    pub(crate) fn removed_parts(mut self) -> Vec<Range<usize>> {
        self.common.sort_unstable_by_key(|span| span.base.start);
        gaps(self.common.iter().map(|span| &span.base), self.lengths.0)
    }
}

/// Returns the gaps between sorted ranges, which may overlap, within `length` bytes.
fn gaps<'r>(ranges: impl Iterator<Item = &'r Range<usize>>, length: usize) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut end = 0;
    for range in ranges.filter(|range| !range.is_empty()) {
        if end < range.start {
            gaps.push(end..range.start);
        }
        end = end.max(range.end);
    }
    if end < length {
        gaps.push(end..length);
    }
    gaps
}
