//! `tokensweep gate`: fails on findings that a policy forbids, reading a JSON report.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::safe::safe;
use super::stored_report::read;
use super::terminal;
use crate::exit::ExitStatus;
use crate::model::{BlobPath, Confidence, Exclusion, Liveness, Severity, plural};
use crate::report::json::{JsonDocument, JsonFinding};

/// Places that are named.
const MAX_PLACES: usize = 10;

/// The exit codes in the help.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  the scan is complete and has no forbidden finding
  1  a finding or exclusion is forbidden (--forbid-excluded)
  2  the scan is incomplete, or the report cannot be read";

/// Arguments of `gate`.
#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// JSON report; - reads standard input
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    report: PathBuf,

    /// Fail on findings of this severity and above: critical, high, medium, low, info
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    fail_on: Severity,

    /// Fail on live credentials (see `scan --verify`) of any severity and confidence
    #[arg(long)]
    fail_on_live: bool,

    /// Ignore findings below this confidence: proven, high, medium, low
    #[arg(long, value_name = "LEVEL", default_value = "low")]
    min_confidence: Confidence,

    /// Accept an incomplete scan
    #[arg(long)]
    allow_incomplete: bool,

    /// Fail if the scanned change itself could have excluded findings
    #[arg(long)]
    forbid_excluded: bool,

    /// Print nothing
    #[arg(short, long)]
    quiet: bool,
}

impl GateArgs {
    /// True for a finding that the policy forbids.
    fn forbids(&self, finding: &JsonFinding) -> bool {
        let is_live = self.fail_on_live && finding.liveness == Liveness::Live;
        is_live || (finding.severity >= self.fail_on && finding.confidence >= self.min_confidence)
    }

    /// The forbidden findings, in words.
    fn policy(&self) -> String {
        let mut policy = format!("severity {} and above", self.fail_on);
        if self.min_confidence > Confidence::Low {
            policy.push_str(&format!(", confidence {} and above", self.min_confidence));
        }
        if self.fail_on_live {
            policy.push_str(", or live");
        }
        policy
    }
}

/// Reads the report and judges it.
pub(super) fn run(args: &GateArgs) -> anyhow::Result<ExitStatus> {
    let document = read(&args.report)?;
    let forbidden: Vec<&JsonFinding> = document
        .findings
        .iter()
        .filter(|finding| args.forbids(finding))
        .collect();
    let complete = document.scan.complete && document.errors.is_empty();
    if !args.quiet {
        let text = explain(args, &document, &forbidden, complete);
        terminal::print(&safe(&text))?;
    }
    let is_hidden = args.forbid_excluded && document.exclusions.iter().any(is_own_exclusion);
    Ok(ExitStatus::new(
        complete || args.allow_incomplete,
        forbidden.is_empty() && !is_hidden,
    ))
}

/// The verdict and the worst places. Contains only harmless parts: places, rules
/// and levels.
fn explain(
    args: &GateArgs,
    document: &JsonDocument,
    forbidden: &[&JsonFinding],
    complete: bool,
) -> String {
    let mut text = String::new();
    if !complete {
        let failed = (!args.allow_incomplete).then_some("gate failed");
        text.push_str(&format!(
            "{}: the scan is not complete ({} not read)\n",
            failed.unwrap_or("warning"),
            plural(document.errors.len(), "item", "items")
        ));
    }
    let is_forbidden = |item: &&Exclusion| args.forbid_excluded && is_own_exclusion(item);
    let excluded = document.exclusions.iter().filter(is_forbidden);
    let excluded: String = excluded.map(explain_exclusion).collect();
    text.push_str(&excluded);
    let policy = args.policy();
    if !forbidden.is_empty() {
        return text + &explain_findings(forbidden, &policy);
    }
    let others = match document.findings.len() {
        0 => String::new(),
        n => format!("; {} below that", plural(n, "finding", "findings")),
    };
    let passed = (complete && excluded.is_empty()).then_some("gate passed: ");
    let passed = passed.unwrap_or_default();
    text + &format!("{passed}nothing of {policy}{others}\n")
}

fn explain_exclusion(item: &Exclusion) -> String {
    let findings = plural(item.findings, "finding", "findings");
    let hid = if item.limits_commits {
        "chose which commits were scanned".to_owned()
    } else if item.limits_rules {
        format!("chose which rules ran, which hid {findings}")
    } else {
        let files = plural(item.files, "file", "files");
        format!("hid {findings} and {files}")
    };
    format!(
        "gate failed: the {} '{}' {hid}, and the change that was scanned could have set it itself\n",
        item.by.as_str(),
        BlobPath::from_shown(&item.name),
    )
}

/// The number of forbidden findings by severity, and the places of the worst.
fn explain_findings(forbidden: &[&JsonFinding], policy: &str) -> String {
    let counts = Severity::ALL.into_iter().filter_map(|severity| {
        let n = forbidden.iter().filter(|f| f.severity == severity).count();
        (n > 0).then(|| format!("{n} {severity}"))
    });
    let mut text = format!(
        "gate failed: {} of {policy}: {}\n",
        plural(forbidden.len(), "finding", "findings"),
        counts.collect::<Vec<_>>().join(", ")
    );
    let mut worst = forbidden.to_vec();
    worst.sort_by_key(|f| std::cmp::Reverse((f.severity, f.confidence)));
    for finding in worst.iter().take(MAX_PLACES) {
        let location = &finding.location;
        let live = (finding.liveness == Liveness::Live).then_some(", live");
        text.push_str(&format!(
            "  {} {}:{}:{} {} (confidence: {}{})\n",
            finding.severity,
            BlobPath::from_shown(&location.path),
            location.start_line,
            location.start_column,
            finding.rule_id,
            finding.confidence,
            live.unwrap_or_default(),
        ));
    }
    if worst.len() > MAX_PLACES {
        text.push_str(&format!("  and {} more\n", worst.len() - MAX_PLACES));
    }
    text
}

/// True if an exclusion had an effect that the change under scan could have chosen.
fn is_own_exclusion(item: &Exclusion) -> bool {
    let limits = item.limits_commits || item.limits_rules;
    !item.trusted && (item.findings > 0 || item.files > 0 || limits)
}
