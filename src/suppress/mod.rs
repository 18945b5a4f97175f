//! Suppresses findings, always with a reason.

mod allowlist;
mod baseline;
mod inline;
mod job_token;
mod slow;

pub use allowlist::AllowlistError;
pub use baseline::{Baseline, BaselineEntry, BaselineError};

use allowlist::Allowlist;
use slow::SlowFingerprints;

use crate::model::{AllowEntry, Finding, Secret, SuppressionKind};

/// Decides which findings are suppressed.
#[derive(Debug, Default)]
pub struct Suppressor {
    allowlist: Allowlist,
    baseline: Baseline,
    own_job_token: Option<Secret>,
    ignore_inline: bool,
    fingerprint_key: Vec<u8>,
    slow: SlowFingerprints,
}

/// The reason why a finding is suppressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The mechanism that suppressed it.
    pub kind: SuppressionKind,
    /// The reason in words, if any.
    pub justification: Option<String>,
}

impl Suppressor {
    /// Suppresses the findings that the entries match.
    ///
    /// # Errors
    /// If a pattern of an entry is not valid.
    pub fn with_allowlist(mut self, entries: &[AllowEntry]) -> Result<Self, AllowlistError> {
        self.allowlist = Allowlist::new(entries)?;
        Ok(self)
    }

    /// Suppresses the findings of a baseline.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = baseline;
        self
    }

    /// Suppresses the token of the running job, which expires with the job: the value of
    /// `CI_JOB_TOKEN`, if it has the form of one.
    #[must_use]
    pub fn with_own_job_token(mut self, token: Option<Secret>) -> Self {
        self.own_job_token = token.filter(|token| job_token::is_job_token(token.reveal()));
        self
    }

    /// Computes the fingerprints of guessable secrets under a key of the installation.
    #[must_use]
    pub fn with_fingerprint_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.fingerprint_key = key.into();
        self
    }

    /// Ignores inline markers.
    #[must_use]
    pub fn ignoring_inline_markers(mut self, ignore: bool) -> Self {
        self.ignore_inline = ignore;
        self
    }

    /// Returns why `finding` on `line` is suppressed; `None` if it is reported. Once the scan `is_stopped`, passwords
    /// are not compared with slow fingerprints any more and count as reported.
    pub fn reason(&self, finding: &Finding, line: &[u8], is_stopped: bool) -> Option<Reason> {
        let plain = |kind| {
            Some(Reason {
                kind,
                justification: None,
            })
        };
        if self
            .own_job_token
            .as_ref()
            .is_some_and(|own| own.reveal() == finding.secret.reveal())
        {
            return plain(SuppressionKind::OwnJobToken);
        }
        if !self.ignore_inline
            && let Some(justification) = inline::marker(line)
        {
            return Some(Reason {
                kind: SuppressionKind::Inline,
                justification,
            });
        }
        self.accepted(finding)
            .or_else(|| self.accepted_slowly(finding, is_stopped))
    }

    /// Returns true if an inline marker suppresses the findings of a line.
    pub fn is_marked(&self, line: &[u8]) -> bool {
        !self.ignore_inline && inline::marker(line).is_some()
    }

    /// Returns why an allowlist or a baseline suppresses `finding`.
    fn accepted(&self, finding: &Finding) -> Option<Reason> {
        if let Some(justification) = self.allowlist.reason(finding) {
            return Some(Reason {
                kind: SuppressionKind::Allowlist,
                justification: Some(justification.to_owned()),
            });
        }
        self.baseline.accepts(finding).then_some(Reason {
            kind: SuppressionKind::Baseline,
            justification: None,
        })
    }
}
