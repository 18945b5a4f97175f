//! `gitlab`: GitLab's secret detection report, for `artifacts:reports:secret_detection`.
//!
//! Unlike SARIF it can contain the commit of a finding, an identity that survives moved lines, and
//! a solution. Two options have consequences: a GitLab identifier in first place together with the
//! raw secret makes GitLab revoke a token of a public project. Both are off by default.

mod document;
mod vulnerability;

use std::io::{self, Write};

use jiff::Timestamp;

use super::rule_info::{CWE, CWE_URL};
use super::{RuleInfo, View, wording};
use crate::model::Finding;
use crate::rule::GitlabRuleId;
use document::{GitlabDocument, GitlabScan, Identifier, Message, Program, Vendor};

/// The declared schema version. 15.0.7 is within the range of every GitLab release from 16.0 on;
/// instances reject a newer one if they do not support its minor version yet.
const SCHEMA_VERSION: &str = "15.0.7";

/// Maximum number of listed messages about the scan; the others are counted.
const MAX_MESSAGES: usize = 100;

/// Writes the whole report.
pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let vulnerabilities = vulnerability::all(view)?;
    let document = GitlabDocument {
        version: SCHEMA_VERSION,
        scan: GitlabScan {
            analyzer: program(view),
            scanner: program(view),
            kind: "secret_detection",
            start_time: time(view.scan.started_at),
            end_time: time(view.scan.ended_at),
            status: if view.outcome.is_complete() {
                "success"
            } else {
                "failure"
            },
            messages: messages(view, vulnerabilities.len()),
            primary_identifiers: view
                .rules
                .values()
                .flat_map(|rule| primary_identifiers(rule, view))
                .collect(),
        },
        vulnerabilities,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn program<'a>(view: &'a View<'_>) -> Program<'a> {
    Program {
        id: "tokensweep",
        name: "Tokensweep",
        version: match view.scan.version.as_str() {
            "" => "unknown",
            version => version,
        },
        vendor: Vendor { name: "Tokensweep" },
        url: view.scan.url.as_deref(),
    }
}

/// Formats a time as the schema requires: UTC, no zone, no fraction.
fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Returns the identifier of a rule of Tokensweep.
fn own_identifier(rule: &RuleInfo) -> Identifier {
    Identifier {
        kind: "tokensweep_rule_id",
        name: format!("Tokensweep rule ID {}", rule.id),
        value: rule.id.to_string(),
        url: Some(rule.help_url().to_owned()),
    }
}

/// Returns the identifier of a rule of GitLab's analyzer.
fn gitlab_identifier(id: &str) -> Identifier {
    Identifier {
        kind: "gitleaks_rule_id",
        name: format!("Gitleaks rule ID {id}"),
        value: id.to_owned(),
        url: None,
    }
}

/// Returns the identifiers that findings of a rule can have in first place.
fn primary_identifiers(rule: &RuleInfo, view: &View<'_>) -> Vec<Identifier> {
    let ids = match view.options.gitlab_identifiers {
        true => rule.gitlab_rule_ids.as_slice(),
        false => &[],
    };
    let is_for_all = |one: &GitlabRuleId| *one == GitlabRuleId::plain(one.id.clone());
    let ours = (!ids.iter().any(is_for_all)).then(|| own_identifier(rule));
    let gitlabs = ids.iter().map(|one| gitlab_identifier(&one.id));
    gitlabs.chain(ours).collect()
}

/// Returns the identifiers of a finding, the primary one first. GitLab derives the identity of a
/// vulnerability from the first, so it is Tokensweep's unless the user wants GitLab to treat the
/// finding as its own.
fn identifiers(rule: &RuleInfo, finding: &Finding, view: &View<'_>) -> Vec<Identifier> {
    let ours = own_identifier(rule);
    let gitlabs = rule.gitlab_rule_id(finding).map(gitlab_identifier);
    let weakness = Identifier {
        kind: "cwe",
        name: CWE.to_owned(),
        value: CWE.trim_start_matches("CWE-").to_owned(),
        url: Some(CWE_URL.to_owned()),
    };
    let mut identifiers: Vec<Identifier> = [Some(ours), gitlabs].into_iter().flatten().collect();
    if view.options.gitlab_identifiers {
        identifiers.reverse();
    }
    identifiers.push(weakness);
    identifiers
}

/// Returns messages about findings that are not listed, errors, skipped items and suppressed
/// findings.
fn messages(view: &View<'_>, listed: usize) -> Vec<Message> {
    let outcome = &view.outcome;
    let found = outcome.findings.len();
    let cut = (listed < found).then(|| Message {
        level: "warn",
        value: format!(
            "This report lists the {} most severe of {} findings. The json report has them all.",
            wording::count(listed),
            wording::count(found)
        ),
    });
    let errors = outcome.errors.iter().map(|error| {
        let value = match &error.path {
            Some(path) => format!("Not read: {path}: {}", error.message),
            None => format!("Not read: {}", error.message),
        };
        Message {
            level: "warn",
            value,
        }
    });
    let skipped = outcome.skipped.iter().map(|item| Message {
        level: "info",
        value: format!("Skipped: {} ({})", item.path, item.reason.describe()),
    });
    let notes = outcome.notes.iter().map(|note| Message {
        level: "info",
        value: wording::sentence(&note.message),
    });
    let all = outcome.errors.len() + outcome.skipped.len() + outcome.notes.len();
    let mut messages: Vec<Message> = errors
        .chain(skipped)
        .chain(notes)
        .filter(|message| !message.value.is_empty())
        .take(MAX_MESSAGES)
        .collect();
    let more = all.saturating_sub(messages.len());
    messages.splice(0..0, cut);
    if more > 0 {
        messages.push(Message {
            level: "warn",
            value: format!(
                "{} not listed here; the json report has them.",
                wording::plural(more, "more message", "more messages")
            ),
        });
    }
    if !outcome.suppressed.is_empty() {
        messages.push(Message {
            level: "info",
            value: format!(
                "{} suppressed; the json report lists them with the reasons.",
                wording::plural(outcome.suppressed.len(), "finding", "findings")
            ),
        });
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_times_without_zone_and_fraction() {
        assert_eq!(time(0), "1970-01-01T00:00:00");
        assert_eq!(time(1_700_000_000), "2023-11-14T22:13:20");
        assert_eq!(time(u64::MAX), "1970-01-01T00:00:00");
    }
}
