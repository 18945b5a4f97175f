//! Where an object differs from the one it builds on.

use std::ops::Range;

use super::super::pack::delta::CopySpan;
use super::super::pack::object::DeltaBase;

/// What an object has in common with its base, away from where they differ.
pub(crate) struct Difference {
    kept: Vec<CopySpan>,
    /// Of the base and of the object.
    lengths: (usize, usize),
}

impl Difference {
    /// The difference of an object of `length` bytes from its base. What is less than `edge.start` bytes
    /// behind a change or less than `edge.end` before one counts as changed. `None` if the delta is broken.
    pub(crate) fn new(base: &DeltaBase<'_>, length: usize, edge: &Range<usize>) -> Option<Self> {
        let mut kept = base.delta.copy_spans().ok()?;
        let lengths = (base.bytes.len(), length);
        for kept in &mut kept {
            kept.narrow(edge, lengths);
        }
        Some(Self { kept, lengths })
    }

    /// Where the object differs: stretches in order, which do not overlap.
    pub(crate) fn new_parts(&self) -> Vec<Range<usize>> {
        gaps(self.kept.iter().map(|kept| &kept.made), self.lengths.1)
    }

    /// Where its base differs: stretches in order, which do not overlap.
    pub(crate) fn gone_parts(mut self) -> Vec<Range<usize>> {
        self.kept.sort_unstable_by_key(|kept| kept.base.start);
        gaps(self.kept.iter().map(|kept| &kept.base), self.lengths.0)
    }
}

/// What lies between stretches of `length` bytes, in order. They are sorted and may overlap.
fn gaps<'k>(stretches: impl Iterator<Item = &'k Range<usize>>, length: usize) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut done = 0;
    for stretch in stretches.filter(|stretch| !stretch.is_empty()) {
        if done < stretch.start {
            gaps.push(done..stretch.start);
        }
        done = done.max(stretch.end);
    }
    if done < length {
        gaps.push(done..length);
    }
    gaps
}
