//! A bound on the work that one blob may cause, counted in steps rather than by the clock, so that
//! the same blob always gives the same result.
//!
//! The search for keywords is linear and is not counted. The work after a hit is counted: matching, decoding,
//! parsing. A step is about a nanosecond of work.

use std::cell::Cell;

/// Steps that every blob may take, so that a small one is never cut.
const FIXED: u64 = 1 << 27;

/// Steps for each byte of the blob that has been passed.
const PER_BYTE: u64 = 1 << 10;

/// The steps of one blob.
#[derive(Debug, Default)]
pub(super) struct StepBudget {
    used: Cell<u64>,
}

impl StepBudget {
    /// Counts `steps`.
    pub(super) fn spend(&self, steps: usize) {
        self.used.set(self.used.get().saturating_add(steps as u64));
    }

    /// True if a blob may take more steps of which `passed` bytes have been passed.
    pub(super) fn allows(&self, passed: u64) -> bool {
        self.used.get() <= FIXED.saturating_add(passed.saturating_mul(PER_BYTE))
    }

    /// Returns the number of steps that have been counted.
    pub(super) fn used(&self) -> u64 {
        self.used.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_more_steps_behind_more_bytes() {
        let steps = StepBudget::default();
        steps.spend(usize::try_from(FIXED).unwrap());
        assert!(steps.allows(0));
        steps.spend(1);
        assert!(!steps.allows(0));
        assert!(steps.allows(1));
    }
}
