//! `tokensweep baseline`: accept the current findings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueHint};

use super::archives::ArchiveArgs;
use super::args::ScanOptions;
use super::plan::{self, Plan};
use super::{safe, scan, terminal};
use crate::exit::ExitStatus;
use crate::model::{Outcome, SuppressionKind, plural};
use crate::report::{self, sink::Sink};
use crate::scan::Progress;
use crate::source::{FileTree, TreeOptions};
use crate::suppress::Baseline;

#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Write a baseline that accepts all current findings
    Create(BaselineArgs),
    /// Remove entries that a scan no longer finds
    ///
    /// Keeps the entries of files that were not scanned: files in other directories, ignored files, and files that
    /// only the history contains.
    Prune(PruneArgs),
}

/// Arguments of `baseline create`, and most of `baseline prune`.
#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    /// The baseline file
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// Files and folders to scan
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    archives: ArchiveArgs,

    #[command(flatten)]
    options: ScanOptions,
}

/// Arguments of `baseline prune`.
#[derive(Debug, Args)]
pub(super) struct PruneArgs {
    #[command(flatten)]
    common: BaselineArgs,

    /// Also remove entries of deleted files below the given paths
    ///
    /// The history may still contain these files.
    #[arg(long)]
    deleted: bool,
}

/// Runs one of the subcommands.
pub(super) fn run(command: &BaselineCommand) -> anyhow::Result<ExitStatus> {
    match command {
        BaselineCommand::Create(args) => {
            let Some((outcome, _)) = look(args)? else {
                return Ok(ExitStatus::Interrupted);
            };
            let baseline = Baseline::of(accepted(&outcome));
            write(&args.file, &baseline)?;
            let accepts = plural(baseline.count(), "finding", "findings");
            terminal::say(&format!("{accepts} accepted"));
            finish(&outcome)
        }
        BaselineCommand::Prune(PruneArgs {
            common: args,
            deleted,
        }) => {
            let mut baseline = plan::load_baseline(&args.file)?;
            let Some((outcome, scanned)) = look(args)? else {
                return Ok(ExitStatus::Interrupted);
            };
            if !outcome.is_complete() {
                // A finding in content that was not scanned may still exist.
                return finish(&outcome);
            }
            let gone = baseline.prune(accepted(&outcome), |path| {
                scanned.paths.contains(path) || *deleted && scanned.is_deleted(path)
            });
            write(&args.file, &baseline)?;
            let gone = plural(gone, "entry", "entries");
            terminal::say(&format!("{gone} removed, {} kept", baseline.count()));
            finish(&outcome)
        }
    }
}

/// Scans without any baseline. The result contains no secrets, since a baseline is made to be committed.
fn look(args: &BaselineArgs) -> anyhow::Result<Option<(Outcome, BaselineScan)>> {
    if args.options.baseline.is_some() {
        bail!("--baseline has no effect here: pass the file as the first argument");
    }
    let mut plan = Plan::new(&args.options)?;
    args.archives.apply(&mut plan)?;
    plan.suppressor = plan.suppressor.with_baseline(Baseline::default());
    let options = TreeOptions {
        no_ignore: false,
        exclude: plan.exclude.clone(),
    };
    let tree = FileTree::new(args.paths.clone(), options)?;
    let progress = Progress::recording_paths();
    let Some(mut outcome) = scan::execute(&plan, &tree, true, &progress)? else {
        return Ok(None);
    };
    plan.suppressor
        .publish_fingerprints(&mut outcome, plan.threads);
    plan.scan().learn_names(&mut outcome);
    safe::hide_own_secrets(&mut outcome);
    let scanned = BaselineScan {
        paths: progress.into_paths(),
        root: tree.root().to_owned(),
        below: below(tree.root(), &args.paths),
    };
    Ok(Some((report::cleaned(outcome), scanned)))
}

/// The content that a scan covered.
struct BaselineScan {
    /// The paths of all that was read, as reports show them.
    paths: BTreeSet<String>,
    /// The folder that they are relative to.
    root: PathBuf,
    /// The paths that were asked for, relative to it.
    below: Vec<PathBuf>,
}

impl BaselineScan {
    /// Returns true for a path that was asked for and is not on disk.
    fn is_deleted(&self, path: &str) -> bool {
        let is_missing = || {
            let found = std::fs::symlink_metadata(self.root.join(path));
            found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
        };
        // An escaped path names no file as it is shown.
        !path.contains('\\')
            && self
                .below
                .iter()
                .any(|below| Path::new(path).starts_with(below))
            && is_missing()
    }
}

/// Returns the paths relative to `root`, without those that are elsewhere.
fn below(root: &Path, paths: &[PathBuf]) -> Vec<PathBuf> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let Some(root) = real(root) else {
        return Vec::new();
    };
    let relative = |path: &PathBuf| Some(real(path)?.strip_prefix(&root).ok()?.to_owned());
    paths.iter().filter_map(relative).collect()
}

/// The findings of a baseline: those that count, and none that is suppressed for another reason.
fn accepted(outcome: &Outcome) -> impl Iterator<Item = &crate::model::Finding> {
    let in_baseline = outcome
        .suppressed
        .iter()
        .filter(|suppressed| suppressed.kind == SuppressionKind::Baseline)
        .map(|suppressed| &suppressed.finding);
    outcome.findings.iter().chain(in_baseline)
}

/// Writes the file, complete or not at all.
fn write(path: &Path, baseline: &Baseline) -> anyhow::Result<()> {
    let json = baseline.to_json()?;
    Sink::prepare(path)
        .and_then(|sink| sink.write(|out| out.write_all(json.as_bytes())))
        .map_err(|error| anyhow::anyhow!("{}", error.reason()))
        .with_context(|| format!("cannot write the baseline '{}'", path.display()))
}

/// Prints the errors of the scan: the baseline of half a tree deserves a warning.
fn finish(outcome: &Outcome) -> anyhow::Result<ExitStatus> {
    terminal::say_errors(&outcome.errors);
    for note in &outcome.notes {
        terminal::say(&format!("note: {}", note.message));
    }
    Ok(ExitStatus::of(outcome, true))
}
