//! `tokensweep hook`: Git hooks.

mod install;
mod lines;
mod messages;
mod pre_commit;
mod pre_push;
mod pre_receive;
mod run;

use clap::{Args, Subcommand, ValueEnum};

use super::args::ScanOptions;
use crate::exit::ExitStatus;

/// The exit codes of the hooks, for the help.
const HOOK_EXIT_CODES: &str = "Exit codes:
  0  no findings: Git continues
  1  findings: Git stops
  2  the scan is incomplete: Git stops";

#[derive(Clone, Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Stop a commit that contains a secret
    #[command(after_help = HOOK_EXIT_CODES)]
    PreCommit(Box<HookOptions>),
    /// Stop a push that contains a secret
    #[command(after_help = HOOK_EXIT_CODES)]
    PrePush(Box<pre_push::PrePushArgs>),
    /// Refuse a push that contains a secret, on the server
    #[command(after_help = HOOK_EXIT_CODES)]
    PreReceive(Box<pre_receive::PreReceiveArgs>),
    /// Install a hook in this repository
    Install(install::InstallArgs),
}

/// Options of all hooks.
#[derive(Clone, Debug, Args)]
pub(super) struct HookOptions {
    #[command(flatten)]
    scan: ScanOptions,

    /// Stop scanning after this many seconds [default: 30 in pre-receive, else none]
    #[arg(long, value_name = "SECONDS", help_heading = "Limits")]
    timeout: Option<u64>,

    /// Read at most this many bytes of files and messages [default: no limit]
    #[arg(long, value_name = "BYTES", help_heading = "Limits")]
    max_bytes: Option<u64>,

    /// What to do if a limit is reached before anything is found
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "refuse",
        help_heading = "Limits"
    )]
    on_limit: OnLimit,
}

/// What to do when a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnLimit {
    /// Stop the commit or push
    Refuse,
    /// Let it continue, partly unscanned
    Allow,
}

/// Runs a hook.
pub(super) fn run(command: &HookCommand) -> anyhow::Result<ExitStatus> {
    match command {
        HookCommand::PreCommit(args) => pre_commit::run(args),
        HookCommand::PrePush(args) => pre_push::run(args),
        HookCommand::PreReceive(args) => pre_receive::run(args),
        HookCommand::Install(args) => install::run(args),
    }
}
