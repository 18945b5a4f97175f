//! The limits of a walk, counted in bytes and entries, so that a result does not depend on the speed of the machine.

use std::cell::{Cell, RefCell};

use super::problem::{ArchiveBound, Problem};

/// Limits on the work that an archive may cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Maximum nesting depth of archives. A compressed tar counts once.
    pub depth: usize,
    /// Maximum number of bytes of all entries together; those of a nested archive count packed and unpacked.
    pub bytes: u64,
    /// Maximum number of entries, nested ones included.
    pub entries: u64,
    /// Maximum number of unpacked bytes for each byte of the outermost archive, once more than
    /// [`ArchiveLimits::GRACE`] are unpacked.
    pub ratio: u64,
}

impl ArchiveLimits {
    /// Number of bytes that any archive may unpack to: small files of repetitive content have higher ratios than
    /// large ones.
    pub const GRACE: u64 = 64 << 20;
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            depth: 5,
            bytes: 16 << 30,
            entries: 1_000_000,
            ratio: 200,
        }
    }
}

/// The remaining budget of one outermost archive.
#[derive(Debug)]
pub struct Budget {
    limits: ArchiveLimits,
    bytes: Cell<u64>,
    entries: Cell<u64>,
    /// Number of bytes read of the outermost archive.
    packed: Cell<u64>,
    exceeded: Cell<bool>,
    /// True while a reader has failed, so that errors of readers on top of it are not reported.
    failing: Cell<bool>,
    /// The reason of the failure, until it is reported.
    failure: RefCell<Option<Problem>>,
}

impl Budget {
    /// Creates an unused budget.
    pub fn new(limits: ArchiveLimits) -> Self {
        Self {
            limits,
            bytes: Cell::new(0),
            entries: Cell::new(0),
            packed: Cell::new(0),
            exceeded: Cell::new(false),
            failing: Cell::new(false),
            failure: RefCell::new(None),
        }
    }

    /// Returns the number of opened entries.
    pub fn entries(&self) -> u64 {
        self.entries.get()
    }

    /// Returns true once a limit was exceeded: nothing more is read.
    pub fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }

    pub(super) fn depth(&self) -> usize {
        self.limits.depth
    }

    /// Counts bytes of the outermost archive.
    pub(super) fn add_packed(&self, count: usize) {
        self.packed.set(self.packed.get() + count as u64);
    }

    /// Counts unpacked bytes.
    pub(super) fn add_bytes(&self, count: u64) -> Result<(), ArchiveBound> {
        let bytes = self.bytes.get().saturating_add(count);
        self.bytes.set(bytes);
        let ArchiveLimits {
            bytes: limit,
            ratio,
            ..
        } = self.limits;
        if bytes > limit {
            return Err(self.exceed(ArchiveBound::Bytes(limit)));
        }
        if bytes > ArchiveLimits::GRACE && bytes / ratio.max(1) > self.packed.get() {
            return Err(self.exceed(ArchiveBound::Ratio(ratio)));
        }
        Ok(())
    }

    /// Counts an entry.
    pub(super) fn add_entry(&self) -> Result<(), ArchiveBound> {
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > self.limits.entries {
            self.entries.set(self.limits.entries);
            return Err(self.exceed(ArchiveBound::Entries(self.limits.entries)));
        }
        Ok(())
    }

    fn exceed(&self, bound: ArchiveBound) -> ArchiveBound {
        self.exceeded.set(true);
        bound
    }

    /// Records the failure of a reader; returns false if it is a consequence of an earlier failure.
    pub(super) fn begin_failure(&self, problem: Problem) -> bool {
        let is_first = !self.failing.replace(true);
        if is_first {
            self.failure.replace(Some(problem));
        }
        is_first
    }

    /// Returns the failure to report.
    pub(super) fn take_failure(&self) -> Option<Problem> {
        self.failure.take()
    }

    /// Records that no reader uses the failed reader any more.
    pub(super) fn end_failure(&self) {
        self.failing.set(false);
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failing.get()
    }
}
