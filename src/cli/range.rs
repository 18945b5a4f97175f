//! `tokensweep range`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::args::{OutputOptions, ScanOptions};
use super::plan::Plan;
use super::{git_env, scan};
use crate::exit::ExitStatus;
use crate::source::{Range, RangeOptions, head_commit};

/// Arguments of `range`.
#[derive(Clone, Debug, Args)]
pub(super) struct RangeArgs {
    /// BASE..HEAD: the commits that HEAD has and BASE has not; BASE...HEAD: since HEAD left BASE
    ///
    /// Each commit is compared with its parents, a merge with all of them; a file that was moved, with
    /// what it was. What is found is new with the commit that is named.
    #[arg(value_name = "BASE..HEAD")]
    range: String,

    /// A path in the repository [default: the repository that Git names, or the current folder]
    #[arg(value_hint = ValueHint::DirPath)]
    path: Option<PathBuf>,

    #[command(flatten)]
    options: ScanOptions,

    #[command(flatten)]
    output: OutputOptions,
}

/// Scans what some commits add.
pub(super) fn run(args: &RangeArgs) -> anyhow::Result<ExitStatus> {
    let plan = Plan::new(&args.options)?;
    let place = git_env::place(args.path.as_deref());
    let options = RangeOptions {
        exclude: plan.exclude.clone(),
        max_bytes: None,
    };
    let range = Range::typed(&place, &args.range, &options)?;
    scan::report(&plan, &range, &args.output, || head_commit(&place.path))
}
