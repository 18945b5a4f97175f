//! What is typed behind `tokensweep ci`.

use clap::{Args, ValueEnum};

use crate::cli::args::{OutputOptions, ScanOptions};

/// Arguments of `ci`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct CiArgs {
    /// What to scan, where GitLab's variables do not say it
    #[arg(
        long,
        value_name = "MODE",
        default_value = "auto",
        help_heading = "Input"
    )]
    pub(super) mode: Mode,

    /// The commit before the first that is scanned (`merge-request`, `push`)
    #[arg(long, value_name = "REVISION", help_heading = "Input")]
    pub(super) base: Option<String>,

    /// The last commit that is scanned [default: what is checked out]
    #[arg(long, value_name = "REVISION", help_heading = "Input")]
    pub(super) head: Option<String>,

    /// Where the merge request goes to: its configuration, baseline and rules hold [default: the base]
    #[arg(long, value_name = "REVISION", help_heading = "Input")]
    pub(super) target: Option<String>,

    /// The default branch, which a new branch is compared with
    #[arg(long, value_name = "BRANCH", help_heading = "Input")]
    pub(super) default_branch: Option<String>,

    /// When to scan the whole history instead of the files
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "never",
        help_heading = "Input"
    )]
    pub(super) history: HistoryWhen,

    /// In the pipeline of a tag, scan what came since the tag before it
    #[arg(long, help_heading = "Input")]
    pub(super) tags: bool,

    /// Paths whose findings are set aside: patterns, separated by commas; adds to
    /// SECRET_DETECTION_EXCLUDED_PATHS
    #[arg(long, value_name = "PATTERNS", help_heading = "Suppression")]
    pub(super) excluded_paths: Option<String>,

    /// Let a merge request bring its own configuration, baseline, rules and inline markers
    #[arg(long, help_heading = "Suppression")]
    pub(super) trust_merge_request: bool,

    /// Seconds to spend on fetching commits that are missing, in all; 0 fetches nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 120, help_heading = "Run", value_parser = clap::value_parser!(u16).range(0..=3600))]
    pub(super) fetch_timeout: u16,

    /// Do not exit with 2 if commits cannot be had and the files are scanned instead
    #[arg(long, help_heading = "Run")]
    pub(super) accept_fallback: bool,

    #[command(flatten)]
    pub(super) options: ScanOptions,

    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// What to scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// What GitLab's variables say
    Auto,
    /// The commits of a merge request, from --base on
    MergeRequest,
    /// The commits of a push, from --base on
    Push,
    /// The commits that the default branch does not have
    Branch,
    /// The files that are checked out
    Tree,
    /// Every object of the repository
    History,
}

impl Mode {
    /// The word that selects it.
    pub(super) fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// When to scan the whole history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum HistoryWhen {
    /// Only if SECRET_DETECTION_HISTORIC_SCAN asks for it
    Never,
    /// In scheduled pipelines, and in those that somebody starts by hand
    Scheduled,
    /// In every pipeline
    Always,
}
