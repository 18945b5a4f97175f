//! `tokensweep sweep-shares`: shares a sweep among the jobs of a pipeline.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueHint};

use super::safe::safe;
use super::terminal;
use crate::exit::ExitStatus;
use crate::model::plural;
use crate::sweep::{PlannedSubjects, StateFile};

#[derive(Debug, Subcommand)]
pub(super) enum SharesCommand {
    /// Split a plan into lists of targets of about the same cost
    ///
    /// Reads the output of `sweep --plan --format json`. Writes K.txt for each share, for `sweep @K.txt`, and with --state
    /// also K.state.json, the part of the state about these targets.
    Split(ShareSplitArgs),
    /// Merge the states of the shares of a sweep
    ///
    /// Of each place the latest reading wins. The state itself may be one of the inputs, so that the places of a share that
    /// failed are kept.
    Merge(ShareMergeArgs),
}

/// Arguments of `sweep-shares split`.
#[derive(Debug, Args)]
pub(super) struct ShareSplitArgs {
    /// The plan, as JSON
    #[arg(value_name = "PLAN", value_hint = ValueHint::FilePath)]
    plan: PathBuf,

    /// Make at most N shares
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    shares: u64,

    /// Write the shares to this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    into: PathBuf,

    /// State of the last sweep; a file that does not exist is an empty state
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    state: Option<PathBuf>,
}

/// Arguments of `sweep-shares merge`.
#[derive(Debug, Args)]
pub(super) struct ShareMergeArgs {
    /// States of the shares; files that do not exist are ignored
    #[arg(value_name = "STATE", required = true, value_hint = ValueHint::FilePath)]
    states: Vec<PathBuf>,

    /// Address of the instance
    #[arg(long, value_name = "URL")]
    instance: crate::gitlab::Instance,

    /// Add them to this state; created if it does not exist
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    into: PathBuf,
}

/// Runs one of the subcommands.
pub(super) fn run(command: &SharesCommand) -> anyhow::Result<ExitStatus> {
    match command {
        SharesCommand::Split(args) => split(args),
        SharesCommand::Merge(args) => merge(args),
    }
}

fn split(args: &ShareSplitArgs) -> anyhow::Result<ExitStatus> {
    let about = || format!("cannot read the plan '{}'", args.plan.display());
    let file = File::open(&args.plan).with_context(about)?;
    let plan: PlannedSubjects =
        serde_json::from_reader(std::io::BufReader::new(file)).with_context(about)?;
    let state = args.state.as_deref();
    let state = state
        .map(|path| StateFile::open(path, &plan.instance))
        .transpose()?;
    let folder = &args.into;
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the folder '{}'", folder.display()))?;
    let shares = plan.split(usize::try_from(args.shares)?);
    let mut text = format!("{}\n", plural(shares.len(), "share", "shares"));
    for (number, share) in (1..).zip(&shares) {
        let list = folder.join(format!("{number}.txt"));
        fs::write(&list, share.targets.join("\n") + "\n")
            .with_context(|| format!("cannot write '{}'", list.display()))?;
        if let Some((_, state)) = &state {
            let path = folder.join(format!("{number}.state.json"));
            open(&path, &plan.instance)?.0.write(&state.part(share))?;
        }
        let targets = plural(share.targets.len(), "target", "targets");
        text.push_str(&format!("{number}: {targets}, cost {}\n", share.cost));
    }
    terminal::print(&safe(&text))?;
    Ok(ExitStatus::Clean)
}

fn merge(args: &ShareMergeArgs) -> anyhow::Result<ExitStatus> {
    let instance = args.instance.to_string();
    let (mut file, mut state) = open(&args.into, &instance)?;
    let mut count = 0;
    for path in args.states.iter().filter(|path| path.exists()) {
        let (_, other) = open(path, &instance)?;
        state.merge(other, path)?;
        count += 1;
    }
    file.write(&state)?;
    terminal::print(&format!("{} merged\n", plural(count, "state", "states")))?;
    Ok(ExitStatus::Clean)
}

fn open(
    path: &Path,
    instance: &str,
) -> Result<(StateFile, crate::sweep::SweepState), crate::sweep::StateError> {
    StateFile::open(path, instance)
}
