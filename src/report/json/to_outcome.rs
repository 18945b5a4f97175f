//! Conversion from a JSON report back to the input of the report formats. Everything that another
//! format shows is restored, so that a report made from the JSON is the same as that of the scan.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::value::{Error as WordError, StrDeserializer};

use super::{JsonDocument, JsonFinding, JsonSuppressed};
use crate::model::{
    self, BlobPath, Commit, ItemError, Location, Outcome, Position, Refs, Secret, SecretsSeen,
    Stats, Suppressed,
};
use crate::report::{RuleInfo, ScanInfo, place, scrub};

/// The input of the report formats, except for the options.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The result of the scan.
    pub outcome: Outcome,
    /// The rules of the report.
    pub rules: Vec<RuleInfo>,
    /// The scan as a whole. It has no times, since the JSON report has none, and no links.
    pub scan: ScanInfo,
}

/// Maximum number of remediations of a finding or a rule, far more than any has. Each of a finding
/// is compared with each of its rule.
const MAX_REMEDIES: usize = 100;

/// An error of converting a JSON report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// It was made with `--show-secrets`.
    #[error("it contains secrets in full: write it without --show-secrets")]
    Secrets,
    /// An unknown value of an enumeration that later versions extend.
    #[error("it contains an unknown {0}; a newer version of tokensweep may have written it")]
    Word(&'static str),
    /// A finding or rule has more remediations than the limit.
    #[error("it has more than {MAX_REMEDIES} remedies for one finding or rule")]
    Remedies,
    /// The list of reports is empty.
    #[error("no report is given")]
    Nothing,
}

impl JsonDocument {
    /// Checks that the report contains secrets in redacted form only.
    ///
    /// # Errors
    /// If it was made with `--show-secrets`.
    pub fn check_redacted(&self) -> Result<(), RestoreError> {
        let suppressed = self.suppressed.iter().map(|item| &item.finding);
        let mut all = self.findings.iter().chain(suppressed);
        match all.all(|finding| is_redacted(&finding.secret)) {
            true => Ok(()),
            false => Err(RestoreError::Secrets),
        }
    }

    /// Restores the input of the report formats.
    ///
    /// # Errors
    /// If the report contains secrets, or values of a later version.
    pub fn restore(self) -> Result<Restored, RestoreError> {
        let found = self.findings.iter().map(|finding| &finding.remediations);
        let aside = self
            .suppressed
            .iter()
            .map(|item| &item.finding.remediations);
        let rules = self.rules.iter().map(|rule| &rule.remediations);
        if found
            .chain(aside)
            .chain(rules)
            .any(|remediations| remediations.len() > MAX_REMEDIES)
        {
            return Err(RestoreError::Remedies);
        }
        Ok(Restored {
            rules: self.rules.clone(),
            scan: ScanInfo {
                version: scrub::printable(&self.tool.version),
                url: web(&self.tool.url),
                commit: self.scan.commit.as_deref().map(scrub::printable),
                project_url: web(&self.scan.project_url),
                ..ScanInfo::default()
            },
            outcome: outcome(self)?,
        })
    }
}

fn web(url: &Option<String>) -> Option<String> {
    url.clone().filter(|url| place::is_web(url))
}

fn outcome(document: JsonDocument) -> Result<Outcome, RestoreError> {
    let mut errors = document.errors;
    if !document.scan.complete && errors.is_empty() {
        errors.push(ItemError::new(
            None,
            "the scan of the report is not complete".to_owned(),
        ));
    }
    let summary = &document.summary;
    let mut skipped = BTreeMap::new();
    for (word, number) in &summary.skipped {
        skipped.insert(
            self::word(word).ok_or(RestoreError::Word("reason for skipped files"))?,
            *number,
        );
    }
    Ok(Outcome {
        findings: document
            .findings
            .into_iter()
            .map(JsonFinding::restore)
            .collect::<Result<_, _>>()?,
        suppressed: document
            .suppressed
            .into_iter()
            .map(JsonSuppressed::restore)
            .collect::<Result<_, _>>()?,
        skipped: document.skipped,
        errors,
        notes: document.notes,
        exclusions: document.exclusions,
        stats: Stats {
            blobs: summary.files,
            bytes: summary.bytes,
            repositories: summary.repositories,
            skipped,
            below_threshold: summary.below_threshold,
            disabled: BTreeMap::new(),
            rules: document.scan.rules,
        },
        secrets_seen: SecretsSeen::default(),
    })
}

/// Parses a value of one of our enumerations.
fn word<'de, T: Deserialize<'de>>(word: &'de str) -> Option<T> {
    T::deserialize(StrDeserializer::<WordError>::new(word)).ok()
}

