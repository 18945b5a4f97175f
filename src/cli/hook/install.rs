//! `tokensweep hook install`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::cli::{git_env, terminal};
use crate::exit::ExitStatus;
use crate::source::hooks_folder;

/// Arguments of `hook install`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct InstallArgs {
    /// Which hook
    #[arg(default_value = "pre-commit")]
    hook: Hook,

    /// Install even if `core.hooksPath` is outside this repository
    ///
    /// Other repositories may use the same hooks.
    #[arg(long)]
    shared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Hook {
    /// Before each commit
    PreCommit,
    /// Before each push
    PrePush,
}

impl Hook {
    fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
        }
    }

    /// Returns the script of the hook.
    fn body(self) -> String {
        let name = self.name();
        format!(
            "#!/bin/sh\n# Written by `tokensweep hook install {name}`. Delete this file to remove the hook.\n\
             if ! command -v tokensweep >/dev/null; then\n\
             \x20   echo 'The {name} hook needs tokensweep, which is not on the PATH.' >&2\n\
             \x20   echo \"Install it, delete $0, or skip the hook once with --no-verify.\" >&2\n\
             \x20   exit 1\n\
             fi\n\
             exec tokensweep hook {name} \"$@\"\n"
        )
    }
}

/// A program that manages hooks, recognized by its files.
struct Manager {
    name: &'static str,
    files: &'static [&'static str],
    how: fn(Hook) -> String,
}

const MANAGERS: [Manager; 3] = [
    Manager {
        name: "lefthook",
        files: &[
            "lefthook.yml",
            ".lefthook.yml",
            "lefthook.yaml",
            ".lefthook.yaml",
            "lefthook.toml",
            "lefthook.json",
        ],
        how: |hook| {
            let name = hook.name();
            let (arguments, stdin) = match hook {
                Hook::PreCommit => ("", ""),
                Hook::PrePush => (" {1} {2}", "      use_stdin: true\n"),
            };
            format!(
                "Add to its configuration, then run 'lefthook install':\n\n\
                 {name}:\n  commands:\n    tokensweep:\n      run: tokensweep hook {name}{arguments}\n{stdin}"
            )
        },
    },
    Manager {
        name: "husky",
        files: &[".husky"],
        how: |hook| {
            let name = hook.name();
            format!("Add this line to .husky/{name}:\n\ntokensweep hook {name} \"$@\"\n")
        },
    },
    Manager {
        name: "pre-commit",
        files: &[".pre-commit-config.yaml", ".pre-commit-config.yml"],
        how: |hook| {
            let (id, install) = match hook {
                Hook::PreCommit => ("tokensweep-system", "pre-commit install"),
                Hook::PrePush => (
                    "tokensweep-pre-push-system",
                    "pre-commit install --hook-type pre-push",
                ),
            };
            format!(
                "Add to .pre-commit-config.yaml, with the version you have, then run '{install}':\n\n\
                 \x20 - repo: {}\n    rev: {}\n    hooks:\n      - id: {id}\n",
                env!("CARGO_PKG_REPOSITORY"),
                env!("CARGO_PKG_VERSION"),
            )
        },
    },
];

/// Writes a hook, unless there is one or another program manages the hooks.
pub(super) fn run(args: &InstallArgs) -> anyhow::Result<ExitStatus> {
    let hook = args.hook;
    let location = git_env::location(None);
    let folder = hooks_folder(location.git_dir.as_ref().unwrap_or(&location.path))?;
    if let Some(manager) = folder.top.as_deref().and_then(manager_in) {
        terminal::say(&format!(
            "Nothing was written: {} manages the hooks of this repository. {}",
            manager.name,
            (manager.how)(hook)
        ));
        return Ok(ExitStatus::Incomplete);
    }
    if !args.shared
        && let Some(elsewhere) = folder.elsewhere()
    {
        terminal::say(&format!(
            "Nothing was written: core.hooksPath names {}, outside of this repository, which may serve other \
             repositories too. To write there nevertheless: tokensweep hook install {} --shared",
            elsewhere.display(),
            hook.name()
        ));
        return Ok(ExitStatus::Incomplete);
    }
    let path = folder.hooks.join(hook.name());
    fs::create_dir_all(&folder.hooks)
        .with_context(|| format!("cannot create '{}'", folder.hooks.display()))?;
    match write_new(&path, &hook.body()) {
        Ok(()) => terminal::say(&format!("Installed {}", path.display())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if is_installed(&path, &hook.body()) {
                terminal::say(&format!("Already installed: {}", path.display()));
                return Ok(ExitStatus::Clean);
            }
            terminal::say(&format!(
                "Nothing was written: there is a hook already, {}. Add this line to it:\n\n\
                 tokensweep hook {} \"$@\" || exit",
                path.display(),
                hook.name()
            ));
            return Ok(ExitStatus::Incomplete);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot write '{}'", path.display()));
        }
    }
    Ok(ExitStatus::Clean)
}

/// Returns the program that manages the hooks of the repository with this top folder.
fn manager_in(top: &Path) -> Option<&'static Manager> {
    let has = |file: &&str| top.join(file).symlink_metadata().is_ok();
    MANAGERS
        .iter()
        .find(|manager| manager.files.iter().any(has))
}

/// Returns true for a regular file with this content.
fn is_installed(path: &Path, body: &str) -> bool {
    let is_alike = fs::symlink_metadata(path)
        .is_ok_and(|found| found.is_file() && found.len() == body.len() as u64);
    is_alike && fs::read(path).is_ok_and(|found| found == body.as_bytes())
}

/// Writes an executable file that does not exist yet.
fn write_new(path: &PathBuf, body: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o755);
    }
    options.open(path)?.write_all(body.as_bytes())
}
