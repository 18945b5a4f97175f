//! State that all commits of a run share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::clean_content::CleanContent;
use super::range::RangeOptions;
use crate::source::exclude::{Exclude, ExcludeError};

/// State that all commits of a run share.
#[derive(Debug)]
pub(super) struct RangeState {
    /// Excluded paths.
    pub(super) exclude: Exclude,
    /// The number of bytes that may still be read.
    pub(super) byte_budget: ByteBudget,
    /// Content without findings.
    pub(super) clean: CleanContent,
    snapshots: AtomicU64,
}

impl RangeState {
    /// Creates the state of a new run.
    ///
    /// # Errors
    /// If an exclusion is not a valid pattern.
    pub(super) fn new(options: &RangeOptions) -> Result<Self, ExcludeError> {
        Ok(Self {
            exclude: Exclude::new(&options.exclude)?,
            byte_budget: ByteBudget::new(options.max_bytes),
            clean: CleanContent::default(),
            snapshots: AtomicU64::new(0),
        })
    }

    /// Returns a number that no other snapshot of the run has.
    pub(super) fn next_snapshot(&self) -> u64 {
        self.snapshots.fetch_add(1, Ordering::Relaxed)
    }
}

/// Maximum number of bytes that all threads together may read.
#[derive(Debug)]
pub(super) struct ByteBudget {
    left: Option<AtomicU64>,
    is_exceeded: AtomicBool,
}

impl ByteBudget {
    /// Creates a budget of this many bytes, or an unlimited one.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        Self {
            left: bytes.map(AtomicU64::new),
            is_exceeded: AtomicBool::new(false),
        }
    }

    /// Takes bytes from the budget; returns false if not enough are left.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let Some(left) = &self.left else {
            return true;
        };
        let took = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(bytes)
        });
        if took.is_err() {
            self.is_exceeded.store(true, Ordering::Relaxed);
        }
        took.is_ok()
    }

    /// Returns true if more bytes were asked for than were left.
    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }
}
