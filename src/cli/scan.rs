//! `tokensweep scan` and `tokensweep stdin`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

use super::args::{OutputOptions, ScanArgs, StdinArgs};
use super::job::Job;
use super::plan::{self, Plan};
use super::{progress, safe, terminal};
use crate::exit::ExitStatus;
use crate::model::{BlobPath, Note, Outcome};
use crate::report::sink::{self, Sink};
use crate::report::{Format, Options, RuleInfo, ScanInfo, View};
use crate::scan::Progress;
use crate::source::{FileTree, Source, Stream, TreeOptions, head_commit};

/// Scans files and the Git configuration beside them.
pub(super) fn run(args: &ScanArgs) -> anyhow::Result<ExitStatus> {
    let mut plan = Plan::new(&args.options)?;
    args.archives.apply(&mut plan)?;
    let options = TreeOptions {
        no_ignore: args.no_ignore,
        exclude: plan.exclude.clone(),
    };
    let tree = FileTree::new(args.paths.clone(), options)?;
    report(&plan, &tree, &args.output, || head_commit(tree.root()))
}

/// Scans standard input.
pub(super) fn run_stdin(args: &StdinArgs) -> anyhow::Result<ExitStatus> {
    let mut plan = Plan::new(&args.options)?;
    args.archives.apply(&mut plan)?;
    let name = BlobPath::from_bytes(args.name.as_bytes());
    report(&plan, &Stream::new(io::stdin(), name), &args.output, || {
        None
    })
}

/// Runs the plan over a source and writes all reports. `commit` returns the commit that is checked out; it is
/// called only if a report contains it.
pub(super) fn report(
    plan: &Plan,
    source: &dyn Source,
    output: &OutputOptions,
    commit: impl FnOnce() -> Option<String>,
) -> anyhow::Result<ExitStatus> {
    // Before the scan, so that a bad path costs no one the time of a scan.
    let sinks = sink::prepare_all(&output.reports)?;
    if output.raw_secrets {
        terminal::say("warning: --raw-secrets: the gitlab report will contain secrets in full");
    }
    let state = Progress::default();
    let verifier = output.verify.level.verifier(&state.stop)?;
    let started_at = plan::now().unwrap_or_default();
    let Some(mut outcome) = execute(plan, source, !output.quiet, &state)? else {
        return Ok(ExitStatus::Interrupted);
    };
    if let Some(verifier) = verifier {
        let verify = || {
            verifier.verify(
                &mut outcome,
                &plan.rules,
                plan.min_severity,
                output.verify.only_live,
            );
        };
        progress::show(!output.quiet, |elapsed| verifier.describe(elapsed), verify);
        if verifier.is_stopped() {
            terminal::say("interrupted: no report was written");
            return Ok(ExitStatus::Interrupted);
        }
    }
    write(plan, outcome, output, sinks, started_at, commit)
}

/// Writes all reports of an outcome. `commit` returns the commit that is checked out; it is called only if a report
/// contains it.
pub(super) fn write(
    plan: &Plan,
    mut outcome: Outcome,
    output: &OutputOptions,
    sinks: Vec<(Format, Sink)>,
    started_at: i64,
    commit: impl FnOnce() -> Option<String>,
) -> anyhow::Result<ExitStatus> {
    plan.scan().learn_names(&mut outcome);
    safe::hide_own_secrets(&mut outcome);
    let formats = || {
        let files = output.reports.iter().map(|report| report.format);
        files.chain([output.format])
    };
    if formats().any(Format::shows_fingerprints) {
        plan.suppressor
            .publish_fingerprints(&mut outcome, plan.threads);
    }
    let rules: Vec<RuleInfo> = plan.rules.iter().map(RuleInfo::from).collect();
    let names_commit = formats().any(Format::names_commit);
    let job = Job::from_env(&output.reports);
    let scan = ScanInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: started_at.unsigned_abs(),
        ended_at: plan::now().unwrap_or_default().unsigned_abs(),
        url: Some(env!("CARGO_PKG_HOMEPAGE").to_owned()).filter(|url| !url.is_empty()),
        commit: if names_commit { commit() } else { None },
        project_url: job.project_url,
        links: job.links,
    };
    let options = Options {
        color: terminal::is_coloured(output.color),
        quiet: output.quiet,
        show_secrets: output.show_secrets,
        raw_secrets: output.raw_secrets,
        gitlab_identifiers: output.gitlab_identifiers,
        list_suppressed: output.list_suppressed,
    };
    let view = View::new(outcome, &rules, &scan, &options);
    let is_written = write_files(sinks, &view);
    if output.quiet || output.format != Format::Text {
        terminal::say_errors(&view.outcome().errors);
    }
    print(output.format, &view)?;
    Ok(if is_written {
        ExitStatus::of(view.outcome(), output.exit_zero)
    } else {
        ExitStatus::Incomplete
    })
}

/// Writes all report files, and complains about those that cannot be written. Returns true if all are written.
pub(super) fn write_files(sinks: Vec<(Format, Sink)>, view: &View<'_>) -> bool {
    let mut is_written = true;
    for (format, sink) in sinks {
        // The others are written even if one cannot be, and the findings are printed.
        if let Err(error) = sink.write(|out| format.write_view(view, out)) {
            terminal::complain(&error.into());
            is_written = false;
        }
    }
    is_written
}

/// Writes a report to standard output.
pub(super) fn print(format: Format, view: &View<'_>) -> anyhow::Result<()> {
    format
        .write_view(view, &mut io::stdout().lock())
        .context("cannot write to standard output")
}

/// Runs the plan over a source; `None` if the user stopped it, which sets `state.stop` then and later.
pub(super) fn execute(
    plan: &Plan,
    source: &dyn Source,
    show_progress: bool,
    state: &Progress,
) -> anyhow::Result<Option<Outcome>> {
    stop_on_interrupt(&state.stop)?;
    let mut outcome = progress::show(
        show_progress,
        |elapsed| progress::of_scan(state, elapsed),
        || plan.scan().run(source, state),
    );
    if state.stop.load(Ordering::Relaxed) {
        terminal::say("interrupted: no report was written");
        return Ok(None);
    }
    outcome.stats.rules = plan.rules.ids();
    if let Some(path) = &plan.config_path {
        let message = format!("configuration: {}", BlobPath::from_path(path));
        outcome.notes.push(Note { message });
    }
    Ok(Some(outcome))
}

/// Sets `stop` when the user presses Ctrl-C.
///
/// # Errors
/// If the signal cannot be handled.
pub(super) fn stop_on_interrupt(stop: &Arc<AtomicBool>) -> anyhow::Result<()> {
    let stop = Arc::clone(stop);
    ctrlc::set_handler(move || stop.store(true, Ordering::Relaxed))
        .context("cannot listen for Ctrl-C")
}
