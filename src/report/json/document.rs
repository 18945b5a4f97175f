//! The types of the JSON report, for writing and reading. `docs/json.md` describes the keys.
//!
//! Reading ignores unknown keys, since later versions add some.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::shared;
use crate::model::{
    BlobPath, Confidence, Context, Excerpt, Exclusion, Fingerprint, ItemError, Liveness, Note,
    Owner, Refs, Remediation, RemotePlace, RuleId, Severity, SkippedItem, Verification,
};
use crate::report::RuleInfo;

/// The whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonDocument {
    /// Always [`super::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program.
    pub tool: JsonTool,
    /// The scan as a whole.
    pub scan: JsonScan,
    /// The findings, by location.
    #[serde(deserialize_with = "shared::findings")]
    pub findings: Vec<JsonFinding>,
    /// Suppressed findings.
    #[serde(deserialize_with = "shared::findings")]
    pub suppressed: Vec<JsonSuppressed>,
    /// Skipped items that have a name.
    pub skipped: Vec<SkippedItem>,
    /// Items that could not be read.
    pub errors: Vec<ItemError>,
    /// Further messages for the reader.
    pub notes: Vec<Note>,
    /// Choices of paths or commits that keep findings or files out of the report; not written if
    /// empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// The rules, by id.
    pub rules: Vec<RuleInfo>,
    /// Counts.
    pub summary: Summary,
}

impl JsonDocument {
    /// Returns the findings, then the suppressed findings, to be changed.
    pub(super) fn all_findings_mut(&mut self) -> impl Iterator<Item = &mut JsonFinding> {
        let suppressed = self.suppressed.iter_mut().map(|item| &mut item.finding);
        self.findings.iter_mut().chain(suppressed)
    }
}

/// The program that scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonTool {
    /// `tokensweep`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The scan as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonScan {
    /// False if something could not be read.
    pub complete: bool,
    /// The commit that was checked out, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The page of the scanned project on its GitLab, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_url: Option<String>,
    /// Ids of the rules that ran.
    pub rules: Vec<RuleId>,
}

/// A credential, its location, and its remediation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonFinding {
    /// The rule that matched.
    pub rule_id: RuleId,
    /// The kind of credential.
    #[serde(with = "shared::text")]
    pub title: Arc<str>,
    /// The access that a live credential gives.
    pub severity: Severity,
    /// The confidence of the finding.
    pub confidence: Confidence,
    /// The identity across edits.
    pub fingerprint: Fingerprint,
    /// A description and the evidence.
    #[serde(with = "shared::text")]
    pub message: Arc<str>,
    /// Ways to revoke or disable it, best first.
    #[serde(with = "shared::remediations")]
    #[serde(rename = "remedies")]
    pub remediations: Vec<Arc<Remediation>>,
    /// The secret, redacted unless the user asked to see it.
    pub secret: String,
    /// An id that distinguishes the secret from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_id: Option<String>,
    /// The owner of the credential.
    #[serde(default, skip_serializing_if = "Owner::is_empty")]
    pub owner: Owner,
    /// The expiry of the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The liveness, as far as it was verified.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub liveness: Liveness,
    /// The verification result of the operator's instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The encodings around the secret, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoding: Vec<String>,
    /// The key, host and user in the surrounding text.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
    /// Its location.
    pub location: JsonLocation,
    /// The source line, without the secret.
    pub excerpt: Excerpt,
}

fn is_unknown(liveness: &Liveness) -> bool {
    *liveness == Liveness::Unknown
}

/// A range of text in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonLocation {
    /// Relative to the root of the scan, escaped.
    pub path: String,
    /// For a file in an archive: the part of `path` after the outermost archive, escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The path of the file on disk, escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_disk: Option<String>,
    /// Line of the first character, from 1.
    pub start_line: u64,
    /// Column of the first character, from 1.
    pub start_column: u64,
    /// Line of the end, from 1.
    pub end_line: u64,
    /// Column just after the last character, from 1.
    pub end_column: u64,
    /// Full object id of the commit that contains the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Author of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The author date of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The refs that contain it.
    #[serde(default, skip_serializing_if = "Refs::is_empty")]
    pub refs: Refs,
    /// Number of refs that contain it, if not all of them are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refs_total: Option<u64>,
    /// The location on an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemotePlace>,
}

impl JsonLocation {
    /// Returns the path as the internal type.
    pub fn blob_path(&self) -> BlobPath {
        let path = BlobPath::from_shown(&self.path);
        match &self.entry {
            Some(entry) => path.with_entry(BlobPath::from_shown(entry).as_bytes()),
            None => path,
        }
    }
}

/// A suppressed finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonSuppressed {
    /// The finding as it would have been reported.
    #[serde(flatten)]
    pub finding: JsonFinding,
    /// The mechanism that suppressed it.
    pub suppression: JsonSuppression,
}

/// A mechanism that suppressed a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonSuppression {
    /// `inline`, `allowlist`, `baseline` or `own-job-token`.
    pub kind: String,
    /// The reason in words, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
}

/// Counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Files (or Git objects) scanned to their end.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Number of repositories.
    pub repositories: u64,
    /// Length of `findings`.
    pub findings: u64,
    /// Number of different secrets.
    pub secrets: u64,
    /// Findings by severity.
    pub by_severity: SeverityCounts,
    /// Findings below the requested confidence or severity, which are in no list.
    pub below_threshold: u64,
    /// Length of `suppressed`, by kind.
    pub suppressed: BTreeMap<String, u64>,
    /// Number of skipped items, by reason.
    #[serde(rename = "left_out")]
    pub skipped: BTreeMap<String, u64>,
    /// Length of `errors`.
    pub errors: u64,
}

/// A number for each severity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityCounts {
    /// Critical.
    pub critical: u64,
    /// High.
    pub high: u64,
    /// Medium.
    pub medium: u64,
    /// Low.
    pub low: u64,
    /// Info.
    pub info: u64,
}
