//! The command line. Arguments, environment and clock are read here and become a plan; no other module reads them.

mod archives;
mod args;
mod baseline;
#[cfg(unix)]
mod bus_error;
mod ci;
mod config_file;
mod gate;
mod generate;
mod git_env;
mod history;
mod hook;
mod inspect;
mod instance;
mod issues;
mod job;
mod operator_token;
mod plan;
mod progress;
mod range;
mod report;
mod restriction;
mod revoke;
mod rules;
mod safe;
mod scan;
mod since;
mod staged;
mod stored_report;
mod sweep;
mod sweep_shares;
mod sweep_state;
mod terminal;
mod verify;

#[cfg(unix)]
pub use bus_error::install_bus_error_handler;
pub use terminal::install_panic_hook;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::exit::ExitStatus;

/// Find leaked GitLab credentials, verify them offline, and show how to revoke them
#[derive(Debug, Parser)]
#[command(
    name = "tokensweep",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(after_help = EXIT_CODES)]
#[command(propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The exit codes, for the help.
const EXIT_CODES: &str = "Exit codes:
  0  everything was scanned, no findings
  1  everything was scanned, findings
  2  the scan is incomplete or could not start; findings are still reported";

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan files and the Git configuration beside them
    #[command(after_help = EXIT_CODES)]
    Scan(Box<args::ScanArgs>),
    /// Scan staged changes
    #[command(after_help = EXIT_CODES)]
    Staged(Box<staged::StagedArgs>),
    /// Scan the changes of a commit range
    #[command(after_help = EXIT_CODES)]
    Range(Box<range::RangeArgs>),
    /// Scan the changes of a GitLab pipeline, and write all reports
    #[command(after_help = ci::EXIT_CODES)]
    Ci(Box<ci::CiArgs>),
    /// Scan every object of a repository, reachable or not
    #[command(after_help = EXIT_CODES)]
    History(Box<history::HistoryArgs>),
    /// Scan what projects and groups of a GitLab instance contain: job logs, variables, repositories, and more
    #[command(after_help = EXIT_CODES, mut_arg("only", sweep::SweepArgs::explain_only))]
    Sweep(Box<sweep::SweepArgs>),
    /// Scan standard input: a job log, a diff, the output of another program
    #[command(after_help = EXIT_CODES)]
    Stdin(Box<args::StdinArgs>),
    /// Run as a Git hook, or install one
    #[command(subcommand)]
    Hook(hook::HookCommand),
    /// Explain one token from standard input: kind, owner, remediation
    Inspect(inspect::InspectArgs),
    /// List, explain and check rules
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Accept current findings, so that only new ones are reported
    #[command(subcommand)]
    Baseline(baseline::BaselineCommand),
    /// Fail if a JSON report contains forbidden findings
    #[command(after_help = gate::EXIT_CODES)]
    Gate(gate::GateArgs),
    /// Convert and merge JSON reports, and file issues about them
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Revoke the credentials of a JSON report at your GitLab instance
    #[command(after_help = revoke::EXIT_CODES)]
    Revoke(Box<revoke::RevokeArgs>),
    /// Share a sweep among the jobs of a pipeline
    #[command(subcommand)]
    SweepShares(sweep_shares::SharesCommand),
    /// Print a completion script for a shell
    Completions(generate::CompletionsArgs),
    /// Print a manual page in roff format
    Man(generate::ManArgs),
}

/// Runs the program with these arguments, the first of which is its name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    let result = match cli.command {
        Command::Scan(args) => scan::run(&args),
        Command::Range(args) => range::run(&args),
        Command::Ci(args) => ci::run(&args),
        Command::Staged(args) => staged::run(&args),
        Command::History(args) => history::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Stdin(args) => scan::run_stdin(&args),
        Command::Hook(command) => hook::run(&command),
        Command::Inspect(args) => inspect::run(&args),
        Command::Rules(command) => rules::run(&command),
        Command::Baseline(command) => baseline::run(&command),
        Command::Gate(args) => gate::run(&args),
        Command::Report(command) => report::run(&command),
        Command::Revoke(args) => revoke::run(&args),
        Command::SweepShares(command) => sweep_shares::run(&command),
        Command::Completions(args) => generate::completions(&args),
        Command::Man(args) => generate::man(&args),
    };
    result.unwrap_or_else(|error| {
        terminal::complain(&error);
        ExitStatus::Incomplete
    })
}

/// Prints help or version, or a usage error, which may quote any argument.
fn explain(error: &clap::Error) -> ExitStatus {
    use clap::error::ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion,
    };

    let is_help = matches!(
        error.kind(),
        DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand
    );
    if !is_help {
        terminal::say(error.render().to_string().trim_end());
        return ExitStatus::Incomplete;
    }
    let printed = error.print();
    if error.use_stderr() || printed.is_err() {
        ExitStatus::Incomplete
    } else {
        ExitStatus::Clean
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
