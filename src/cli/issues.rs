//! `tokensweep report issues`: files confidential issues about the findings of a report.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, ValueHint};

use super::instance::InstanceOptions;
use super::operator_token::OperatorTokenArgs;
use super::safe::safe;
use super::stored_report::read;
use super::terminal;
use crate::exit::ExitStatus;
use crate::gitlab::Client;
use crate::issues::{Filing, ProjectFindings};
use crate::model::{BlobPath, Confidence, Secret, Severity, plural};
use crate::report::json::JsonFinding;

/// The exit codes in the help.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  every finding is in an issue
  1  findings are left: they belong to a group or the instance, and --shared-project is not given
  2  an issue could not be opened or updated, or the report cannot be read";

/// Arguments of `report issues`.
#[derive(Debug, Args)]
pub(super) struct IssuesArgs {
    /// JSON report of `sweep`; - reads standard input
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    report: PathBuf,

    #[command(flatten)]
    instance: InstanceOptions,

    #[command(flatten)]
    token: OperatorTokenArgs,

    /// Ignore findings below this severity: critical, high, medium, low, info
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "medium",
        hide_possible_values = true
    )]
    min_severity: Severity,

    /// Ignore findings below this confidence: proven, high, medium, low
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "medium",
        hide_possible_values = true
    )]
    min_confidence: Confidence,

    /// Project for the findings of groups and of the instance, which have no issues
    #[arg(long, value_name = "PATH")]
    shared_project: Option<String>,

    /// Labels of new issues, separated by commas
    #[arg(
        long,
        value_name = "LABELS",
        default_value = "",
        hide_default_value = true
    )]
    labels: String,

    /// Print the issues; send nothing
    #[arg(long)]
    dry_run: bool,
}

/// Reads the report and files the issues.
pub(super) fn run(args: &IssuesArgs) -> anyhow::Result<ExitStatus> {
    let client = args.instance.client(&Arc::default())?;
    let document = read(&args.report)?;
    document.check_redacted().with_context(|| {
        format!(
            "cannot use the report {}",
            BlobPath::from_path(&args.report)
        )
    })?;
    let findings: Vec<&JsonFinding> = document
        .findings
        .iter()
        .filter(|finding| {
            finding.severity >= args.min_severity && finding.confidence >= args.min_confidence
        })
        .collect();
    let instance = client.instance().to_string();
    let shared = args.shared_project.as_deref();
    let (projects, left) = ProjectFindings::assign(&findings, &instance, shared)?;
    let operator = if args.dry_run || projects.is_empty() {
        None
    } else {
        let token = args.token.load_or_ask(client.instance().host())?;
        Some(token.context("issues need your token: set TOKENSWEEP_GITLAB_TOKEN, scope api")?)
    };
    let mut all_filed = true;
    for project in &projects {
        all_filed &= file(project, &client, operator.as_ref(), &args.labels)?;
    }
    if !left.is_empty() {
        let count = plural(left.len(), "finding belongs", "findings belong");
        terminal::say(&format!(
            "warning: {count} to a group or the instance; name a project for them with --shared-project"
        ));
    }
    Ok(ExitStatus::new(all_filed, left.is_empty()))
}

/// Files the issue of a project, or prints it without a token. Returns false if it could not be filed.
fn file(
    project: &ProjectFindings<'_>,
    client: &Client,
    operator: Option<&Secret>,
    labels: &str,
) -> anyhow::Result<bool> {
    let description = safe(&project.description());
    let name = project.project;
    let Some(operator) = operator else {
        terminal::print(&format!("# {}\n\n{description}\n", safe(name)))?;
        return Ok(true);
    };
    let count = plural(project.count(), "finding", "findings");
    let (verb, url) = match project.file(client, operator, &description, labels) {
        Ok(Filing::Opened(url)) => ("opened", url),
        Ok(Filing::Updated(url)) => ("updated", url),
        Ok(Filing::Unchanged(url)) => ("unchanged", url),
        Err(error) => {
            terminal::say(&format!(
                "error: cannot file the issue of '{name}' ({count}): {error}"
            ));
            return Ok(false);
        }
    };
    terminal::print(&safe(&format!("{verb:<10} {url} ({count})\n")))?;
    Ok(true)
}
