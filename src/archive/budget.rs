//! The bounds of a walk, counted in bytes and entries, so that a result does not depend on the speed of the machine.

use std::cell::{Cell, RefCell};

use super::problem::{ArchiveBound, Problem};

/// How much work an archive may cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// How deep archives nest. A compressed tar counts once.
    pub depth: usize,
    /// How many bytes all entries have together; those of a nested archive count packed and unpacked.
    pub bytes: u64,
    /// How many entries there are, nested ones included.
    pub entries: u64,
    /// How many bytes one byte of the outermost archive unpacks to, once more than [`ArchiveLimits::GRACE`] are unpacked.
    pub ratio: u64,
}

impl ArchiveLimits {
    /// How many bytes any archive may unpack to: short and regular files have ratios that no large ones have.
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

/// What is left of the limits in one outermost archive.
#[derive(Debug)]
pub struct Budget {
    limits: ArchiveLimits,
    bytes: Cell<u64>,
    entries: Cell<u64>,
    /// Bytes read of the outermost archive.
    packed: Cell<u64>,
    exceeded: Cell<bool>,
    /// True while a reader has failed, so that the problems of those that read from it are not reported.
    failing: Cell<bool>,
    /// Why it failed, until that is reported.
    failure: RefCell<Option<Problem>>,
}

impl Budget {
    /// A budget of which nothing is used.
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

    /// How many entries were opened.
    pub fn entries(&self) -> u64 {
        self.entries.get()
    }

    /// True once a limit was exceeded: nothing more is read.
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

    /// Records the failure of a reader; returns false if it follows from that of another one.
    pub(super) fn begin_failure(&self, problem: Problem) -> bool {
        let is_first = !self.failing.replace(true);
        if is_first {
            self.failure.replace(Some(problem));
        }
        is_first
    }

    /// Returns the failure that is to be reported.
    pub(super) fn take_failure(&self) -> Option<Problem> {
        self.failure.take()
    }

    /// Records that nothing reads from the failed reader any more.
    pub(super) fn end_failure(&self) {
        self.failing.set(false);
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failing.get()
    }
}
