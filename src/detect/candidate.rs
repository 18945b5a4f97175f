//! A candidate: something that looks like a credential, on its way to become a finding.

use std::ops::Range;
use std::sync::Arc;

use super::fill::fill;
use crate::model::{
    Confidence, Context, Excerpt, Finding, Fingerprint, Identity, Liveness, Location, Origin,
    Owner, Position, Remediation, RemotePlace, Secret, Severity,
};
use crate::rule::Rule;
use crate::token::is_guessable;

/// Something that looks like a credential, with the judgement on it. Offsets count from the start
/// of the blob.
pub(super) struct Candidate {
    /// Index of the rule.
    pub(super) rule: usize,
    /// True if the rule is generic.
    pub(super) generic: bool,
    /// True if a document's grammar named it.
    pub(super) named: bool,
    /// The span of the secret.
    pub(super) span: Range<u64>,
    /// The same in lines and columns.
    pub(super) start: Position,
    /// See `start`.
    pub(super) end: Position,
    /// The bytes of the secret, decoded where it was encoded.
    pub(super) secret: Vec<u8>,
    /// Number of its first bytes that are public.
    pub(super) shown: usize,
    /// The verdict of the validator.
    pub(super) verdict: Verdict,
    /// Key, host and user of its location.
    pub(super) context: Context,
    /// A remediation that removes it from this file.
    pub(super) repair: Option<Remediation>,
    /// Length of the whole match in bytes, including the context of the secret.
    pub(super) matched: usize,
    /// The encodings it was wrapped in.
    pub(super) encoding: Vec<String>,
    /// Its line, or the part of it near the secret, unchanged.
    pub(super) line: Vec<u8>,
    /// Offset of `line`.
    pub(super) line_start: u64,
}

/// The verdict of the validator on a candidate.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Not a credential. Kept until overlaps are resolved, so that no weaker rule reports it.
    Reject,
    /// It may be a credential, but of a kind that another rule names. Dropped at once.
    Foreign,
    /// It may be one.
    Accept(Assessment),
}

/// Facts about an accepted candidate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assessment {
    /// Confidence of the detection.
    pub(super) confidence: Confidence,
    /// Its severity, if the token itself determines another one than the rule.
    pub(super) severity: Option<Severity>,
    /// Owner of the credential.
    pub(super) owner: Owner,
    /// Expiry, in seconds since 1970.
    pub(super) expires_at: Option<i64>,
    /// Liveness, as far as the token itself shows it.
    pub(super) liveness: Liveness,
    /// Why: a clause that continues the rule's title. Never holds the secret.
    pub(super) because: String,
}

impl Assessment {
    /// Returns an assessment without further facts.
    pub(super) fn new(confidence: Confidence, because: &str) -> Self {
        Self {
            confidence,
            severity: None,
            owner: Owner::default(),
            expires_at: None,
            liveness: Liveness::Unknown,
            because: because.to_owned(),
        }
    }
}

impl Verdict {
    /// Returns the confidence of an acceptance.
    pub(super) fn confidence(&self) -> Option<Confidence> {
        match self {
            Self::Reject | Self::Foreign => None,
            Self::Accept(assessment) => Some(assessment.confidence),
        }
    }

    /// Lowers the confidence of unproven findings.
    pub(super) fn doubt(&mut self) {
        if let Self::Accept(assessment) = self
            && assessment.confidence == Confidence::High
        {
            assessment.confidence = Confidence::Medium;
        }
    }
}

impl Candidate {
    /// The finding, unless the candidate was rejected.
    pub(super) fn into_finding(
        self,
        rule: &Rule,
        origin: &Origin,
        excerpt: Excerpt,
    ) -> Option<Finding> {
        let Verdict::Accept(assessment) = self.verdict else {
            return None;
        };
        let body = self.secret.get(self.shown..).unwrap_or_default();
        let secret = if rule.guessable || is_guessable(body, self.shown > 0) {
            Secret::guessable(self.secret)
        } else {
            Secret::new(self.secret, self.shown)
        };
        let fingerprint = if secret.is_guessable() {
            Fingerprint::without_value(&rule.id, &origin.path, &secret)
        } else {
            Fingerprint::new(&rule.id, &origin.path, Identity::Secret(&secret))
        };
        // Shutting it off comes first, then taking it out of its place.
        let shut_off = rule
            .remediations
            .iter()
            .map(|remedy| fill(remedy, &assessment.owner, &self.context));
        let remediations = shut_off.chain(self.repair.map(Arc::new)).collect();
        Some(Finding {
            rule_id: rule.id.clone(),
            title: rule.title.clone(),
            severity: assessment.severity.unwrap_or(rule.severity),
            confidence: assessment.confidence,
            fingerprint,
            message: format!("{}: {}.", rule.title, assessment.because).into(),
            remediations,
            secret,
            expires_at: assessment.expires_at.and_then(rfc3339),
            owner: assessment.owner,
            liveness: assessment.liveness,
            verification: None,
            encoding: self.encoding,
            context: self.context,
            location: Location {
                path: origin.path.clone(),
                start: self.start,
                end: self.end,
                commit: origin.commit.clone(),
            },
            on_disk: origin.on_disk.clone(),
            remote: at_line(origin, self.start.line),
            excerpt,
        })
    }
}

/// The place on an instance, with the address of the line.
fn at_line(origin: &Origin, line: u64) -> Option<Arc<RemotePlace>> {
    let place = origin.remote.as_ref()?;
    Some(Arc::new(place.at(&origin.path, line)))
}

/// Seconds since 1970 as RFC 3339 in UTC; `None` for a time out of range.
fn rfc3339(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds)
        .ok()
        .map(|time| time.to_string())
}
