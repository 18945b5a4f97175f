//! `tokensweep ci`: scans the source that a pipeline is about, and writes all reports.

mod args;
mod certificates;
mod choice;
mod excluded;
mod fetch;
mod git;
mod gitlab;
mod instance_git;
mod log;
mod log_options;
mod obtain;
mod policy;
mod remote;
mod ruleset;
mod sources;
pub(super) mod system;
mod tags;
mod work;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

pub(super) use args::CiArgs;
use choice::{Policy, ScanChoice, ScanTarget};
use fetch::Fetcher;
pub(super) use instance_git::InstanceGit;
use log::JobLog;
use system::{CiJob, Variables};
use work::PreparedScan;

use super::scan;
use crate::exit::ExitStatus;
use crate::report::Format;
use crate::report::sink::{ReportFile, Sink};
use crate::source::{Lookup, RepoLocation};

/// Reads the certificates of the operator and of the CI system, each with the name of the setting.
///
/// # Errors
/// If the operator's certificates cannot be read.
pub(super) fn additional_certificates() -> std::io::Result<Vec<(&'static str, String)>> {
    certificates::additional(&CiJob::from_env().certificates)
}

/// The default reports: the files of the component in `templates/`.
pub(super) const REPORTS: [(Format, &str); 6] = [
    (Format::Sarif, "gl-tokensweep.sarif"),
    (Format::Gitlab, "gl-secret-detection-report.json"),
    (Format::Codequality, "gl-code-quality-report.json"),
    (Format::Annotations, "gl-tokensweep-annotations.json"),
    (Format::Json, "tokensweep.json"),
    (Format::Html, "tokensweep.html"),
];

/// The exit codes, as the help lists them.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  everything was scanned, with or without findings (`tokensweep gate` is what fails)
  2  the scan is incomplete or could not start; findings are still reported";

/// Chooses the source that the pipeline is about, and scans it.
pub(super) fn run(args: &CiArgs) -> anyhow::Result<ExitStatus> {
    let variables = Variables::from_env();
    let job = CiJob::read(&variables);
    let log = JobLog::new(&job, args.output.format == Format::Text);
    let mut choice = choice::choose(&args.choice, &job, system::other_system(&variables))?;
    if choice.target == ScanTarget::Nothing {
        log.info(&format!(
            "{} Nothing is scanned, and no report is written.",
            choice.why
        ));
        return Ok(ExitStatus::Clean);
    }
    if args.trust_merge_request && choice.policy != Policy::Checkout {
        choice.policy = Policy::Checkout;
        choice.warnings.push(
            "--trust-merge-request: the merge request's own configuration, baseline, rules and inline markers apply"
                .to_owned(),
        );
    }
    let root = root(&job)?;
    check_checkout(&root, &job)?;
    let timeout = Duration::from_secs(args.fetch_timeout.into());
    let fetcher = Fetcher::new(&root, &job, timeout)?;
    let scan = PreparedScan::new(args, &job, &root, fetcher, &choice)?;
    log_choice(&log, &choice, &scan);
    let mut output = args.output.clone();
    if output.reports.is_empty() {
        output.reports = default_reports();
    }
    if output.verify.level.is_asked()
        && output.verify.level.instance.instance.is_none()
        && let Some(instance) = &job.instance
    {
        output.verify.level.instance.instance =
            Some(instance.value.parse().context(instance.name)?);
    }
    // Nobody is there to correct a path and start the job again, so the findings are printed in any case.
    let requested = output.reports.len();
    output
        .reports
        .retain(|report| match Sink::prepare(&report.path) {
            Ok(_) => true,
            Err(error) => {
                log.error(&error.to_string());
                false
            }
        });
    let is_complete = output.reports.len() == requested;
    // The exit code is determined below, so that the last line can report whether there are findings.
    output.exit_zero = false;
    let status = log.section("tokensweep_findings", "Findings", false, || {
        scan::report(&scan.plan, &scan.sources, &output, || scan.commit.clone())
    })?;
    log_status(&log, status, &output.reports);
    Ok(match status {
        ExitStatus::Interrupted => ExitStatus::Interrupted,
        _ if !is_complete => ExitStatus::Incomplete,
        ExitStatus::Findings => ExitStatus::Clean,
        other => other,
    })
}

fn default_reports() -> Vec<ReportFile> {
    let report = |(format, path): (Format, &str)| ReportFile {
        format,
        path: PathBuf::from(path),
    };
    REPORTS.into_iter().map(report).collect()
}

/// Returns the checkout, by the shortest name from here.
fn root(job: &CiJob) -> anyhow::Result<PathBuf> {
    let here = PathBuf::from(".");
    let Some(checkout) = &job.checkout else {
        return Ok(here);
    };
    let real = std::fs::canonicalize(checkout)
        .with_context(|| format!("cannot enter the checkout '{}'", checkout.display()))?;
    Ok(if std::fs::canonicalize(&here)? == real {
        here
    } else {
        checkout.clone()
    })
}

/// Fails without a checkout: such a job must not look as if it had found nothing.
fn check_checkout(root: &Path, job: &CiJob) -> anyhow::Result<()> {
    match (Lookup::open(&RepoLocation::at(root)), &job.without_checkout) {
        (Ok(_), _) => Ok(()),
        (Err(_), Some(reason)) => bail!("{reason}"),
        (Err(error), None) => Err(error).context("the job has no checkout to scan"),
    }
}

/// Logs the scan mode with its reason, warnings, and the fetched commits.
fn log_choice(log: &JobLog, choice: &ScanChoice, scan: &PreparedScan) {
    let paragraph = [choice.why.as_str()]
        .into_iter()
        .chain(scan.remarks.iter().map(String::as_str))
        .filter(|sentence| !sentence.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    log.info(&format!(
        "tokensweep {}: {paragraph}",
        env!("CARGO_PKG_VERSION")
    ));
    for warning in choice.warnings.iter().chain(&scan.sources.errors) {
        log.warn(warning);
    }
    if !scan.fetcher.done.is_empty() && log.says(log::LogLevel::Debug) {
        log.section("tokensweep_fetch", "What was fetched", true, || {
            scan.fetcher.done.iter().for_each(|line| log.debug(line));
        });
    }
}

/// Logs the result and the names of the reports.
fn log_status(log: &JobLog, status: ExitStatus, reports: &[ReportFile]) {
    let files: Vec<String> = reports
        .iter()
        .map(|report| report.path.display().to_string())
        .collect();
    let reports = format!("Reports: {}.", files.join(", "));
    match status {
        ExitStatus::Clean => log.info(&format!("Done: nothing found. {reports}")),
        ExitStatus::Findings => log.info(&format!(
            "Done: there are findings. This job succeeds all the same, because GitLab reads no report of a \
             failed job; `tokensweep gate` is what fails. {reports}"
        )),
        ExitStatus::Incomplete => log.warn(&format!("The scan is not complete. {reports}")),
        ExitStatus::Interrupted => {}
    }
}
