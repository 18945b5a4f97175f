//! What all commits of one run share.

use std::sync::atomic::{AtomicU64, Ordering};

use super::byte_budget::ByteBudget;
use super::clean_content::CleanContent;
use super::range::RangeOptions;
use crate::source::exclude::{Exclude, ExcludeError};

/// What all commits of one run share.
#[derive(Debug)]
pub(super) struct RangeState {
    /// Paths that are left out.
    pub(super) exclude: Exclude,
    /// How many bytes may be read.
    pub(super) byte_budget: ByteBudget,
    /// What was scanned and holds nothing.
    pub(super) clean: CleanContent,
    snapshots: AtomicU64,
}

impl RangeState {
    /// Nothing was scanned yet.
    ///
    /// # Errors
    /// If an exclusion is not a pattern.
    pub(super) fn new(options: &RangeOptions) -> Result<Self, ExcludeError> {
        Ok(Self {
            exclude: Exclude::new(&options.exclude)?,
            byte_budget: ByteBudget::new(options.max_bytes),
            clean: CleanContent::default(),
            snapshots: AtomicU64::new(0),
        })
    }

    /// A number that no other snapshot of the run has.
    pub(super) fn next_snapshot(&self) -> u64 {
        self.snapshots.fetch_add(1, Ordering::Relaxed)
    }
}
