//! `tokensweep ci`: chooses what to scan from GitLab's variables, and writes all reports.

mod args;
mod certificates;
mod excluded;
mod fetch;
mod git;
mod log;
mod log_options;
mod mode;
mod obtain;
mod policy;
mod remote;
mod ruleset;
mod sources;
mod variables;
mod work;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

pub(super) use args::CiArgs;
use fetch::Fetcher;
use log::Log;
use mode::{Choice, Policy, Request, What};
use variables::Variables;
use work::Work;

use super::scan;
use crate::exit::ExitStatus;
use crate::report::Format;
use crate::report::sink::{ReportFile, Sink};
use crate::source::{Lookup, RepoLocation};

/// The certificates that the variables name besides the system's, each with the variable.
///
/// # Errors
/// If a file that a variable names cannot be read.
pub(super) fn additional_certificates() -> std::io::Result<Vec<(&'static str, String)>> {
    certificates::additional(&Variables::from_env())
}

/// What is written unless reports are named: the files of the component in `templates/`.
pub(super) const REPORTS: [(Format, &str); 6] = [
    (Format::Sarif, "gl-tokensweep.sarif"),
    (Format::Gitlab, "gl-secret-detection-report.json"),
    (Format::Codequality, "gl-code-quality-report.json"),
    (Format::Annotations, "gl-tokensweep-annotations.json"),
    (Format::Json, "tokensweep.json"),
    (Format::Html, "tokensweep.html"),
];

/// What the help says of exit codes.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  everything was scanned, with or without findings (`tokensweep gate` is what fails)
  2  the scan is incomplete or could not start; findings are still reported";

/// Scans what this pipeline is about.
pub(super) fn run(args: &CiArgs) -> anyhow::Result<ExitStatus> {
    let variables = Variables::from_env();
    let log = Log::new(&variables, args.output.format == Format::Text);
    let mut choice = mode::choose(&request(args), &variables)?;
    if choice.what == What::Nothing {
        log.info(&format!(
            "{} Nothing is scanned, and no report is written.",
            choice.why
        ));
        return Ok(ExitStatus::Clean);
    }
    if args.trust_merge_request && choice.policy != Policy::Checkout {
        choice.policy = Policy::Checkout;
        choice.warnings.push(
            "--trust-merge-request: the merge request's own configuration, baseline, rules and inline markers hold"
                .to_owned(),
        );
    }
    let root = root(&variables)?;
    check_checkout(&root, &variables)?;
    let timeout = Duration::from_secs(args.fetch_timeout.into());
    let fetcher = Fetcher::new(&root, &variables, timeout)?;
    let work = Work::new(args, &variables, &root, fetcher, &choice)?;
    tell(&log, &choice, &work);
    let mut output = args.output.clone();
    if output.reports.is_empty() {
        output.reports = default_reports();
    }
    if output.verify.level.is_asked()
        && output.verify.level.instance.instance.is_none()
        && let Some(url) = variables.get("CI_SERVER_URL")
    {
        output.verify.level.instance.instance = Some(url.parse().context("CI_SERVER_URL")?);
    }
    // A job has no one to correct a path and start again: the findings are printed all the same.
    let asked = output.reports.len();
    output
        .reports
        .retain(|report| match Sink::prepare(&report.path) {
            Ok(_) => true,
            Err(error) => {
                log.error(&error.to_string());
                false
            }
        });
    let is_complete = output.reports.len() == asked;
    // The exit code is ours, so that the closing line knows whether there are findings.
    output.exit_zero = false;
    let status = log.section("tokensweep_findings", "Findings", false, || {
        scan::report(&work.plan, &work.sources, &output, || work.commit.clone())
    })?;
    close(&log, status, &output.reports);
    Ok(match status {
        ExitStatus::Interrupted => ExitStatus::Interrupted,
        _ if !is_complete => ExitStatus::Incomplete,
        ExitStatus::Findings => ExitStatus::Clean,
        other => other,
    })
}

fn request(args: &CiArgs) -> Request {
    Request {
        mode: args.mode,
        base: args.base.clone(),
        head: args.head.clone(),
        target: args.target.clone(),
        default_branch: args.default_branch.clone(),
        history: args.history,
        tags: args.tags,
    }
}

fn default_reports() -> Vec<ReportFile> {
    let report = |(format, path): (Format, &str)| ReportFile {
        format,
        path: PathBuf::from(path),
    };
    REPORTS.into_iter().map(report).collect()
}

/// The checkout: as short as it can be named from here.
fn root(variables: &Variables) -> anyhow::Result<PathBuf> {
    let here = PathBuf::from(".");
    let Some(project) = variables.project_dir() else {
        return Ok(here);
    };
    let real = std::fs::canonicalize(&project)
        .with_context(|| format!("cannot enter CI_PROJECT_DIR '{}'", project.display()))?;
    Ok(if std::fs::canonicalize(&here)? == real {
        here
    } else {
        project
    })
}

/// A job without a checkout has nothing to scan, and must not look as if it had found nothing.
fn check_checkout(root: &Path, variables: &Variables) -> anyhow::Result<()> {
    let error = match Lookup::open(&RepoLocation::at(root)) {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    match variables.get("GIT_STRATEGY") {
        Some(strategy @ ("none" | "empty")) => bail!(
            "there is nothing to scan: GIT_STRATEGY is '{strategy}', so the runner has checked nothing \
             out; set GIT_STRATEGY to 'fetch' or 'clone' for this job"
        ),
        _ => Err(error).context("there is no checkout to scan"),
    }
}

/// One paragraph on what is scanned and why, and what deserves a word besides.
fn tell(log: &Log, choice: &Choice, work: &Work) {
    let paragraph = [choice.why.as_str()]
        .into_iter()
        .chain(work.learned.iter().map(String::as_str))
        .filter(|sentence| !sentence.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    log.info(&format!(
        "tokensweep {}: {paragraph}",
        env!("CARGO_PKG_VERSION")
    ));
    for warning in choice.warnings.iter().chain(&work.sources.errors) {
        log.warn(warning);
    }
    if !work.fetcher.done.is_empty() && log.says(log::Level::Debug) {
        log.section("tokensweep_fetch", "What was fetched", true, || {
            work.fetcher.done.iter().for_each(|line| log.debug(line));
        });
    }
}

fn close(log: &Log, status: ExitStatus, reports: &[ReportFile]) {
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
