//! Prints shell completions and manual pages.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use crate::exit::ExitStatus;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints a completion script.
pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tokensweep", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(ExitStatus::Clean)
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Command, for example `hook pre-commit` [default: the program itself]
    #[arg(conflicts_with = "dir")]
    command: Vec<String>,

    /// Write the pages of all commands to this directory
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

/// Prints a manual page, or writes all.
pub(super) fn man(args: &ManArgs) -> anyhow::Result<ExitStatus> {
    let mut program = Cli::command();
    // Names the sub-commands and gives them the options that they inherit.
    program.build();
    if let Some(folder) = &args.dir {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create '{}'", folder.display()))?;
        write_pages(&program, folder)?;
        return Ok(ExitStatus::Clean);
    }
    let mut command = &program;
    for name in &args.command {
        command = command.find_subcommand(name).with_context(|| {
            format!("unknown command '{name}'; run 'tokensweep help' for the list")
        })?;
    }
    std::io::stdout().write_all(&page(command)?)?;
    Ok(ExitStatus::Clean)
}

fn page(command: &clap::Command) -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// Writes the page of a command and of those below it, `tokensweep-hook-install.1`.
fn write_pages(command: &clap::Command, folder: &Path) -> anyhow::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let file = folder.join(format!("{}.1", name.replace(' ', "-")));
    std::fs::write(&file, page(command)?)
        .with_context(|| format!("cannot write '{}'", file.display()))?;
    for below in command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
    {
        write_pages(below, folder)?;
    }
    Ok(())
}
