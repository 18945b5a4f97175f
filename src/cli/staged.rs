//! `tokensweep staged`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::args::{OutputOptions, ScanOptions};
use super::plan::Plan;
use super::{git_env, scan};
use crate::exit::ExitStatus;
use crate::source::{Staged, head_commit};

/// Arguments of `staged`.
#[derive(Clone, Debug, Args)]
pub(super) struct StagedArgs {
    /// Path in the repository [default: $GIT_DIR, or the current directory]
    ///
    /// Reads the content of the index, not of the disk. Secrets that HEAD has at the same path, or at the
    /// previous path of a renamed file, are not reported.
    #[arg(value_hint = ValueHint::DirPath)]
    path: Option<PathBuf>,

    #[command(flatten)]
    options: ScanOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Scans staged changes.
pub(super) fn run(args: &StagedArgs) -> anyhow::Result<ExitStatus> {
    let plan = Plan::new(&args.options)?;
    let location = git_env::location(args.path.as_deref());
    let staged = Staged::new(&location, &plan.range_options(None))?;
    scan::report(&plan, &staged, &args.output, || head_commit(&location.path))
}
