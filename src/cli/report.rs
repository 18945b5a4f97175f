//! `tokensweep report`: makes reports from JSON reports, without a scan.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueHint};

use super::args::{Color, format_parser};
use super::job::Job;
use super::stored_report::read;
use super::{issues, plan, safe, scan, terminal};
use crate::detect::LazyDetector;
use crate::exit::ExitStatus;
use crate::model::BlobPath;
use crate::report::json::{self, Restored};
use crate::report::sink::ReportFile;
use crate::report::{Format, Options, View, sink};
use crate::scan::learn_names;

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Convert a JSON report into other formats
    #[command(after_help = EXIT_CODES)]
    Convert(ConvertArgs),
    /// Merge JSON reports, for example of parallel jobs
    ///
    /// A finding in several reports is listed once. A finding that one report lists and another suppresses
    /// is listed. Errors are kept, and counts are added up.
    #[command(after_help = EXIT_CODES)]
    Merge(MergeArgs),
    /// Open or update one confidential issue for each project of a report of `sweep`
    #[command(after_help = issues::EXIT_CODES)]
    Issues(issues::IssuesArgs),
}

/// The exit codes in the help.
const EXIT_CODES: &str = "Exit codes:
  0  the reports were written, with or without findings (`tokensweep gate` fails instead)
  2  a scan is incomplete, or a report could not be read or written";

/// Arguments of `report convert`.
#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// JSON report; - reads standard input
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    input: PathBuf,

    #[command(flatten)]
    output: Output,
}

/// Arguments of `report merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// JSON reports; NAME=FILE adds NAME/ to every path of the file; - reads standard input
    ///
    /// Names distinguish projects. Write =FILE for a file with = in its name.
    #[arg(value_name = "REPORT", required = true, value_hint = ValueHint::FilePath)]
    inputs: Vec<OsString>,

    #[command(flatten)]
    output: Output,
}

/// Where the results go.
#[derive(Debug, Args)]
struct Output {
    /// Write a report to a file; repeatable
    ///
    /// The file is written completely or not at all. See --format for the formats.
    #[arg(short, long = "report", value_name = "FORMAT=FILE")]
    reports: Vec<ReportFile>,

    /// Format of standard output [default: text, or none with --report]
    #[arg(short, long, value_parser = format_parser())]
    format: Option<Format>,

    /// Print findings and errors only
    #[arg(short, long)]
    quiet: bool,

    /// When to use color
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: Color,

    /// List GitLab's own rule identifiers first in the `gitlab` report (see `tokensweep scan --help`)
    #[arg(long)]
    gitlab_identifiers: bool,

    /// List suppressed findings with their reasons in `text`, `sarif` and `junit`
    #[arg(long)]
    list_suppressed: bool,

    /// Exit with 0 even if a scan is incomplete; the reports still show it
    #[arg(long)]
    allow_incomplete: bool,
}

/// Runs one of the subcommands.
pub(super) fn run(command: &ReportCommand) -> anyhow::Result<ExitStatus> {
    match command {
        ReportCommand::Convert(args) => write(&args.output, || {
            let about = || format!("cannot convert {}", BlobPath::from_path(&args.input));
            read(&args.input)?.restore().with_context(about)
        }),
        ReportCommand::Merge(args) => write(&args.output, || {
            let documents = args.inputs.iter().map(|input| {
                let (name, path) = named(input);
                read(path).map(|document| document.below(name))
            });
            let documents = documents.collect::<anyhow::Result<Vec<_>>>()?;
            json::merge(documents, env!("CARGO_PKG_VERSION")).context("cannot merge the reports")
        }),
        ReportCommand::Issues(args) => issues::run(args),
    }
}

/// The two sides of `NAME=FILE`; without a `=`, the name is `None`.
fn named(input: &OsStr) -> (&str, &Path) {
    match input.to_str().and_then(|text| text.split_once('=')) {
        Some((name, path)) => (name, Path::new(path)),
        None => ("", Path::new(input)),
    }
}

/// Writes the result of `restore` to the files and formats of `output`.
fn write(
    output: &Output,
    restore: impl FnOnce() -> anyhow::Result<Restored>,
) -> anyhow::Result<ExitStatus> {
    let sinks = sink::prepare_all(&output.reports)?;
    let mut restored = restore()?;
    // The report of an earlier version may have texts that this version redacts.
    if let Some(detector) = safe::detector() {
        learn_names(detector, &LazyDetector::default(), &mut restored.outcome);
    }
    restored.scan.links = Job::from_env(&output.reports).links;
    // The JSON report has no time of day; this is the one that is known.
    let now = plan::now().unwrap_or_default().unsigned_abs();
    (restored.scan.started_at, restored.scan.ended_at) = (now, now);
    let options = Options {
        color: terminal::is_coloured(output.color),
        quiet: output.quiet,
        gitlab_identifiers: output.gitlab_identifiers,
        list_suppressed: output.list_suppressed,
        ..Options::default()
    };
    let view = View::new(restored.outcome, &restored.rules, &restored.scan, &options);
    let is_written = scan::write_files(sinks, &view);
    // The report is printed if its file could not be written.
    let default = (output.reports.is_empty() || !is_written).then_some(Format::Text);
    if let Some(format) = output.format.or(default) {
        scan::print(format, &view)?;
    }
    if !is_written {
        return Ok(ExitStatus::Incomplete);
    }
    Ok(ExitStatus::new(
        view.outcome().is_complete() || output.allow_incomplete,
        true,
    ))
}
