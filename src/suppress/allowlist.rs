//! Entries of the configuration for findings that are not leaks, each with a reason.

use std::path::Path;

use crate::model::{AllowEntry, Finding, FingerprintVersion, PathPatternError, PathPatterns};

/// An error in an entry.
#[derive(Debug, thiserror::Error)]
pub enum AllowlistError {
    /// An invalid path pattern.
    #[error("`paths` of `[[allow]]` {entry}: {error}")]
    Pattern {
        /// The index of the entry, from 1.
        entry: usize,
        /// The error of the pattern.
        error: PathPatternError,
    },
    /// There are too many patterns to compile in bounded memory.
    #[error("`paths` of all `[[allow]]`: {0}; use a baseline for single findings")]
    TooMany(PathPatternError),
    /// An entry without a condition would suppress everything.
    #[error("`[[allow]]` {0}: an entry needs `paths`, `rules` or `fingerprints`")]
    Empty(usize),
    /// An entry without a reason.
    #[error("`reason` of `[[allow]]` {0} is empty: write why this is not a leak")]
    NoReason(usize),
}

/// All entries, compiled.
#[derive(Debug, Default)]
pub(super) struct Allowlist {
    entries: Vec<(AllowEntry, PathPatterns)>,
}

impl Allowlist {
    pub(super) fn new(entries: &[AllowEntry]) -> Result<Self, AllowlistError> {
        // One bound for all: entries of one pattern each take as much memory as an entry of all patterns.
        PathPatterns::check_count(entries.iter().flat_map(|entry| &entry.paths))
            .map_err(AllowlistError::TooMany)?;
        let mut compiled = Vec::with_capacity(entries.len());
        for (number, entry) in (1..).zip(entries) {
            let AllowEntry {
                paths,
                rules,
                fingerprints,
                reason,
            } = entry;
            if paths.is_empty() && rules.is_empty() && fingerprints.is_empty() {
                return Err(AllowlistError::Empty(number));
            }
            if reason.trim().is_empty() {
                return Err(AllowlistError::NoReason(number));
            }
            let invalid = |error| AllowlistError::Pattern {
                entry: number,
                error,
            };
            compiled.push((entry.clone(), PathPatterns::new(paths).map_err(invalid)?));
        }
        Ok(Self { entries: compiled })
    }

    /// Returns true if an entry contains slow fingerprints.
    pub(super) fn has_slow_fingerprints(&self) -> bool {
        self.entries
            .iter()
            .flat_map(|(entry, _)| &entry.fingerprints)
            .any(|fingerprint| fingerprint.version() == FingerprintVersion::Slow)
    }

    /// Returns the reason of the first entry that matches the finding.
    pub(super) fn reason(&self, finding: &Finding) -> Option<&str> {
        let (entry, _) = self
            .entries
            .iter()
            .find(|(entry, globs)| covers(entry, globs, finding))?;
        Some(&entry.reason)
    }
}

fn covers(entry: &AllowEntry, globs: &PathPatterns, finding: &Finding) -> bool {
    let path = &finding.location.path;
    // The patterns come last, because they cost most.
    (entry.rules.is_empty() || entry.rules.contains(&finding.rule_id))
        && (entry.fingerprints.is_empty() || names(entry, finding))
        // A pattern may name a file in an archive as reports do, or as if the archive were a folder.
        && (entry.paths.is_empty()
            || matches(globs, path.as_bytes())
            || path.entry().is_some() && matches(globs, &path.as_folders()))
}

/// Returns true if a pattern matches. A path outside of the root of the scan is absolute, and no relative pattern
/// matches it.
fn matches(globs: &PathPatterns, path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    !path.starts_with('/') && globs.matches_file_or_folders(Path::new(path.as_ref()))
}

/// Returns true if the entry contains a fingerprint of the finding, of this or an earlier version.
fn names(entry: &AllowEntry, finding: &Finding) -> bool {
    entry.fingerprints.contains(&finding.fingerprint)
        || finding
            .earlier_fingerprints()
            .iter()
            .any(|earlier| entry.fingerprints.contains(earlier))
}
