//! `tokensweep sweep-shares`: shares a sweep among the jobs of a pipeline.

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueHint};

use super::instance::InstanceOptions;
use super::operator_token::OperatorTokenArgs;
use super::safe::safe;
use super::{sweep_state, terminal};
use crate::exit::ExitStatus;
use crate::model::plural;
use crate::sweep::{PlannedSubjects, StateFile, StateLocation};

#[derive(Debug, Subcommand)]
pub(super) enum SharesCommand {
    /// Split a plan into lists of targets of about the same cost
    ///
    /// Reads the output of `sweep --plan --format json`. Writes K.txt for each share, for `sweep @K.txt`, and with --state
    /// also K.state.json, the part of the state about these targets.
    Split(ShareSplitArgs),
    /// Merge the states of the shares of a sweep
    ///
    /// Of each place the latest reading wins, so that the places of a share that failed are kept. A state is a file, or the
    /// address of a file of a generic package: merging one into the other copies it.
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
    /// States of the shares, files or packages; those that do not exist are ignored
    #[arg(value_name = "STATE", required = true, value_hint = ValueHint::FilePath)]
    states: Vec<StateLocation>,

    /// Add them to this state, a file or a package; created if it does not exist
    #[arg(long, value_name = "FILE-OR-URL", value_hint = ValueHint::FilePath)]
    into: StateLocation,

    #[command(flatten)]
    instance: InstanceOptions,

    #[command(flatten)]
    token: OperatorTokenArgs,
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
            StateFile::open(&path, &plan.instance)?
                .0
                .write(&state.part(share))?;
        }
        let targets = plural(share.targets.len(), "target", "targets");
        text.push_str(&format!("{number}: {targets}, cost {}\n", share.cost));
    }
    terminal::print(&safe(&text))?;
    Ok(ExitStatus::Clean)
}

fn merge(args: &ShareMergeArgs) -> anyhow::Result<ExitStatus> {
    let (mut store, mut state) = sweep_state::open(&args.into, &args.instance, &args.token)?;
    let mut count = 0;
    for location in &args.states {
        if let Some(other) = sweep_state::read(location, &args.instance, &args.token)? {
            state.merge(other, &location.to_string())?;
            count += 1;
        }
    }
    store.write(&state)?;
    terminal::print(&format!("{} merged\n", plural(count, "state", "states")))?;
    Ok(ExitStatus::Clean)
}
