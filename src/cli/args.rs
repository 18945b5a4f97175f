//! What is typed: the options that all scanning commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::model::{Confidence, RuleId, Severity};
use crate::report::Format;
use crate::report::sink::ReportFile;

/// Arguments of `scan`.
#[derive(Clone, Debug, Args)]
pub(super) struct ScanArgs {
    /// Files and folders to scan
    ///
    /// Hidden files, nested repositories and tracked files that .gitignore names are included.
    /// Links are not followed. Of every repository met, the Git configuration is read as well.
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Also scan what Git ignores and does not track
    #[arg(long, help_heading = "Input")]
    pub(super) no_ignore: bool,

    #[command(flatten)]
    pub(super) options: ScanOptions,

    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// Arguments of `stdin`.
#[derive(Clone, Debug, Args)]
pub(super) struct StdinArgs {
    /// What reports call the stream; the name of a known kind of file (.netrc) has it read as one
    #[arg(
        long,
        value_name = "PATH",
        default_value = "stdin",
        help_heading = "Input"
    )]
    pub(super) name: String,

    #[command(flatten)]
    pub(super) options: ScanOptions,

    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// What to look for, and what not to count.
#[derive(Clone, Debug, Args)]
pub(super) struct ScanOptions {
    /// Add the rules of a file or of all *.toml files in a folder
    #[arg(long, value_name = "FILE-OR-DIR", help_heading = "Rules", value_hint = ValueHint::AnyPath)]
    pub(super) rules: Vec<PathBuf>,

    /// Do not run a rule (see `tokensweep rules list`)
    #[arg(long, value_name = "RULE", help_heading = "Rules", value_parser = rule_id)]
    pub(super) disable: Vec<RuleId>,

    /// Also look for personal access tokens under a prefix of your instance, instead of glpat-
    ///
    /// Routable tokens are found under any prefix without being told. A prefix of the instance that
    /// stands in front of glpat- needs no telling either.
    #[arg(long, value_name = "PREFIX", help_heading = "Rules")]
    pub(super) token_prefix: Vec<String>,

    /// Read this configuration instead of .tokensweep.toml in the current folder or at the top of its repository
    #[arg(long, value_name = "FILE", help_heading = "Suppression", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// Set aside the findings listed in this file (see `tokensweep baseline create`)
    #[arg(long, value_name = "FILE", help_heading = "Suppression", value_hint = ValueHint::FilePath)]
    pub(super) baseline: Option<PathBuf>,

    /// Give `tokensweep:allow` and `gitleaks:allow` on a finding's line no effect
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

    /// Scan with this many threads [default: one per core]
    #[arg(long, value_name = "N", help_heading = "Run", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

/// Where the results go.
#[derive(Clone, Debug, Args)]
pub(super) struct OutputOptions {
    /// Write a report to a file; repeat for several from one scan
    ///
    /// The file appears complete or not at all. Formats are those of --format.
    #[arg(
        short,
        long = "report",
        value_name = "FORMAT=FILE",
        help_heading = "Output"
    )]
    pub(super) reports: Vec<ReportFile>,

    /// What to print on standard output
    #[arg(short, long, default_value = "text", help_heading = "Output", value_parser = format_parser())]
    pub(super) format: Format,

    /// Print findings and errors only
    #[arg(short, long, help_heading = "Output")]
    pub(super) quiet: bool,

    /// When to use colour
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(super) color: Color,

    /// Print secrets in full on standard output; refused together with --report
    #[arg(long, conflicts_with_all = ["reports", "raw_secrets"], help_heading = "Output")]
    pub(super) show_secrets: bool,

    /// Put the secrets in full into the `gitlab` report, as GitLab's validity checks need
    #[arg(long, help_heading = "Output")]
    pub(super) raw_secrets: bool,

    /// Put GitLab's own rule identifiers first in the `gitlab` report
    ///
    /// GitLab then treats the findings as its own. In a public project with automatic revocation,
    /// together with --raw-secrets, it revokes what is reported.
    #[arg(long, help_heading = "Output")]
    pub(super) gitlab_identifiers: bool,

    /// List suppressed findings with their reasons in `text`, `sarif` and `junit`
    ///
    /// The `text` report lists them behind the findings; `sarif` has them under `suppressions`, `junit`
    /// as skipped tests. The `json` report always has them.
    #[arg(long, help_heading = "Output")]
    pub(super) list_suppressed: bool,

    /// Exit with 0 instead of 1 if there are findings; an incomplete scan still exits with 2
    #[arg(long, help_heading = "Run")]
    pub(super) exit_zero: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn rule_id(text: &str) -> Result<RuleId, String> {
    RuleId::new(text).map_err(|error| error.to_string())
}

/// Any word of [`Format::ALL`], each with its line of help.
pub(super) fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};

    let values = Format::ALL
        .iter()
        .map(|format| PossibleValue::new(format.name()).help(format.about()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Format>())
}
