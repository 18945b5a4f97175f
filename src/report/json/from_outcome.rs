//! Conversion from a clean outcome to the types of the JSON report.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use serde::{Serialize, Serializer};

use super::to_outcome::is_id;
use super::{
    JsonFinding, JsonLocation, JsonScan, JsonSuppressed, JsonSuppression, JsonTool, SCHEMA_VERSION,
    SeverityCounts, Summary,
};
use crate::model::{
    self, BlobPath, Exclusion, ItemError, Note, Refs, Secret, Severity, SkippedItem,
};
use crate::report::{RuleInfo, View};

/// The keys of [`JsonDocument`](super::JsonDocument), with lists whose items are created one at a time.
#[derive(Serialize)]
pub(super) struct DocumentView<'a, F: Serialize, S: Serialize> {
    schema_version: u32,
    tool: JsonTool,
    scan: JsonScan,
    findings: F,
    suppressed: S,
    skipped: &'a [SkippedItem],
    errors: &'a [ItemError],
    notes: &'a [Note],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    exclusions: &'a [Exclusion],
    rules: Vec<&'a RuleInfo>,
    summary: Summary,
}

/// A list whose items are created while it is written.
struct List<I>(I);

impl<I: Clone + Iterator<Item: Serialize>> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// Returns the whole report.
pub(super) fn document(view: &View<'_>) -> impl Serialize {
    let outcome = view.outcome();
    let in_full = view.options.show_secrets;
    let numbers = Rc::new(Numbers::new(outcome));
    let of_suppressed = Rc::clone(&numbers);
    let (findings, suppressed) = (outcome.findings.iter(), outcome.suppressed.iter());
    DocumentView {
        schema_version: SCHEMA_VERSION,
        tool: JsonTool {
            name: "tokensweep".to_owned(),
            version: view.scan.version.clone(),
            url: view.scan.url.clone(),
        },
        scan: JsonScan {
            complete: outcome.is_complete(),
            commit: view.scan.commit.clone(),
            project_url: view.scan.project_url.clone(),
            rules: outcome.stats.rules.clone(),
        },
        findings: List(findings.map(move |item| finding(item, in_full, &numbers))),
        suppressed: List(suppressed.map(move |item| JsonSuppressed {
            finding: finding(&item.finding, in_full, &of_suppressed),
            suppression: suppression(item),
        })),
        skipped: &outcome.skipped,
        errors: &outcome.errors,
        notes: &outcome.notes,
        exclusions: &outcome.exclusions,
        rules: view.rules.values().collect(),
        summary: summary(outcome),
    }
}

/// Returns the findings and suppressed findings of an outcome in the form of a report: without secrets, every text
/// printable. Numbers of guessable secrets begin with `label`, so that those of several outcomes differ.
pub fn findings(outcome: model::Outcome, label: &str) -> (Vec<JsonFinding>, Vec<JsonSuppressed>) {
    let outcome = crate::report::cleaned(outcome);
    let numbers = Numbers::new(&outcome);
    let labelled = |item: &model::Finding| {
        let mut item = finding(item, false, &numbers);
        if let Some(number) = item.secret_id.as_mut().filter(|id| !is_id(id)) {
            *number = format!("{label}/{number}");
        }
        item
    };
    let findings = outcome.findings.iter().map(labelled).collect();
    let suppressed = outcome.suppressed.iter().map(|item| JsonSuppressed {
        finding: labelled(&item.finding),
        suppression: suppression(item),
    });
    (findings, suppressed.collect())
}

fn suppression(item: &model::Suppressed) -> JsonSuppression {
    JsonSuppression {
        kind: item.kind.as_str().to_owned(),
        justification: item.justification.clone(),
    }
}

/// Numbers for guessable secrets, which have no id: from 1, in the order of the report.
struct Numbers<'a>(HashMap<&'a Secret, usize>);

impl<'a> Numbers<'a> {
    fn new(outcome: &'a model::Outcome) -> Self {
        let mut numbers = HashMap::new();
        for finding in outcome.all_findings() {
            if finding.secret.is_guessable() {
                let next = numbers.len() + 1;
                numbers.entry(&finding.secret).or_insert(next);
            }
        }
        Self(numbers)
    }

    fn id(&self, secret: &Secret) -> String {
        let number = || self.0.get(secret).copied().unwrap_or_default().to_string();
        secret.id().unwrap_or_else(number)
    }
}

fn finding(finding: &model::Finding, in_full: bool, numbers: &Numbers<'_>) -> JsonFinding {
    let location = &finding.location;
    let commit = location.commit.as_ref();
    JsonFinding {
        rule_id: finding.rule_id.clone(),
        title: finding.title.clone(),
        severity: finding.severity,
        confidence: finding.confidence,
        fingerprint: finding.fingerprint.clone(),
        message: finding.message.clone(),
        remediations: finding.remediations.clone(),
        secret: if in_full {
            String::from_utf8_lossy(finding.secret.reveal()).into_owned()
        } else {
            finding.secret.redacted()
        },
        secret_id: Some(numbers.id(&finding.secret)),
        owner: finding.owner.clone(),
        expires_at: finding.expires_at.clone(),
        liveness: finding.liveness,
        verification: finding.verification.as_deref().cloned(),
        encoding: finding.encoding.clone(),
        context: finding.context.clone(),
        location: JsonLocation {
            path: location.path.to_string(),
            entry: location
                .path
                .entry()
                .map(|entry| BlobPath::from_bytes(entry).to_string()),
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
            remote: finding.remote.as_deref().cloned(),
        },
        excerpt: finding.excerpt.clone(),
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
    let secrets: HashSet<_> = outcome
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
        skipped: stats
            .skipped
            .iter()
            .map(|(reason, n)| (reason.as_str().to_owned(), *n))
            .collect(),
        errors: outcome.errors.len() as u64,
    }
}
