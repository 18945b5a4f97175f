//! Collects the values that a reader of documents finds, and bounds the work that it may do.

use super::KeyedCredential;
use crate::detect::locate::LineIndex;
use crate::detect::step_budget::StepBudget;
use crate::detect::unfinished::{Exceeded, Unfinished};

/// Receives the credentials of one document as they are read.
pub(crate) struct Values<'v> {
    take: &'v mut dyn FnMut(KeyedCredential),
    lines: LineIndex<'v>,
    steps: &'v StepBudget,
    size: u64,
    exceeded: Exceeded,
}

impl<'v> Values<'v> {
    /// For a document of these bytes.
    pub(crate) fn new(
        bytes: &'v [u8],
        steps: &'v StepBudget,
        take: &'v mut dyn FnMut(KeyedCredential),
    ) -> Self {
        Self {
            take,
            lines: LineIndex::new(bytes),
            steps,
            size: bytes.len() as u64,
            exceeded: Exceeded::new(),
        }
    }

    /// Returns a receiver for the document `bytes`, which is part of this one and shares its bound on work.
    pub(super) fn within<'w>(
        &self,
        bytes: &'w [u8],
        take: &'w mut dyn FnMut(KeyedCredential),
    ) -> Values<'w>
    where
        'v: 'w,
    {
        Values {
            size: self.size,
            ..Values::new(bytes, self.steps, take)
        }
    }

    /// Adds a credential.
    pub(super) fn push(&mut self, value: KeyedCredential) {
        (self.take)(value);
    }

    /// The number of the line of `offset`, from 1.
    pub(super) fn line(&mut self, offset: usize) -> u64 {
        self.lines.position_of(offset).line
    }

    /// Counts work that is not linear in the size of the document by itself. False if there was too
    /// much of it: the reader stops, and the document is reported as unfinished.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        self.steps.spend(steps);
        let allows = self.steps.allows(self.size);
        if !allows {
            self.exceed(Unfinished::Steps);
        }
        allows
    }

    /// Reports a bound of the format's reader that the document exceeds.
    pub(super) fn exceed(&mut self, reason: Unfinished) {
        self.exceeded.insert(reason);
    }

    /// The bounds that the document has exceeded.
    pub(crate) fn finish(self) -> Exceeded {
        self.exceeded
    }
}

/// Returns the credentials that the built-in formats name in `bytes`; `None` for a file of no known format.
#[cfg(test)]
pub(super) fn collect(hint: crate::model::Hint<'_>, bytes: &[u8]) -> Option<Vec<KeyedCredential>> {
    use std::sync::{Arc, LazyLock};

    use super::Formats;
    use crate::rule::RuleSet;

    static FORMATS: LazyLock<Formats> =
        LazyLock::new(|| Formats::new(Arc::new(RuleSet::builtin())));
    let document = FORMATS.document(hint)?;
    let steps = StepBudget::default();
    let mut found = Vec::new();
    let mut take = |value| found.push(value);
    let mut values = Values::new(bytes, &steps, &mut take);
    document.values(hint, bytes, &mut values);
    Some(found)
}
