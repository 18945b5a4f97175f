//! `tokensweep history`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::archives::NoArchiveArgs;
use super::args::{OutputOptions, ScanOptions};
use super::plan::Plan;
use super::{scan, since};
use crate::exit::ExitStatus;
use crate::source::{History, HistoryOptions, head_commit};

/// Arguments of `history`.
#[derive(Clone, Debug, Args)]
pub(super) struct HistoryArgs {
    /// Path in the repository
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    path: PathBuf,

    /// Report findings in unreachable objects too (default)
    #[arg(long, help_heading = "Input", conflicts_with_all = ["reachable", "refs"])]
    all: bool,

    /// Report only findings that a ref contains
    #[arg(long, help_heading = "Input")]
    reachable: bool,

    /// Report only findings that these refs contain: a name or pattern (main, refs/tags/v1.*); repeatable
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    refs: Vec<String>,

    /// Report only secrets introduced since then: 2026-01-31, 2026-01-31T12:00:00Z, 90d, 2w
    #[arg(long, value_name = "TIME", help_heading = "Input")]
    since: Option<String>,

    /// Ignore missing objects, as in a partial clone
    #[arg(long, help_heading = "Input")]
    allow_missing: bool,

    /// Accept a shallow clone as the whole history
    #[arg(long, help_heading = "Input")]
    allow_shallow: bool,

    #[command(flatten)]
    archives: NoArchiveArgs,

    #[command(flatten)]
    options: ScanOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Scans every object of a repository.
pub(super) fn run(args: &HistoryArgs) -> anyhow::Result<ExitStatus> {
    let mut plan = Plan::new(&args.options)?;
    args.archives.apply(&mut plan);
    let options = HistoryOptions {
        since: args.since.as_deref().map(since::parse).transpose()?,
        refs: args.refs.clone(),
        reachable: args.reachable,
        allow_missing: args.allow_missing,
        allow_shallow: args.allow_shallow,
        fetched: None,
    };
    let history = History::new(&args.path, options)?;
    scan::report(&plan, &history, &args.output, || head_commit(&args.path))
}
