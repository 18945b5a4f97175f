//! The operator's own token for an instance: from the environment, a file or a prompt, never from an argument.

use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueHint};

use crate::model::Secret;
use crate::safe_file::{FileError, open_named};

/// The variables that contain the token, the first one that is set wins.
const TOKEN_VARIABLES: [&str; 2] = ["TOKENSWEEP_GITLAB_TOKEN", "GITLAB_TOKEN"];

/// The largest token file that is read, in bytes.
const MAX_FILE: u64 = 4096;

/// Options for the operator's token.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct OperatorTokenArgs {
    /// Read your token for the instance from this file, which only you may be able to read
    ///
    /// Without this option the token is the value of TOKENSWEEP_GITLAB_TOKEN or GITLAB_TOKEN; `revoke` also asks for
    /// it on a terminal. It is never an argument: arguments end up in the shell's history and in the process list.
    #[arg(long, value_name = "FILE", help_heading = "GitLab instance", value_hint = ValueHint::FilePath)]
    token_file: Option<PathBuf>,

    /// Rejected: GitLab allows job tokens none of the requests
    #[arg(long, hide = true)]
    job_token: bool,
}

impl OperatorTokenArgs {
    /// Rejects the job token of a pipeline. The pages of GitLab's documentation that list what it may do:
    /// <https://docs.gitlab.com/ci/jobs/ci_job_token/>, <https://docs.gitlab.com/ci/jobs/fine_grained_permissions/>.
    ///
    /// # Errors
    /// With `--job-token`.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.job_token {
            bail!(
                "--job-token cannot be used: GitLab allows a job token none of the requests that need a token of yours; \
                 set TOKENSWEEP_GITLAB_TOKEN or --token-file to an access token"
            );
        }
        Ok(())
    }

    /// Returns the token of the file or the environment; `None` if neither is given.
    ///
    /// # Errors
    /// If the file cannot be read, others can read it, or the text is not a token.
    pub(super) fn load(&self) -> anyhow::Result<Option<Secret>> {
        self.check()?;
        if let Some(path) = &self.token_file {
            let about = || format!("cannot use the token file '{}'", path.display());
            return token_of(&read_private(path).with_context(about)?)
                .with_context(about)
                .map(Some);
        }
        from_environment()
    }

    /// Returns the token of the file or the environment, or asks for it on a terminal.
    ///
    /// # Errors
    /// As [`OperatorTokenArgs::load`] and [`OperatorTokenArgs::ask`].
    pub(super) fn load_or_ask(&self, host: &str) -> anyhow::Result<Option<Secret>> {
        match self.load()? {
            Some(token) => Ok(Some(token)),
            None => self.ask(host),
        }
    }

    /// Asks for the token on a terminal; `None` without a terminal, and for an empty answer.
    ///
    /// # Errors
    /// If the terminal cannot be read, or the text is not a token.
    pub(super) fn ask(&self, host: &str) -> anyhow::Result<Option<Secret>> {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Ok(None);
        }
        let prompt = format!("Your token for {host} (not shown; Enter to go on without): ");
        let typed = rpassword::prompt_password(prompt).context("cannot read the token")?;
        if typed.trim().is_empty() {
            return Ok(None);
        }
        token_of(typed.as_bytes()).map(Some)
    }
}

/// Returns the token of the environment; `None` if no variable is set.
///
/// # Errors
/// If the text is not a token.
fn from_environment() -> anyhow::Result<Option<Secret>> {
    let mut set = TOKEN_VARIABLES.iter().filter_map(|name| {
        let value = std::env::var_os(name)?;
        (!value.is_empty()).then_some((name, value))
    });
    let Some((name, value)) = set.next() else {
        return Ok(None);
    };
    token_of(value.as_encoded_bytes())
        .with_context(|| format!("cannot use the variable {name}"))
        .map(Some)
}

/// Reads a regular file that only its owner can read, or a pipe.
fn read_private(path: &Path) -> anyhow::Result<Vec<u8>> {
    let named = open_named(path)?;
    let mut bytes = Vec::new();
    match named.into_regular() {
        Ok(file) => {
            #[cfg(unix)]
            {
                let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?);
                if mode & 0o077 != 0 {
                    bail!(
                        "other users can read it (mode {:03o}); run: chmod 600 {}",
                        mode & 0o777,
                        crate::model::shell_word(&path.display().to_string())
                    );
                }
            }
            file.take(MAX_FILE + 1).read_to_end(&mut bytes)?
        }
        Err(pipe) => pipe.take(MAX_FILE + 1).read_to_end(&mut bytes)?,
    };
    if bytes.len() as u64 > MAX_FILE {
        return Err(FileError::TooLarge(MAX_FILE).into());
    }
    Ok(bytes)
}

/// The token without the white space around it. A header can contain printable ASCII only.
fn token_of(bytes: &[u8]) -> anyhow::Result<Secret> {
    let token = bytes.trim_ascii();
    if token.is_empty() {
        bail!("it is empty");
    }
    if !token.iter().all(u8::is_ascii_graphic) {
        bail!("it does not contain a token: one line of printable characters");
    }
    Ok(Secret::guessable(token))
}
