//! Options that all scanning commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::archives::ArchiveArgs;
use super::verify::VerifyArgs;
use crate::model::{Confidence, RuleId, Severity};
use crate::report::Format;
use crate::report::sink::ReportFile;

/// Arguments of `scan`.
#[derive(Clone, Debug, Args)]
pub(super) struct ScanArgs {
    /// Files and folders to scan
    ///
    /// Includes hidden files, nested repositories, tracked files that .gitignore names, and the Git
    /// configuration of every repository found. Does not follow links.
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Also scan untracked files that Git ignores
    #[arg(long, help_heading = "Input")]
    pub(super) no_ignore: bool,

    #[command(flatten)]
    pub(super) archives: ArchiveArgs,

    #[command(flatten)]
    pub(super) options: ScanOptions,

    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// Arguments of `stdin`.
#[derive(Clone, Debug, Args)]
pub(super) struct StdinArgs {
    /// Path to show in reports; the name of a known file format (.netrc) selects its parser
    #[arg(
        long,
        value_name = "PATH",
        default_value = "stdin",
        help_heading = "Input"
    )]
    pub(super) name: String,

    #[command(flatten)]
    pub(super) archives: ArchiveArgs,

    #[command(flatten)]
    pub(super) options: ScanOptions,

    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// Options for rules, suppression and threads.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct ScanOptions {
    /// Add rules from a file, or from all *.toml files in a directory
    #[arg(long, value_name = "FILE-OR-DIR", value_hint = ValueHint::AnyPath)]
    pub(super) rules: Vec<PathBuf>,

    /// Disable a rule (see `tokensweep rules list`)
    #[arg(long, value_name = "RULE", value_parser = rule_id)]
    pub(super) disable: Vec<RuleId>,

    /// Enable a rule that is off by default
    ///
    /// Rules for client ids, publishable keys and the like, which are not secrets, are off by default.
    #[arg(long, value_name = "RULE", value_parser = rule_id)]
    pub(super) enable: Vec<RuleId>,

    /// Find credentials of this service only, such as `gitlab`; repeatable
    ///
    /// Disables all other rules. --enable adds single ones to the selection.
    #[arg(long, value_name = "SERVICE")]
    pub(super) only: Vec<String>,

    /// Also find personal access tokens with this prefix in place of glpat-
    ///
    /// Routable tokens are found with any prefix, and an instance prefix in front of glpat- needs no
    /// option either.
    #[arg(long, value_name = "PREFIX")]
    pub(super) token_prefix: Vec<String>,

    /// Read this configuration instead of .tokensweep.toml in the current directory or at the top of its worktree
    #[arg(long, value_name = "FILE", help_heading = "Suppression", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// Suppress the findings listed in this file (see `tokensweep baseline create`)
    #[arg(long, value_name = "FILE", help_heading = "Suppression", value_hint = ValueHint::FilePath)]
    pub(super) baseline: Option<PathBuf>,

    /// Ignore `tokensweep:allow` and `gitleaks:allow` markers
    #[arg(long, help_heading = "Suppression")]
    pub(super) no_inline_allow: bool,

    /// Report findings of this confidence and above: proven, high, medium, low [default: medium]
    #[arg(
        long,
        value_name = "LEVEL",
        help_heading = "Suppression",
        hide_possible_values = true
    )]
    pub(super) min_confidence: Option<Confidence>,

    /// Report findings of this severity and above: critical, high, medium, low, info [default: info]
    #[arg(
        long,
        value_name = "LEVEL",
        help_heading = "Suppression",
        hide_possible_values = true
    )]
    pub(super) min_severity: Option<Severity>,

    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

/// Options for reports and standard output.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputOptions {
    /// Write a report to a file; repeatable
    ///
    /// The file is written completely or not at all. See --format for the formats.
    #[arg(short, long = "report", value_name = "FORMAT=FILE")]
    pub(super) reports: Vec<ReportFile>,

    /// Format of standard output
    #[arg(short, long, default_value = "text", value_parser = format_parser())]
    pub(super) format: Format,

    /// Print findings and errors only
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// When to use color
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,

    /// Print secrets in full on standard output; cannot be combined with --report
    #[arg(long, conflicts_with_all = ["reports", "raw_secrets"])]
    pub(super) show_secrets: bool,

    /// Write secrets in full to the `gitlab` report, for GitLab's validity checks
    #[arg(long)]
    pub(super) raw_secrets: bool,

    /// List GitLab's own rule identifiers first in the `gitlab` report
    ///
    /// GitLab then treats the findings as its own. In a public project with automatic revocation and
    /// --raw-secrets, it revokes the reported tokens.
    #[arg(long)]
    pub(super) gitlab_identifiers: bool,

    /// List suppressed findings with their reasons in `text`, `sarif` and `junit`
    ///
    /// `text` lists them after the findings, `sarif` marks them with `suppressions`, `junit` as skipped tests.
    /// `json` always contains them.
    #[arg(long)]
    pub(super) list_suppressed: bool,

    #[command(flatten)]
    pub(super) verify: VerifyArgs,

    /// Exit with 0 instead of 1 if there are findings; an incomplete scan still exits with 2
    #[arg(long, help_heading = "Run")]
    pub(super) exit_zero: bool,
}

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// Only on a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn rule_id(text: &str) -> Result<RuleId, String> {
    RuleId::new(text).map_err(|error| error.to_string())
}

/// Parses a format name and lists all of [`Format::ALL`] in the help.
pub(super) fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};

    let values = Format::ALL
        .iter()
        .map(|format| PossibleValue::new(format.name()).help(format.about()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Format>())
}
