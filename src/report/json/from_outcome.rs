//! From a clean outcome to the types of the JSON report.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Context, Document, Error, Excerpt, Exclusion, Finding, Location, Note, Rule, SCHEMA_VERSION,
    Scan, SeverityCounts, Skipped, Summary, Suppressed, Suppression, Tool,
};
use crate::model::{self, BlobPath, Refs, Secret, Severity};
use crate::report::{RuleInfo, View, wording};

/// The whole report.
pub(super) fn document(view: &View<'_>) -> Document {
    let outcome = &view.outcome;
    let in_full = view.options.show_secrets;
    let mut numbers = Numbers::default();
    Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "tokensweep".to_owned(),
            version: view.scan.version.clone(),
            url: view.scan.url.clone(),
        },
        scan: Scan {
            complete: outcome.is_complete(),
            commit: view.scan.commit.clone(),
            project_url: view.scan.project_url.clone(),
            rules: outcome.stats.rules.clone(),
        },
        findings: outcome
            .findings
            .iter()
            .map(|f| finding(f, in_full, &mut numbers))
            .collect(),
        suppressed: outcome
            .suppressed
            .iter()
            .map(|suppressed| Suppressed {
                finding: finding(&suppressed.finding, in_full, &mut numbers),
                suppression: Suppression {
                    kind: suppressed.kind.as_str().to_owned(),
                    justification: suppressed.justification.clone(),
                },
            })
            .collect(),
        skipped: outcome
            .left_out
            .iter()
            .map(|item| Skipped {
                path: wording::path(&item.path),
                reason: item.reason.as_str().to_owned(),
            })
            .collect(),
        errors: outcome
            .errors
            .iter()
            .map(|error| Error {
                path: error.path.as_ref().map(wording::path),
                message: error.message.clone(),
            })
            .collect(),
        notes: outcome
            .notes
            .iter()
            .map(|note| Note {
                message: note.message.clone(),
            })
            .collect(),
        exclusions: outcome
            .exclusions
            .iter()
            .map(|item| Exclusion {
                by: item.by.as_str().to_owned(),
                name: item.name.clone(),
                patterns: item.patterns.clone(),
                trusted: item.trusted,
                findings: item.findings,
                files: item.files,
                limits_commits: item.limits_commits,
            })
            .collect(),
        rules: view.rules.iter().map(rule).collect(),
        summary: summary(outcome),
    }
}

/// Numbers for guessable secrets, which have no id: from 1, in the order of the report.
#[derive(Default)]
struct Numbers<'a>(BTreeMap<&'a Secret, usize>);

impl<'a> Numbers<'a> {
    fn id(&mut self, secret: &'a Secret) -> String {
        secret.id().unwrap_or_else(|| {
            let next = self.0.len() + 1;
            self.0.entry(secret).or_insert(next).to_string()
        })
    }
}

fn finding<'a>(finding: &'a model::Finding, in_full: bool, numbers: &mut Numbers<'a>) -> Finding {
    let location = &finding.location;
    let commit = location.commit.as_ref();
    Finding {
        rule_id: finding.rule_id.clone(),
        title: finding.title.clone(),
        severity: finding.severity,
        confidence: finding.confidence,
        fingerprint: finding.fingerprint.clone(),
        message: finding.message.clone(),
        remedies: finding.remedies.clone(),
        secret: if in_full {
            String::from_utf8_lossy(finding.secret.reveal()).into_owned()
        } else {
            finding.secret.redacted()
        },
        secret_id: Some(numbers.id(&finding.secret)),
        owner: finding.owner.clone(),
        expires_at: finding.expires_at.clone(),
        liveness: finding.liveness,
        encoding: finding.encoding.clone(),
        context: Context {
            key: finding.context.key.clone(),
            host: finding.context.host.clone(),
            user: finding.context.user.clone(),
        },
        location: Location {
            path: wording::path(&location.path),
            on_disk: finding
                .on_disk
                .as_deref()
                .map(|path| BlobPath::from_path(path).to_string()),
            start_line: location.start.line,
            start_column: location.start.column,
            end_line: location.end.line,
            end_column: location.end.column,
            commit: commit.map(|commit| commit.id.clone()),
            author: commit.and_then(|commit| commit.author.clone()),
            date: commit.and_then(|commit| commit.date.clone()),
            refs: commit.map(|commit| commit.refs.clone()).unwrap_or_default(),
            refs_total: commit
                .map(|commit| &commit.refs)
                .filter(|refs| refs.unnamed() > 0)
                .map(Refs::total),
        },
        excerpt: Excerpt {
            before: finding.excerpt.before().to_owned(),
            after: finding.excerpt.after().to_owned(),
        },
    }
}

fn rule(rule: &RuleInfo) -> Rule {
    Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        description: rule.description.clone(),
        severity: rule.severity,
        references: rule.references.clone(),
        remedies: rule.remedies.clone(),
        gitlab_rule_id: rule.gitlab_rule_id.clone(),
    }
}

fn summary(outcome: &model::Outcome) -> Summary {
    let mut by_severity = SeverityCounts::default();
    for finding in &outcome.findings {
        *match finding.severity {
            Severity::Critical => &mut by_severity.critical,
            Severity::High => &mut by_severity.high,
            Severity::Medium => &mut by_severity.medium,
            Severity::Low => &mut by_severity.low,
            Severity::Info => &mut by_severity.info,
        } += 1;
    }
    let mut suppressed = BTreeMap::<String, u64>::new();
    for item in &outcome.suppressed {
        *suppressed.entry(item.kind.as_str().to_owned()).or_default() += 1;
    }
    let secrets: BTreeSet<_> = outcome
        .findings
        .iter()
        .map(|finding| (&finding.rule_id, &finding.secret))
        .collect();
    let stats = &outcome.stats;
    Summary {
        files: stats.blobs,
        bytes: stats.bytes,
        repositories: stats.repositories,
        findings: outcome.findings.len() as u64,
        secrets: secrets.len() as u64,
        by_severity,
        below_threshold: stats.below_threshold,
        suppressed,
        left_out: stats
            .left_out
            .iter()
            .map(|(reason, n)| (reason.as_str().to_owned(), *n))
            .collect(),
        errors: outcome.errors.len() as u64,
    }
}
