//! Command line arguments of `tokensweep ci`.

use clap::{Args, ValueEnum};

use crate::cli::archives::NoArchiveArgs;
use crate::cli::args::{OutputOptions, ScanOptions};

/// Arguments of `ci`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct CiArgs {
    #[command(flatten)]
    pub(super) choice: ChoiceRequest,

    #[command(flatten)]
    pub(super) archives: NoArchiveArgs,

    /// Suppress findings in these paths: comma-separated patterns, in addition to
    /// SECRET_DETECTION_EXCLUDED_PATHS
    #[arg(long, value_name = "PATTERNS", help_heading = "Suppression")]
    pub(super) excluded_paths: Option<String>,

    /// Apply the merge request's own configuration, baseline, rules and inline markers
    #[arg(long, help_heading = "Suppression")]
    pub(super) trust_merge_request: bool,

    /// Time limit for fetching missing commits, in seconds; 0 disables fetching
    #[arg(long, value_name = "SECONDS", default_value_t = 120, help_heading = "Run", value_parser = clap::value_parser!(u16).range(0..=3600))]
    pub(super) fetch_timeout: u16,

    /// Do not exit with 2 if commits could not be fetched and the files are scanned instead
    #[arg(long, help_heading = "Run")]
    pub(super) accept_fallback: bool,

    #[command(flatten)]
    pub(super) options: ScanOptions,

    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// The options that affect the choice of the commits or files to scan.
#[derive(Clone, Debug, Args)]
pub(super) struct ChoiceRequest {
    /// What to scan
    #[arg(
        long,
        value_name = "MODE",
        default_value = "auto",
        help_heading = "Input"
    )]
    pub(super) mode: Mode,

    /// Parent of the first commit to scan (`merge-request`, `push`)
    #[arg(long, value_name = "REVISION", help_heading = "Input")]
    pub(super) base: Option<String>,

    /// Last commit to scan [default: the checkout]
    #[arg(long, value_name = "REVISION", help_heading = "Input")]
    pub(super) head: Option<String>,

    /// Target of the merge request, whose configuration, baseline and rules apply [default: the base]
    #[arg(long, value_name = "REVISION", help_heading = "Input")]
    pub(super) target: Option<String>,

    /// Default branch, with which other branches are compared
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

    /// In a tag pipeline, scan the commits since the previous tag
    #[arg(long, help_heading = "Input")]
    pub(super) tags: bool,
}

/// What to scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// Selected by GitLab's variables
    Auto,
    /// The commits of a merge request, after --base
    MergeRequest,
    /// The commits of a push, after --base
    Push,
    /// The commits that the default branch does not have
    Branch,
    /// The files of the checkout
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
    /// In scheduled and manual pipelines
    Scheduled,
    /// In every pipeline
    Always,
}
