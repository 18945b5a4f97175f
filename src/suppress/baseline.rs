//! Findings that were accepted before, by fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::model::{Finding, Fingerprint, FingerprintVersion, RuleId};

/// Accepted findings. Survives edits, rebases and squashes, as fingerprints do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Fingerprint, BaselineEntry>,
}

/// An entry of a baseline: the fingerprint, and facts for readers of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineEntry {
    /// The identity of the finding.
    pub fingerprint: Fingerprint,
    /// The rule that found it.
    pub rule_id: RuleId,
    /// The path of its file.
    pub path: String,
}

/// The content of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineFile {
    version: u32,
    findings: Vec<BaselineEntry>,
}

/// The version of the file format.
const VERSION: u32 = 1;

/// An error of reading a baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not the JSON of a baseline.
    #[error("not a baseline: line {line}, column {column}: {what}")]
    Form {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The error. Repeats nothing of the file.
        what: &'static str,
    },
    /// Written by a later version of the program.
    #[error("baseline version {0} is not known to this program, which writes version {VERSION}")]
    Version(u32),
}

impl From<serde_json::Error> for BaselineError {
    fn from(error: serde_json::Error) -> Self {
        let what = match error.classify() {
            Category::Eof => "the file ends too early",
            Category::Syntax => "invalid JSON",
            Category::Io | Category::Data => {
                "expected an object with `version` and `findings`, each with `fingerprint`, `rule_id` and `path`"
            }
        };
        Self::Form {
            line: error.line(),
            column: error.column(),
            what,
        }
    }
}

impl Baseline {
    /// Reads a baseline from its JSON.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn from_json(text: &str) -> Result<Self, BaselineError> {
        let file: BaselineFile = serde_json::from_str(text)?;
        if file.version != VERSION {
            return Err(BaselineError::Version(file.version));
        }
        let entries = file
            .findings
            .into_iter()
            .map(|e| (e.fingerprint.clone(), e))
            .collect();
        Ok(Self { entries })
    }

    /// Creates a baseline of these findings, except for those whose fingerprint does not identify them. The paths
    /// are written into the file: the findings must be clean.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let entry = |finding: &Finding| BaselineEntry {
            fingerprint: finding.fingerprint.clone(),
            rule_id: finding.rule_id.clone(),
            path: finding.location.path.to_string(),
        };
        let entries = findings
            .into_iter()
            .filter(|f| f.fingerprint.version() != FingerprintVersion::WithoutValue)
            .map(|f| (f.fingerprint.clone(), entry(f)))
            .collect();
        Self { entries }
    }

    /// Returns the JSON of the file, sorted by path, rule and fingerprint for readable diffs.
    ///
    /// # Errors
    /// Does not occur with these types.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut findings: Vec<BaselineEntry> = self.entries.values().cloned().collect();
        findings.sort_by(|a, b| {
            (&a.path, &a.rule_id, &a.fingerprint).cmp(&(&b.path, &b.rule_id, &b.fingerprint))
        });
        let mut text = serde_json::to_string_pretty(&BaselineFile {
            version: VERSION,
            findings,
        })?;
        text.push('\n');
        Ok(text)
    }

    /// Removes the entries that `present` does not contain and whose path, as shown, `is_covered` by the scan that
    /// found it; returns how many were removed.
    pub fn prune<'a>(
        &mut self,
        present: impl IntoIterator<Item = &'a Finding>,
        is_covered: impl Fn(&str) -> bool,
    ) -> usize {
        let present: BTreeSet<Fingerprint> = present
            .into_iter()
            .flat_map(|finding| {
                let earlier = finding.earlier_fingerprints();
                earlier.into_iter().chain([finding.fingerprint.clone()])
            })
            .collect();
        let before = self.entries.len();
        self.entries
            .retain(|fingerprint, entry| present.contains(fingerprint) || !is_covered(&entry.path));
        before - self.entries.len()
    }

    /// Returns true if the finding was accepted, under its fingerprint or one of an earlier version.
    pub fn accepts(&self, finding: &Finding) -> bool {
        !self.entries.is_empty()
            && (finding.fingerprint.version() != FingerprintVersion::WithoutValue
                && self.entries.contains_key(&finding.fingerprint)
                || self.accepts_as_before(finding))
    }

    /// Returns true if an entry accepts a guessable secret under a fingerprint of version 1, which hides later
    /// passwords of the same account as well.
    pub(super) fn accepts_as_before(&self, finding: &Finding) -> bool {
        finding
            .earlier_fingerprints()
            .iter()
            .any(|earlier| self.entries.contains_key(earlier))
    }

    /// Returns the rules and escaped paths of entries with a slow fingerprint.
    pub(super) fn slow_entries(&self) -> impl Iterator<Item = (&RuleId, &str)> {
        self.entries
            .values()
            .filter(|entry| entry.fingerprint.version() == FingerprintVersion::Slow)
            .map(|entry| (&entry.rule_id, entry.path.as_str()))
    }

    /// Returns the number of accepted findings.
    pub fn count(&self) -> usize {
        self.entries.len()
    }
}
