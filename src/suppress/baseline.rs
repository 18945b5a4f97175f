//! Findings that were accepted before, by fingerprint.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Finding, Fingerprint, RuleId};

/// Accepted findings. Survives edits, rebases and squashes, as fingerprints do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Fingerprint, BaselineEntry>,
}

/// What a baseline says of a finding besides its fingerprint, for the reader of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineEntry {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// The rule that found it.
    pub rule_id: RuleId,
    /// Where it stood.
    pub path: String,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineFile {
    version: u32,
    findings: Vec<BaselineEntry>,
}

/// The version of the file's form.
const VERSION: u32 = 1;

/// Why a baseline cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not the JSON of a baseline.
    #[error("not a baseline: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by a later version of the program.
    #[error("baseline version {0} is not known to this program, which writes version {VERSION}")]
    Version(u32),
}

impl Baseline {
    /// Reads a baseline from its JSON.
    ///
    /// # Errors
    /// If it is none.
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

    /// A baseline that accepts these findings.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let entry = |finding: &Finding| BaselineEntry {
            fingerprint: finding.fingerprint.clone(),
            rule_id: finding.rule_id.clone(),
            path: finding.location.path.to_string(),
        };
        let entries = findings
            .into_iter()
            .map(|f| (f.fingerprint.clone(), entry(f)))
            .collect();
        Self { entries }
    }

    /// The JSON of the file, sorted by path, rule and fingerprint so that it reads well in a diff.
    ///
    /// # Errors
    /// None that can happen with these types.
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

    /// Keeps only what `present` still holds; returns how many entries went.
    pub fn prune<'a>(&mut self, present: impl IntoIterator<Item = &'a Finding>) -> usize {
        let present: std::collections::BTreeSet<&Fingerprint> = present
            .into_iter()
            .map(|finding| &finding.fingerprint)
            .collect();
        let before = self.entries.len();
        self.entries
            .retain(|fingerprint, _| present.contains(fingerprint));
        before - self.entries.len()
    }

    /// True if the fingerprint was accepted.
    pub fn contains(&self, fingerprint: &Fingerprint) -> bool {
        self.entries.contains_key(fingerprint)
    }

    /// How many findings are accepted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
