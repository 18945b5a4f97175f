//! An entry of the configuration for findings that are not leaks.

use serde::Deserialize;

use super::{Fingerprint, RuleId};

/// An entry of the allowlist: the finding must match every list that is not empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowEntry {
    /// Paths, as patterns of a `.gitignore` file, relative to the root of the scan.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Rule ids.
    #[serde(default)]
    pub rules: Vec<RuleId>,
    /// Fingerprints.
    #[serde(default)]
    pub fingerprints: Vec<Fingerprint>,
    /// The reason why the finding is not a leak. Shown with each finding that it suppresses.
    pub reason: String,
}
