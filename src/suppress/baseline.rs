//! Findings that were accepted before, by fingerprint.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::model::{Finding, Fingerprint, FingerprintVersion, RuleId};

/// Accepted findings. Survives edits, rebases and squashes, as fingerprints do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Sorted by fingerprint, each of which occurs once. A map would keep every fingerprint twice.
    entries: Vec<BaselineEntry>,
    /// Indices of the entries with a slow fingerprint, sorted by rule and path.
    slow: Vec<usize>,
    /// The rules of entries with a slow fingerprint in whose path a secret is redacted.
    redacted: BTreeSet<RuleId>,
}

/// The placeholder of a secret in a path of a baseline.
const REDACTED: &str = "redacted";

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

impl BaselineEntry {
    fn place(&self) -> (&RuleId, &str) {
        (&self.rule_id, &self.path)
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
        Ok(Self::new(file.findings))
    }

    fn new(mut entries: Vec<BaselineEntry>) -> Self {
        entries.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        // Of equal fingerprints the last entry counts.
        entries.dedup_by(|later, kept| {
            let is_same = later.fingerprint == kept.fingerprint;
            if is_same {
                std::mem::swap(later, kept);
            }
            is_same
        });
        let is_slow =
            |entry: &BaselineEntry| entry.fingerprint.version() == FingerprintVersion::Slow;
        let mut slow: Vec<usize> = (0..entries.len())
            .filter(|&index| is_slow(&entries[index]))
            .collect();
        slow.sort_by(|&a, &b| entries[a].place().cmp(&entries[b].place()));
        let redacted = slow
            .iter()
            .map(|&index| &entries[index])
            .filter(|entry| entry.path.contains(REDACTED))
            .map(|entry| entry.rule_id.clone())
            .collect();
        Self {
            entries,
            slow,
            redacted,
        }
    }

    fn contains(&self, fingerprint: &Fingerprint) -> bool {
        self.entries
            .binary_search_by(|entry| entry.fingerprint.cmp(fingerprint))
            .is_ok()
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
            .map(entry)
            .collect();
        Self::new(entries)
    }

    /// Returns the JSON of the file, sorted by path, rule and fingerprint for readable diffs.
    ///
    /// # Errors
    /// Does not occur with these types.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut findings = self.entries.clone();
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
        let mut entries = std::mem::take(&mut self.entries);
        entries.retain(|entry| present.contains(&entry.fingerprint) || !is_covered(&entry.path));
        *self = Self::new(entries);
        before - self.entries.len()
    }

    /// Returns true if the finding was accepted, under its fingerprint or one of an earlier version.
    pub fn accepts(&self, finding: &Finding) -> bool {
        !self.entries.is_empty()
            && (finding.fingerprint.version() != FingerprintVersion::WithoutValue
                && self.contains(&finding.fingerprint)
                || self.accepts_as_before(finding))
    }

    /// Returns true if an entry accepts a guessable secret under a fingerprint of version 1, which hides later
    /// passwords of the same account as well.
    pub(super) fn accepts_as_before(&self, finding: &Finding) -> bool {
        finding
            .earlier_fingerprints()
            .iter()
            .any(|earlier| self.contains(earlier))
    }

    /// Returns true if an entry with a slow fingerprint may be that of a finding of `rule` at the escaped path `path`.
    pub(super) fn may_accept_slowly(&self, rule: &RuleId, path: &str) -> bool {
        let place = (rule, path);
        self.redacted.contains(rule)
            || self
                .slow
                .binary_search_by(|&index| self.entries[index].place().cmp(&place))
                .is_ok()
    }

    /// Returns the number of accepted findings.
    pub fn count(&self) -> usize {
        self.entries.len()
    }
}
