//! Logs of CI jobs.

use crate::sweep::{Part, PartEnd, Place, PlaceError};

/// See the module.
#[derive(Debug)]
pub(super) struct Logs;

impl Place for Logs {
    fn read(&self, part: &Part<'_>) -> Result<PartEnd, PlaceError> {
        part.recent_jobs()?;
        Ok(PartEnd::Done)
    }
}
