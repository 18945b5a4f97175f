//! Ordinals that distinguish findings with the same fingerprint.

use std::collections::BTreeMap;

use crate::model::{Finding, Fingerprint, Secret};

/// The index of a finding among those with its fingerprint. Both numbers count from 0, in the order
/// of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ordinal {
    /// Number of findings with this fingerprint that precede it.
    pub repeat: usize,
    /// Number of other secrets with this fingerprint that precede it. Not 0 only if the fingerprint
    /// does not depend on the secret, because it is guessable.
    pub variant: usize,
}

/// Returns the ordinal of each finding, in the same order.
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
