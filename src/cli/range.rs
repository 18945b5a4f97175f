//! `tokensweep range`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::args::{OutputOptions, ScanOptions};
use super::plan::Plan;
use super::{git_env, scan};
use crate::exit::ExitStatus;
use crate::source::{Range, head_commit};

/// Arguments of `range`.
#[derive(Clone, Debug, Args)]
pub(super) struct RangeArgs {
    /// Commits of HEAD that are not in BASE; BASE...HEAD starts at the merge base
    ///
    /// Each commit is compared with all of its parents, and a renamed file with its previous version. A
    /// finding names the commit that introduces it.
    #[arg(value_name = "BASE..HEAD")]
    range: String,

    /// Path in the repository [default: $GIT_DIR, or the current directory]
    #[arg(value_hint = ValueHint::DirPath)]
    path: Option<PathBuf>,

    #[command(flatten)]
    options: ScanOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Scans the changes of a commit range.
pub(super) fn run(args: &RangeArgs) -> anyhow::Result<ExitStatus> {
    let plan = Plan::new(&args.options)?;
    let location = git_env::location(args.path.as_deref());
    let range = Range::parse(&location, &args.range, &plan.range_options(None))?;
    scan::report(&plan, &range, &args.output, || head_commit(&location.path))
}
