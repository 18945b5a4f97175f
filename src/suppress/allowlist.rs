//! Entries of the configuration that name what is no leak, and why.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::model::{Finding, Fingerprint, FingerprintVersion, RuleId};

/// One entry: every list that is not empty must hold the finding.
#[derive(Clone, Debug, Default)]
pub struct AllowEntry {
    /// Paths, as patterns of a `.gitignore` file, relative to the root of the scan.
    pub paths: Vec<String>,
    /// Rule ids.
    pub rules: Vec<RuleId>,
    /// Fingerprints.
    pub fingerprints: Vec<Fingerprint>,
    /// Why this is no leak. Shown with each finding it sets aside.
    pub reason: String,
}

/// Why an entry cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AllowlistError {
    /// A path pattern that is none.
    #[error("allowlist: '{pattern}' is no path pattern: {error}")]
    Pattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        error: ignore::Error,
    },
    /// An entry without a condition would set everything aside.
    #[error("allowlist: an entry needs paths, rules or fingerprints ('{0}' has none)")]
    Empty(String),
}

/// All entries, ready to ask.
#[derive(Debug, Default)]
pub(super) struct Allowlist {
    entries: Vec<(AllowEntry, Gitignore)>,
}

impl Allowlist {
    pub(super) fn new(entries: &[AllowEntry]) -> Result<Self, AllowlistError> {
        let mut compiled = Vec::with_capacity(entries.len());
        for entry in entries {
            let AllowEntry {
                paths,
                rules,
                fingerprints,
                reason,
            } = entry;
            if paths.is_empty() && rules.is_empty() && fingerprints.is_empty() {
                return Err(AllowlistError::Empty(reason.clone()));
            }
            let mut builder = GitignoreBuilder::new("");
            let invalid = |pattern: &str, error| AllowlistError::Pattern {
                pattern: pattern.to_owned(),
                error,
            };
            for pattern in paths {
                builder
                    .add_line(None, pattern)
                    .map_err(|error| invalid(pattern, error))?;
            }
            let globs = builder
                .build()
                .map_err(|error| invalid(&paths.join(", "), error))?;
            compiled.push((entry.clone(), globs));
        }
        Ok(Self { entries: compiled })
    }

    /// True if an entry names slow fingerprints.
    pub(super) fn has_slow_fingerprints(&self) -> bool {
        self.entries
            .iter()
            .flat_map(|(entry, _)| &entry.fingerprints)
            .any(|fingerprint| fingerprint.version() == FingerprintVersion::Slow)
    }

    /// The reason of the first entry that covers the finding.
    pub(super) fn reason(&self, finding: &Finding) -> Option<&str> {
        let (entry, _) = self
            .entries
            .iter()
            .find(|(entry, globs)| covers(entry, globs, finding))?;
        Some(&entry.reason)
    }
}

fn covers(entry: &AllowEntry, globs: &Gitignore, finding: &Finding) -> bool {
    let path = String::from_utf8_lossy(finding.location.path.as_bytes());
    // A path outside the root of the scan is absolute and under no pattern relative to it.
    let path_fits = entry.paths.is_empty()
        || (!path.starts_with('/')
            && globs
                .matched_path_or_any_parents(path.as_ref(), false)
                .is_ignore());
    path_fits
        && (entry.rules.is_empty() || entry.rules.contains(&finding.rule_id))
        && (entry.fingerprints.is_empty() || names(entry, finding))
}

/// True if the entry has a fingerprint of the finding, of this or an earlier version.
fn names(entry: &AllowEntry, finding: &Finding) -> bool {
    entry.fingerprints.contains(&finding.fingerprint)
        || finding
            .earlier_fingerprints()
            .iter()
            .any(|earlier| entry.fingerprints.contains(earlier))
}
