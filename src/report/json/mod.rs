//! `json`: for programs. Documented in `docs/json.md`; contains everything that the other formats
//! contain except for times, so that the same scan gives the same bytes.

mod document;
mod from_outcome;
mod merge;
mod read;
pub(super) mod shared;
mod to_outcome;

use std::io::{self, Write};

use super::View;

pub use document::{
    JsonDocument, JsonFinding, JsonLocation, JsonScan, JsonSuppressed, JsonSuppression, JsonTool,
    SeverityCounts, Summary,
};
pub use from_outcome::findings;
pub use merge::merge;
pub use read::{MAX_BYTES, ReadError};
pub use to_outcome::{RestoreError, Restored};

/// The value of `schema_version`. It changes only if a key is removed or changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// Writes the whole report.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &from_outcome::document(view))?;
    writeln!(out)
}
