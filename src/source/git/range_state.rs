//! What all commits of a run share.

use std::sync::atomic::{AtomicU64, Ordering};

use super::byte_budget::ByteBudget;
use super::clean_content::CleanContent;
use super::range::RangeOptions;
use crate::source::exclude::{Exclude, ExcludeError};

/// What all commits of a run share.
#[derive(Debug)]
pub(super) struct RangeState {
    /// Excluded paths.
    pub(super) exclude: Exclude,
    /// How many bytes may be read.
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