impl JsonFinding {
    /// Restores the finding, with the redacted form of its secret.
    ///
    /// # Errors
    /// If the report contains secrets.
    pub fn restore(self) -> Result<model::Finding, RestoreError> {
        finding(self)
    }
}

impl JsonSuppressed {
    /// Restores the suppressed finding, with the redacted form of its secret.
    ///
    /// # Errors
    /// If the report contains secrets, or values of a later version.
    pub fn restore(self) -> Result<Suppressed, RestoreError> {
        Ok(Suppressed {
            finding: finding(self.finding)?,
            kind: word(&self.suppression.kind).ok_or(RestoreError::Word("kind of suppression"))?,
            justification: self.suppression.justification,
        })
    }
}

fn finding(finding: JsonFinding) -> Result<model::Finding, RestoreError> {
    let secret = secret(&finding)?;
    let location = finding.location;
    Ok(model::Finding {
        rule_id: finding.rule_id,
        title: finding.title,
        severity: finding.severity,
        confidence: finding.confidence,
        fingerprint: finding.fingerprint,
        message: finding.message,
        remediations: finding.remediations,
        secret,
        owner: finding.owner,
        expires_at: finding.expires_at,
        liveness: finding.liveness,
        verification: finding.verification.map(Arc::new),
        encoding: finding.encoding,
        context: finding.context,
        location: Location {
            path: location.blob_path(),
            start: Position {
                line: location.start_line,
                column: location.start_column,
            },
            end: Position {
                line: location.end_line,
                column: location.end_column,
            },
            commit: location.commit.map(|id| {
                Arc::new(Commit {
                    id,
                    author: location.author,
                    date: location.date,
                    refs: Refs::new(
                        location.refs.to_vec(),
                        location
                            .refs_total
                            .map_or(0, |total| total.saturating_sub(location.refs.len() as u64)),
                    ),
                })
            }),
        },
        on_disk: location.on_disk.as_deref().map(disk_path),
        remote: location
            .remote
            .filter(|remote| place::is_web(&remote.url))
            .map(Arc::new),
        excerpt: model::Excerpt::new(finding.excerpt.before(), finding.excerpt.after()),
    })
}

/// Length of the ids of secrets that are the same in every report; shorter ones are numbers.
const ID_DIGITS: usize = 32;

fn secret(finding: &JsonFinding) -> Result<Secret, RestoreError> {
    let shown = &finding.secret;
    if !is_redacted(shown) {
        return Err(RestoreError::Secrets);
    }
    Ok(match &finding.secret_id {
        Some(id) => Secret::remains(shown, id, !is_id(id)),
        // A report of a version without ids: rule, path and redacted form identify the secret.
        None => Secret::remains(shown, &format!("{} {shown}", finding.fingerprint), true),
    })
}

/// Returns true for an id that is the same in every report.
pub(super) fn is_id(id: &str) -> bool {
    id.len() == ID_DIGITS && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns true for the redacted form of a [`Secret`]: `glpat-[20 redacted #3f9a1c]`.
fn is_redacted(shown: &str) -> bool {
    let Some(inside) = shown
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
        .map(|(_, inside)| inside)
    else {
        return false;
    };
    let (count, tag) = inside.split_once(" redacted").unwrap_or(("", inside));
    let is_tag = tag.is_empty()
        || tag
            .strip_prefix(" #")
            .is_some_and(|tag| tag.len() == 6 && tag.bytes().all(|b| b.is_ascii_hexdigit()));
    !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()) && is_tag
}

fn disk_path(shown: &str) -> Arc<Path> {
    let path = BlobPath::from_shown(shown);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Path::new(std::ffi::OsStr::from_bytes(path.as_bytes())).into()
    }
    #[cfg(not(unix))]
    {
        Path::new(&*String::from_utf8_lossy(path.as_bytes())).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_redacted_secrets() {
        for secret in [
            Secret::new("glpat-abcdefghijklmnop", 6),
            Secret::guessable("[x"),
        ] {
            assert!(is_redacted(&secret.redacted()));
        }
        assert!(is_redacted("a[b]-[20 redacted #3f9a1c]"));
        for other in [
            "",
            "]",
            "hunter2",
            "[redacted]",
            "[ redacted]",
            "[2 redacted #]",
            "[2 redacted #12345g]",
        ] {
            assert!(!is_redacted(other), "{other}");
        }
    }

    #[test]
    fn parses_written_words() {
        use crate::model::SuppressionKind;
        for kind in ["inline", "allowlist", "baseline", "own-job-token"] {
            assert_eq!(word::<SuppressionKind>(kind).unwrap().as_str(), kind);
        }
        assert_eq!(word::<SuppressionKind>("mood"), None);
        let reason = word::<model::SkipReason>("outside-include");
        assert_eq!(reason.unwrap().as_str(), "outside-include");
    }
}
