//! `codequality`: GitLab's Code Quality report, the only list of findings that a merge request
//! shows on every tier.
//!
//! GitLab stops at the first invalid entry and keeps one entry for each fingerprint
//! (`lib/gitlab/ci/parsers/codequality/code_climate.rb` and
//! `lib/gitlab/ci/reports/codequality_reports.rb` of GitLab 18.9), so every entry is complete and
//! every fingerprint unique.

use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::ordinal::{Ordinal, ordinals};
use super::{RuleInfo, View, cut, wording};
use crate::model::{Finding, Liveness, Severity, hex};

/// Maximum length of a description in characters: more than a user reads in a list.
const MAX_DESCRIPTION: usize = 1_000;

/// Maximum number of entries: more than a user reads.
const MAX_ENTRIES: usize = 10_000;

/// Maximum size of the report in bytes.
const MAX_BYTES: usize = 9_900_000;

/// Number of findings beyond which they may not all fit.
const MAX_FAIR: usize = 5_000;

/// The digit of the fingerprint of the entry about findings that are not listed.
const NOT_LISTED: &str = "0";

/// Writes the whole report.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = &view.outcome.findings;
    let is_verified = findings.iter().any(|found| found.verification.is_some());
    let ordinals = ordinals(findings);
    let order = cut::worst_first(findings, MAX_FAIR);
    let make = |index: usize| {
        let finding = &findings[index];
        let rule = view.rules.get(&finding.rule_id);
        entry(finding, ordinals[index], rule, is_verified)
    };
    let kept = cut::fitting(&order, MAX_ENTRIES, MAX_BYTES, make)?;
    let first_left_out = order.iter().find(|index| !kept.contains_key(index));
    let more = first_left_out.map(|&index| {
        let mut more = make(index);
        more.description = format!(
            "and {} more did not fit into this report; the json report has them all",
            wording::count(findings.len() - kept.len()),
        );
        more.fingerprint = NOT_LISTED.repeat(64);
        more
    });
    let entries: Vec<QualityEntry> = kept.into_values().chain(more).collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)
}

#[derive(Serialize)]
struct QualityEntry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: QualityLocation,
}

#[derive(Serialize)]
struct QualityLocation {
    path: String,
    lines: QualityLines,
}

#[derive(Serialize)]
struct QualityLines {
    begin: u64,
}

fn entry(
    finding: &Finding,
    ordinal: Ordinal,
    rule: Option<&RuleInfo>,
    is_verified: bool,
) -> QualityEntry {
    QualityEntry {
        description: wording::truncate(&description(finding, rule), MAX_DESCRIPTION),
        check_name: finding.rule_id.to_string(),
        fingerprint: fingerprint(finding, ordinal),
        severity: match finding.severity {
            // If findings were verified, only a live credential blocks.
            Severity::Critical if is_verified && finding.liveness != Liveness::Live => "critical",
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
            Severity::Info => "info",
        },
        location: QualityLocation {
            path: finding.location.path.openable().to_string(),
            lines: QualityLines {
                begin: wording::openable_line(finding),
            },
        },
    }
}

/// Returns one line, since it is the only text that GitLab shows: the finding, and the first
/// action.
fn description(finding: &Finding, rule: Option<&RuleInfo>) -> String {
    let message = finding.message.trim().trim_end_matches('.');
    let title = match message.strip_prefix(&*finding.title) {
        Some(_) => String::new(),
        None => format!("{}: ", finding.title),
    };
    let fix = wording::remediations(finding, rule)
        .first()
        .map_or_else(String::new, |remedy| {
            format!(". Fix: {}", wording::action(remedy))
        });
    let place = wording::place_in_archive(finding)
        .map_or_else(String::new, |place| format!(", in the archive at {place}"));
    let liveness = finding
        .verification
        .as_ref()
        .map_or_else(String::new, |_| format!(", {}", finding.liveness.as_str()));
    let link = finding
        .remote
        .as_ref()
        .map_or_else(String::new, |place| format!(", {}", place.url));
    format!(
        "{title}{message}{place} - {} (confidence: {}{liveness}){link}{fix}",
        finding.secret, finding.confidence,
    )
}

/// Returns the digest for the first finding of a fingerprint. The others get a digest of their own
/// from their ordinal, which edits elsewhere in the file do not change.
fn fingerprint(finding: &Finding, ordinal: Ordinal) -> String {
    let digest = finding.fingerprint.digest();
    if ordinal.repeat == 0 {
        return digest.to_owned();
    }
    let mut hasher = Sha256::new();
    hasher.update(digest.as_bytes());
    hasher.update((ordinal.repeat as u64).to_le_bytes());
    hex(&hasher.finalize())
}
