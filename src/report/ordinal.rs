//! Tells findings apart that share a fingerprint.

use std::collections::BTreeMap;

use crate::model::{Finding, Fingerprint, Secret};

/// Which one of the findings with its fingerprint a finding is. Both count from 0, in the order
/// of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ordinal {
    /// How many findings with this fingerprint stand before it.
    pub repeat: usize,
    /// How many other secrets with this fingerprint stand before it: more than none only where
    /// the secret is no part of the fingerprint, because it is guessable.
    pub variant: usize,
}

/// The ordinal of each finding, in the same order.
pub(super) fn ordinals(findings: &[Finding]) -> Vec<Ordinal> {
    #[derive(Default)]
    struct Seen<'a> {
        findings: usize,
        secrets: BTreeMap<&'a Secret, usize>,
    }
    let mut seen: BTreeMap<&Fingerprint, Seen<'_>> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let seen = seen.entry(&finding.fingerprint).or_default();
            let repeat = seen.findings;
            seen.findings += 1;
            let next = seen.secrets.len();
            let variant = *seen.secrets.entry(&finding.secret).or_insert(next);
            Ordinal { repeat, variant }
        })
        .collect()
}
